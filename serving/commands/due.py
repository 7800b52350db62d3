"""``leadscore rescore``: what is due by the clock, for cron where the service does not do it itself."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from features.moments import now
from serving.commands.options import Home, Language, Scorecard, StoreUrl
from serving.leads.due import BATCH, count_due, rescore_due, watch_clocks
from serving.programs.opening import open_programs
from serving.progress import progress
from serving.settings import Settings
from serving.store.place import open_store


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rescore)


def rescore(
    home: Home = Path(".leadscore"),
    scorecard: Scorecard = None,
    store: StoreUrl = "",
    language: Language = None,
    most: Annotated[int | None, typer.Option(min=1, help="Leads to score at most; default: all that are due.")] = None,
) -> None:
    """Score stored leads anew whose score is older than agreed, and tell whose SLA is due or breached.

    The service does this itself, unless it was started with [bold]--no-jobs[/]. It can be stopped at any time: what was
    done stays done. Webhooks that it announces are delivered by a running service.
    """
    with closing(open_store(home, store)) as opened:
        programs = open_programs(Settings(home=home, store=store, language=language or ""), opened, scorecard)
        marked = 0
        while more := watch_clocks(opened, programs, now()):
            marked += more
        due = opened.read(partial(count_due, programs=programs, now=now()))
        due, done = min(due, most or due), 0
        with progress() as step:
            while done < due and (more := rescore_due(opened, programs, now(), most=min(BATCH, due - done))):
                done += more
                step("scoring leads", done, due)
    typer.echo(f"Scored {done:,} lead(s) anew; {marked:,} SLA(s) fell due or were breached.")
