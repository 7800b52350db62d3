"""``leadscore drift``: are recent leads still like those that the champion learned from, and do its scores hold?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.leads import DataPath, StoreToRead, leads_at
from serving.commands.options import Home, TrackingUri
from serving.progress import progress
from serving.terminal.drift import drift_tables
from serving.terminal.output import console

if TYPE_CHECKING:
    from training.drift.watch import Watched

DRIFTED = 20


Scores = Annotated[
    Path | None,
    typer.Option(
        help="Scores as they were served: a file of leadscore score, or a folder of such files.", show_default=False
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="MOMENT",
        help="Recent are leads from this moment on (ISO 8601; or a number, where a number orders them); default: all "
        "that the champion has not learned from. A long stretch waters down what happened last.",
        show_default=False,
    ),
]
Out = Annotated[Path | None, typer.Option(help="Write the pictures and tables into this folder.", show_default=False)]
Json = Annotated[Path | None, typer.Option(metavar="FILE", help="Write every number as JSON.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print only what drifted so that it matters.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drift)


def drift(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Annotated[Path, typer.Argument(help="The training configuration, a YAML file.", show_default=False)],
    data: DataPath = None,
    store: StoreToRead = "",
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    scores: Scores = None,
    since: Since = None,
    out: Out = None,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Watch for drift: compare recent leads with those that the champion learned from. For cron, and for reading.

    Four things are watched. Facts: whether their values are spread otherwise than before, by more than chance (PSI
    beside what chance makes), and how many points that moves scores. Scores: how far they moved; the facts' parts add
    up to the whole. The base rate: of leads whose horizon has passed, whether as many converted as expected, and since
    when not. Calibration: whether the probabilities came true, of each version with --scores; without, those of the
    champion are computed again as of the moments at which leads are read.

    Something matters when it is surely more than chance and changes odds by a fifth, or by a twentieth where values
    are spread quite otherwise (PSI from 0.25); probabilities, when they are surely off by more than leadscore promote
    would allow. Then it is time to look at the source of a fact, or to train again (leadscore retrain).

    With --out the folder holds drift.txt (what it means), drift.json, facts.csv, and the pictures, each as PNG and as
    HTML: facts, scores, base_rate, calibration.

    Exit codes: 0 nothing drifted that matters, 20 something did; else as leadscore train.
    """
    from training.drift.champion import champion_of
    from training.drift.report import files, save, write_json
    from training.drift.watch import watch
    from training.leads import Leads
    from training.plots.saving import refuse_other
    from training.registry.place import Registry

    if out is not None:
        refuse_other(out, files())
    registry = Registry(tracking_uri, None) if tracking_uri else Registry.embedded(home)
    with progress() as step:
        leads = Leads(config, leads_at(data, store), step)
        found = watch(leads, champion_of(registry, home, leads.config.name), scores=scores, since=since)
        if out is not None:
            step("drawing", 0, 1)
            save(found, out)
        if json is not None:
            write_json(found.drift, json)
    _print(found, quiet=quiet)
    if out is not None and not quiet:
        console().print(f"Wrote {out}: {', '.join(files())}.")
    raise typer.Exit(DRIFTED if found.drift.matters else 0)


def _print(found: "Watched", *, quiet: bool) -> None:
    """All tables and sentences, or only what matters."""
    from training.drift.report import alarms, sentences, verdict

    shown, said = console(), list(sentences(found))
    if quiet:
        said = [*alarms(found.drift), verdict(found.drift)] if found.drift.matters else []
    else:
        shown.print(drift_tables(found.drift))
    for sentence in said:
        shown.print(sentence)
