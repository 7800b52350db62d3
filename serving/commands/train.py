"""``leadscore train`` and ``leadscore madeup``: the commands that need the training libraries."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from features.errors import ConfigError
from serving.commands.decided import exit_code
from serving.commands.leads import DataPath, StoreToRead, leads_at
from serving.commands.options import Home, TrackingUri
from serving.progress import progress
from serving.terminal.models import promotion
from serving.terminal.output import console, measures_table

FileFormat = Literal["csv", "parquet"]
FEW = 200  # later leads; the standard error of an AUC is then about 0.04

if TYPE_CHECKING:
    from training.run import Result


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(train)
    app.command()(madeup)


def train(
    config: Annotated[Path, typer.Argument(help="The training configuration, a YAML file.", show_default=False)],
    data: DataPath = None,
    store: StoreToRead = "",
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    promote: Annotated[
        bool, typer.Option("--promote", help="Then decide on the challenger: leadscore promote.")
    ] = False,
) -> None:
    """Learn from history, test on later leads, and register a version in MLflow.

    The first version of a model is served at once. Later ones are challengers, which leadscore promote (or --promote
    here, with its exit codes) makes the champion if they are not worse.

    The closing table holds the rules alone, the model alone, their blend, naive Bayes, logistic regression and gradient
    boosting, all tested on leads that came after the ones learned from.
    """
    from training.leads import Leads
    from training.promotion.promote import promote as decide
    from training.registry.place import Registry
    from training.run import train_on

    registry = Registry(tracking_uri, None) if tracking_uri else Registry.embedded(home)
    with progress() as step:
        leads = Leads(config, leads_at(data, store), step)
        result = train_on(leads, home, registry)
    _report(result)
    if promote and result.role == "challenger":
        version = result.version
        found = decide(registry, version.name, home, which=version.version, read=leads.read)
        console().print(promotion(found))
        raise typer.Exit(exit_code(found))


def _report(result: "Result") -> None:
    """The closing table, and what should be said beside it."""
    out = console()
    out.print(measures_table(result.measures, result.trained_on, result.tested_on))
    if result.tested_rows > result.tested_on:
        read = f"{result.tested_rows:,} later, {result.trained_rows:,} before"
        out.print(f"Leads are read at several moments: {read}. Every measure is over these.")
    out.print(result.timing.sentence)
    if result.left_out:
        out.print(f"Left out of both: {result.left_out:,} leads (closed early, or not known in time).")
    w, measured = result.card.weight_of_history, result.measures
    out.print(f"History counts {w:.0%}, the agreement {1 - w:.0%}.")
    if measured["blend"].log_loss >= measured["rules only"].log_loss:
        out.print("History does not yet improve on the agreement.")
    if result.tested_on < FEW:
        out.print(f"Only {result.tested_on} later leads: these measures say little. Bring more history.")
    out.print(f"Registered {result.version.name} version {result.version.version} ({result.role}).")


def madeup(
    folder: Annotated[Path, typer.Argument(help="Where to write the tables.", show_default=False)],
    leads: Annotated[int, typer.Option(min=10, help="How many leads.")] = 5_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 7,
    events_per_lead: Annotated[float, typer.Option(min=0, help="About how many events a lead has, on average.")] = 12.8,
    format: Annotated[FileFormat, typer.Option(help="csv, or parquet: for more leads than memory holds.")] = "csv",
    ending_by: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Move all by whole weeks, to end in the week up to this day.", show_default=False
        ),
    ] = None,
) -> None:
    """Write the tables of a made-up company, whose truth is known. Everything in it is simulated.

    They end on 2026-10-01, or by the day that is given (CSV only).
    """
    from training.madeup import company as made_up
    from training.madeup.parts import write_company_in_parts

    if ending_by and format != "csv":
        raise ConfigError("only CSV can be moved in time", where="--ending-by", got=format, do="leave one of them out")
    with progress() as step:
        if format == "parquet":
            events = write_company_in_parts(folder, leads, seed, events_per_lead, step=step)
        else:
            company = made_up.make_company(leads, seed, events_per_lead=events_per_lead)
            if ending_by:
                company = made_up.ending_by(company, ending_by.date())
            events = len(company.events)
            made_up.write_company(company, folder)
    typer.echo(f"Wrote {leads:,} simulated leads with {events:,} events to {folder}")
