"""``leadscore crm``: scores and stages written back into the CRM, tried, shown, sent, and what it did not take."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError, LeadError, nearest
from features.moments import SECOND, iso, now
from serving.commands.options import Home, Scorecard, StoreUrl
from serving.crm.loading import load_crm
from serving.progress import Step, progress
from serving.store.place import open_store
from serving.terminal.output import console

if TYPE_CHECKING:
    from serving.crm.push import Pusher, Turn
    from serving.programs.programs import Programs
    from serving.store.database import Store

app = typer.Typer(no_args_is_help=True, help="Write scores and stages back into HubSpot, Salesforce, Dynamics or Odoo.")

WORTH_WAITING = 60 * SECOND
File = Annotated[Path, typer.Argument(help="What goes where, in YAML; see docs/crm.md.", show_default=False)]
Lead = Annotated[str, typer.Option(help="The lead's id.", show_default=False)]


@app.command()
def check(file: File) -> None:
    """Say whether a file holds together, whether the CRM takes its credentials, and has all that is to be written.

    Nothing is written. Exit code 4: the file is to be mended; 16: the CRM does not let us in, or does not answer.
    """
    from serving.crm.opening import connected

    config = load_crm(file)
    with closing(connected(config)) as connector:
        there = connector.check()
    missing = [name for name in config.fields.values() if name not in there]
    if missing:
        do = nearest(missing[0], there) if len(there) <= 1_000 else "make it there"
        what = "the CRM has no such property that can be written"
        raise ConfigError(what, where=f"{file.name} (fields)", got=", ".join(missing), do=do)
    typer.echo(f"{config.name} lets us in, and has the {len(config.fields)} properties that are written.")


@app.command()
def show(
    file: File,
    lead: Lead,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
    scorecard: Scorecard = None,
) -> None:
    """Show the request that would write one lead, as the CRM would get it, without sending it."""
    from serving.crm.opening import connected
    from serving.crm.records import look

    config = load_crm(file)
    with _opened(home, store, scorecard) as (opened, programs), closing(connected(config)) as connector:
        service = programs.named(config.program)
        (seen,) = opened.read(lambda c: look(c, service, config, [lead], ()))
        if seen.record is None:
            what = "nothing is sent of this lead"
            raise LeadError(what, where=lead, got=seen.why or "it is not known, not scored, or in another stage")
        request = connector.shown([seen.record])
    lines = [f"{request.method} {request.path}", *(f"{name}: {value}" for name, value in request.headers.items())]
    console().print("\n".join([*lines, "", request.body]), soft_wrap=True)


@app.command()
def push(
    file: File,
    everything: Annotated[bool, typer.Option("--all", help="Compare all leads, not only those with news.")] = False,
    whatever: Annotated[
        bool, typer.Option("--now", help="Although the CRM asked to wait, or refused what was sent.")
    ] = False,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
    scorecard: Scorecard = None,
) -> None:
    """Send what changed since it was last sent; for cron, where no service runs with [bold]--crm FILE[/].

    What did not change is not sent, also with [bold]--all[/]. It can be stopped at any time and run again. Exit code
    16: the CRM asks to wait, or does not take what is sent; the rest follows at the next run.
    """
    from serving.crm.push import Pusher
    from serving.observe import logs

    logs.configure()
    config = load_crm(file)
    with _opened(home, store, scorecard) as (opened, programs):
        programs.named(config.program)
        with closing(Pusher(opened, programs, config)) as pusher, progress() as step:
            if everything:
                pusher.walk()
            total, last = _pushed(pusher, opened, step, whatever)
    told = ", ".join(f"{count:,} {state}" for state, count in sorted(total.items()) if count)
    typer.echo(f"{config.name}: {told or 'nothing to send'}.")
    if last.is_held_elsewhere:
        typer.echo("Another worker is sending to it just now.", err=True)
    if last.fault is not None:
        raise last.fault
    if last.paused_until:
        typer.echo(
            f"Nothing more is sent before {iso(last.paused_until)}: the CRM asked to wait, or refused.", err=True
        )
        raise typer.Exit(16)


@app.command()
def failures(
    file: File,
    again: Annotated[bool, typer.Option("--again", help="Have them sent again at the next push.")] = False,
    lead: Annotated[
        list[str] | None, typer.Option(help="Only this lead; can be given several times.", show_default=False)
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Rows shown at most.")] = 100,
    home: Home = Path(".leadscore"),
    store: StoreUrl = "",
) -> None:
    """List the leads that the CRM did not take or does not have, with what it said."""
    from serving.crm import ledger
    from serving.terminal.crm import failures_table

    config = load_crm(file)
    with closing(open_store(home, store)) as opened:
        if again:
            count = opened.write(lambda c: ledger.send_again(c, config, lead or ()))
            typer.echo(f"{count:,} lead(s) are sent again at the next push.")
            return
        rows = opened.read(lambda c: ledger.failures(c, config, most))
        counts = opened.read(lambda c: ledger.counts(c, config))
    shown = [row for row in rows if not lead or row.lead_id in lead]
    console().print(failures_table(shown, counts))


def _pushed(pusher: "Pusher", store: "Store", step: Step, whatever: bool) -> "tuple[Counter[str], Turn]":
    """Turn after turn until nothing is due; a pause of some seconds is waited for."""
    from serving.crm.ledger import count_due

    total: Counter[str] = Counter()
    while True:
        turn = pusher.turn(seconds=1.0, whatever=whatever)
        total.update(turn.counts)
        left = store.read(lambda c: count_due(c, pusher.config, now()))
        done = sum(total.values())
        step(f"sending to {pusher.config.name}", done, done + left)
        short = 0 < turn.paused_until - now() <= WORTH_WAITING
        if short and left and turn.fault is None:
            sleep(max(0.0, (turn.paused_until - now()) / SECOND))
        elif not turn.more:
            return total, turn if left else turn._replace(paused_until=0)


@contextmanager
def _opened(home: Path, store: str, scorecard: Path | None) -> "Iterator[tuple[Store, Programs]]":
    from serving.programs.opening import open_programs
    from serving.settings import Settings

    with closing(open_store(home, store)) as opened:
        yield opened, open_programs(Settings(home=home, store=store), opened, scorecard)
