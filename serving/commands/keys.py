"""``leadscore keys``: who may ask the service, and for what."""

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from features.errors import DataError
from features.moments import iso, moment, now
from serving.commands.options import Home, StoreUrl
from serving.store.place import open_store
from serving.terminal.output import console

if TYPE_CHECKING:
    from serving.access.keys import ApiKey

app = typer.Typer(no_args_is_help=True, help="Keys to the service: add, list, revoke.")


class Scope(StrEnum):
    """What a key may."""

    score = "score"
    ingest = "ingest"
    read = "read"
    act = "act"
    manage = "manage"
    admin = "admin"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What the key is for, such as hubspot.", show_default=False)],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What it may: score leads, ingest events, read leads, act on them (accept, reject), manage: sign in "
            "as a manager, or admin: all of these, and keys, webhooks and erasure as well. Give it several times for "
            "several.",
            show_default=False,
        ),
    ] = None,
    role: Annotated[
        Literal["rep", "manager", "admin"] | None,
        typer.Option(help="Or for whom it is who signs in to the pages: the scopes of this role.", show_default=False),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ceases to hold (ISO 8601); default: never.", show_default=False)
    ] = None,
    per_minute: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000, help="Most requests a minute; default: the service's own limit.", show_default=False
        ),
    ] = None,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Make a key and print it, once: nobody can look it up later. A running service knows it at once.

    Callers send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY', as the user name of Basic authentication, or, if
    they cannot set headers, as '?api_key=KEY'.
    """
    from serving.access.caller import at_the_keyboard
    from serving.access.keys import Wanted, create

    wanted = Wanted(_name(name), _scopes(scope or [], role), _later(expires), per_minute)
    with closing(open_store(home, store)) as opened:
        made = opened.write(lambda c: create(c, at_the_keyboard(), wanted, now()))
    typer.echo(f"The key '{name}' may: {', '.join(made.key.scopes)}. It is shown only now:", err=True)
    typer.echo(made.text)


@app.command("list")
def list_(home: Home = Path(".leadscore"), store: StoreUrl = "") -> None:
    """List all keys: what each may, who made it, when it was last used, and whether it still holds."""
    from serving.access.keys import listed

    with closing(open_store(home, store)) as opened:
        found = opened.read(listed)
    table = Table("key", "name", "may", "a minute", "made (UTC)", "by", "last used", "holds")
    for key in found:
        limit = f"{key.per_minute:,}" if key.per_minute else ""
        row = key.key_id, key.name, " ".join(key.scopes), limit, _short(key.created_at), key.created_by
        table.add_row(*map(Text, (*row, _short(key.last_used_at), _holds(key))))
    console().print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as leadscore keys list shows it.", show_default=False)],
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Make a key void for good. A running service refuses it within about a second."""
    from serving.access.caller import at_the_keyboard
    from serving.access.keys import revoke as make_void

    with closing(open_store(home, store)) as opened:
        key = opened.write(lambda c: make_void(c, at_the_keyboard(), key_id, now()))
    typer.echo(f"The key '{key.name}' ({key_id}) is void.")


def _scopes(given: list[Scope], role: str | None) -> frozenset[str]:
    """What a key may, by scopes, by a role, or both."""
    of_role = {"rep": {"read", "act"}, "manager": {"manage"}, "admin": {"admin"}}
    scopes = frozenset(str(scope) for scope in given) | of_role.get(role or "", set())
    if not scopes:
        what = "a key may something: give --role rep to somebody who signs in, or --scope score to a program"
        raise typer.BadParameter(what, param_hint="--scope")
    return scopes


def _name(text: str) -> str:
    if not 1 <= len(text) <= 200 or not text.isprintable():
        raise DataError(
            "not a name for a key", where="NAME", got=repr(text)[:80], allowed="1 to 200 visible characters"
        )
    return text


def _later(text: str | None) -> int | None:
    at = None if text is None else moment(text)
    if at is not None and at <= now():
        raise DataError("a key cannot expire in the past", where="--expires", got=iso(at))
    return at


def _holds(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return f"revoked {_short(key.revoked_at)}"
    if key.expires_at is None:
        return "yes"
    return f"{'expired' if key.expires_at <= now() else 'until'} {_short(key.expires_at)}"


def _short(at: int | None) -> str:
    return "" if at is None else iso(at)[:16].replace("T", " ")
