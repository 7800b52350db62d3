"""``leadscore people``: what is held of somebody, why they have their score, all of it gone; and what grows too old."""

import os
import shutil
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from features.errors import LeadError
from features.moments import now
from serving.commands.options import Contact, Home, Keep, StoreUrl
from serving.store.place import open_store
from serving.terminal.output import console

if TYPE_CHECKING:
    from collections.abc import Mapping


app = typer.Typer(no_args_is_help=True, help="People's rights: export, explain, erase; and what is too old to be kept.")

LeadId = Annotated[str, typer.Argument(help="The lead's id, as callers name it.", show_default=False)]
AnonymousId = Annotated[
    str | None, typer.Option(help="Or the anonymous id of a visitor, lead or not.", show_default=False)
]


@app.command()
def export(
    lead_id: Annotated[str | None, typer.Option(help="The lead's id.", show_default=False)] = None,
    email: Annotated[str | None, typer.Option(help="Or its e-mail address.", show_default=False)] = None,
    anonymous_id: AnonymousId = None,
    out: Annotated[Path | None, typer.Option(help="Where to write it; default: print it.", show_default=False)] = None,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Write everything that is held of a person as one JSON document (GDPR Art. 15 and 20)."""
    from serving.access import audit
    from serving.access.caller import at_the_keyboard
    from serving.people.export import exported
    from serving.people.finding import people

    if lead_id is None and email is None and anonymous_id is None:
        raise _nobody("--lead-id, --email or --anonymous-id", "add --lead-id L-17")
    with closing(open_store(home, store)) as opened:
        found = opened.read(lambda c: people(c, lead_id, email, anonymous_id))
        for person in found:
            noted = partial(
                audit.note, caller=at_the_keyboard(), act="person.exported", about=person.main_id, detail={}
            )
            opened.write(noted)
        with exported(opened, lambda c: people(c, lead_id, email, anonymous_id), now()) as document:
            if out is None:
                shutil.copyfileobj(document, sys.stdout.buffer)
                return
            with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                shutil.copyfileobj(document, file)
    typer.echo(f"Wrote what is held of {len(found)} {'person' if len(found) == 1 else 'people'} to {out}", err=True)


@app.command()
def explain(
    lead_id: LeadId,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
    program: Annotated[str, typer.Option(help="Which score: that of leads or of customers.")] = "leads",
    contact: Contact = "",
    keep: Keep = None,
) -> None:
    """Say in plain words how a person came to its score, for that person (GDPR Art. 15(1)(h)).

    It says for how long data are kept: give it the [bold]--keep[/] that the service has.
    """
    from serving.people.explanation import Controller, explanation
    from serving.people.plaintext import plain
    from serving.people.retention import retention_of
    from serving.programs.opening import open_programs
    from serving.settings import Settings

    with closing(open_store(home, store)) as opened:
        service = open_programs(Settings(home=home, store=store), opened).named(program)
        whose = Controller(retention_of(keep or ()), contact)
        told = opened.read(lambda c: explanation(c, service, lead_id, now(), whose))
    typer.echo(plain(told), nl=False)


@app.command()
def erase(
    lead_id: Annotated[
        str | None, typer.Argument(help="The lead's id, as callers name it.", show_default=False)
    ] = None,
    anonymous_id: AnonymousId = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Erase a person from every table, for good; what still comes of them is not stored (GDPR Art. 17).

    SQLite overwrites what it deletes, but may hold a copy of a row in a page that the row was moved out of:
    [bold]leadscore people prune --rewrite[/] writes the whole file anew. Copies elsewhere are yours to erase: backups,
    files that were imported or exported, models' training data, other systems such as the CRM.
    """
    from serving.access.caller import at_the_keyboard
    from serving.people.erase import erase as erase_person

    if (lead_id is None) == (anonymous_id is None):
        raise _nobody("a lead's id, or --anonymous-id", "say leadscore people erase L-17")
    if not yes:
        typer.confirm(f"Erase everything of '{lead_id or anonymous_id}'? It cannot be taken back", abort=True)
    with closing(open_store(home, store)) as opened:
        gone = opened.write(lambda c: erase_person(c, at_the_keyboard(), lead_id, now(), anonymous_id=anonymous_id))
        opened.settle()
    console().print(_counted("table", gone.rows))
    typer.echo(f"Erased. The audit knows of it as {gone.known_as}.")


@app.command()
def prune(
    keep: Keep = None,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="SQLite: then write the file anew; a running service waits meanwhile.")
    ] = False,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Delete what is older than it is to be kept, kind by kind. The service does so once a day.

    Kinds: events, scores, closed_leads, audit, deliveries, messages, imports. Scores that read events which are gone
    cannot be computed again; their replay says so.
    """
    from serving.people.pruning import prune as delete_old
    from serving.people.retention import retention_of

    retention = retention_of(keep or ())
    with closing(open_store(home, store)) as opened:
        gone = delete_old(opened, retention, now())
        if rewrite:
            opened.settle(rewrite=True)
    console().print(_counted("kind", gone._asdict()))


def _nobody(allowed: str, do: str) -> LeadError:
    return LeadError("one person is to be named", where="the command", allowed=allowed, do=do)


def _counted(what: str, counts: "Mapping[str, int]") -> Table:
    table = Table(what, "rows")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    table.columns[1].justify = "right"
    return table
