"""``leadscore agreement propose``, ``effect``, ``adopt`` and ``history``: how another agreement takes hold."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError, ScorecardError
from features.loading import load_agreement
from serving.commands.options import Home, StoreUrl
from serving.progress import progress
from serving.store.place import open_store
from serving.terminal.output import console

if TYPE_CHECKING:
    from serving.programs.agreements import Kept
    from serving.service import Service


class Whose(StrEnum):
    """What an agreement can be about."""

    leads = "leads"
    customers = "customers"


Program = Annotated[Whose, typer.Option(help="Whose agreement: of leads, or of customers who might buy more.")]
Which = Annotated[
    str, typer.Argument(help="Its version or hash, as history lists it; default: the last one.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (propose, effect, adopt, history):
        app.command()(command)


def propose(
    file: Annotated[Path, typer.Argument(help="The agreement, a YAML file.", show_default=False)],
    program: Program = Whose.leads,
    move: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OLD=NEW", help="Where leads go that stand in a stage that it does not have; for each such stage."
        ),
    ] = None,
    leads: Annotated[
        int, typer.Option(min=1, help="Judge so many stored leads at most; of more, a random sample.")
    ] = 100_000,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """Show what an agreement would change for the leads of today, and keep it as a proposal.

    Every open lead is judged by the adopted agreement and by this one as of now: who would come into a stage or leave
    it, be excluded or change grade, and by how many points scores would move. Nothing takes hold before
    [bold]leadscore agreement adopt[/]; stages that people let leads into stay.
    """
    from serving.access.caller import at_the_keyboard
    from serving.programs.proposing import Asked
    from serving.programs.proposing import propose as proposed
    from serving.terminal.agreement import effect as shown

    agreement = load_agreement(file)
    asked = Asked(agreement, at_the_keyboard(), file.read_text("utf-8-sig"), _moves(move or []))
    with _service(home, store) as service, progress() as step:
        found = proposed(service, program.value, asked, most=leads, step=step)
    console().print(shown(found.effect))
    typer.echo(f"Proposed as {found.hash}")
    typer.echo(f"To let it take hold: leadscore agreement adopt {agreement.version}", err=True)


def effect(
    which: Which = "", program: Program = Whose.leads, home: Home = Path(".leadscore"), store: StoreUrl = ""
) -> None:
    """Show the effect of a proposal again, as of when it was proposed."""
    from serving.programs.agreements import history as kept
    from serving.programs.effect import decode
    from serving.terminal.agreement import effect as shown

    with closing(open_store(home, store)) as opened:
        found = [one for one in opened.read(partial(kept, program=program.value)) if one.effect is not None]
    console().print(shown(decode(_one(found, which).effect or "")))


def adopt(
    which: Annotated[
        str,
        typer.Argument(
            metavar="AGREEMENT", help="A YAML file, or the version or hash of a proposal.", show_default=False
        ),
    ],
    program: Program = Whose.leads,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
    name: Annotated[
        str, typer.Option(help="The model's name, the same as in the training configuration; default: the program's.")
    ] = "",
) -> None:
    """Let an agreement take hold: at once for the first one of a program, later ones once they were proposed.

    Before there is any history, the score is the agreed score; training with the same name replaces it as soon as there
    are outcomes to learn from. Under a later agreement, what history has taught is carried on until the next training.
    A running service follows within about a second, and scores its leads anew.
    """
    from serving.access.caller import at_the_keyboard
    from serving.programs.adopting import adopt as adopted
    from serving.programs.adopting import adopt_first
    from serving.programs.agreements import adopted_hash
    from serving.programs.agreements import history as kept
    from serving.programs.home import card_path

    agreement = load_agreement(Path(which)) if Path(which).is_file() else None
    with _service(home, store) as service:
        path, by = card_path(home, program.value), at_the_keyboard()
        begun = service.store.read(partial(adopted_hash, program=program.value)) is not None or path.exists()
        if agreement is not None and not begun:
            done = adopt_first(service, program.value, agreement, by, name)
        else:
            known = service.store.read(partial(kept, program=program.value))
            hashed = agreement.content_hash() if agreement else _one(known, which).hash
            done = adopted(service, program.value, hashed, by)
    if done.unwritten:
        typer.echo(
            f"note: {path} was not written: {done.unwritten}; a running service serves it all the same", err=True
        )
    what = "the agreed points, no history" if done.model_version == "rules" else f"version {done.model_version}"
    typer.echo(f"Adopted version {done.version}; {path} serves {what}. Serve it with leadscore serve --home {home}")


def history(program: Program = Whose.leads, home: Home = Path(".leadscore"), store: StoreUrl = "") -> None:
    """List every agreement that was proposed or adopted: when, and by whom."""
    from serving.programs.agreements import history as kept
    from serving.terminal.agreement import history as shown

    with closing(open_store(home, store)) as opened:
        console().print(shown(opened.read(partial(kept, program=program.value))))


@contextmanager
def _service(home: Path, url: str) -> "Iterator[Service]":
    """The service's own parts, without HTTP; without programs in a home where nothing serves yet."""
    from serving.programs.home import card_path
    from serving.programs.opening import open_programs
    from serving.programs.programs import Programs
    from serving.service import Service
    from serving.settings import Settings

    settings = Settings(home=home, store=url)
    with closing(open_store(home, url)) as opened:
        try:
            programs = open_programs(settings, opened)
        except ScorecardError:
            if card_path(home, Whose.leads.value).exists():
                raise
            programs = Programs({})
        yield Service(settings, opened, programs)


def _one(found: "list[Kept]", which: str) -> "Kept":
    """The agreement of a version, or of the beginning of a hash; the last one without either."""
    mine = [
        one
        for one in found
        if which in ("", one.version) or one.hash.removeprefix("sha256:").startswith(which.removeprefix("sha256:"))
    ]
    if not mine or (which and len(mine) > 1):
        what = f"no agreement '{which}'" if not mine else f"'{which}' is more than one agreement"
        allowed = ", ".join(f"{one.version} ({one.hash[7:19]})" for one in (mine or found)) or "none yet"
        raise ConfigError(what, allowed=allowed, do="propose it first: leadscore agreement propose FILE")
    return mine[0]


def _moves(texts: list[str]) -> dict[str, str]:
    moves = dict(text.partition("=")[::2] for text in texts)
    if not all(moves) or not all(moves.values()):
        raise ConfigError("not a move of stages", where="--move", got=", ".join(texts), allowed="OLD=NEW")
    return moves
