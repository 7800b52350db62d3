"""``leadscore promote``, ``rollback``, ``compare``, ``versions`` and ``retrain``: which version is served, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.moments import moment, now
from serving.commands.decided import BUSY, NOTHING_NEW, exit_code
from serving.commands.leads import DataPath, StoreToRead, leads_at
from serving.commands.options import AsOf, Home, TrackingUri
from serving.progress import progress
from serving.terminal.models import differences, moves, promotion, retraining, stages, versions_table
from serving.terminal.output import console
from training.scorecard import Scorecard, load

if TYPE_CHECKING:
    from training.registry.place import Registry

Model = Annotated[
    str, typer.Option(help="The model's name in its configuration; default: that of the home.", show_default=False)
]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the version.", show_default=False)]
By = Annotated[str, typer.Option(help="Who decides; default: the system's user.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (promote, rollback, compare, versions, retrain):
        app.command()(command)


def promote(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Annotated[
        Path | None,
        typer.Argument(help="The training configuration, to score the leads anew by both.", show_default=False),
    ] = None,
    data: DataPath = None,
    store: StoreToRead = "",
    version: Annotated[str, typer.Option(help="The version to decide on: its number or alias.")] = "challenger",
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    model: Model = "",
    override: Annotated[bool, typer.Option("--override", help="Promote whatever the evidence says.")] = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Make the challenger the champion, if leads that neither learned from say that it is not worse.

    Both versions are held against the same later leads. The challenger is promoted when its log loss is surely
    lower, or surely not higher by more than 1 % of that of chance, and its probabilities hold. With the configuration
    and the data, leads count that have matured since; without, those that both versions were tested on.

    Exit codes: 0 promoted, 10 no challenger waits, 11 refused, 12 the leads do not tell.
    """
    from training.leads import Leads
    from training.promotion.promote import Override
    from training.promotion.promote import promote as decide
    from training.registry.champion import model_of

    registry = _registry(tracking_uri, home)
    with progress() as step:
        leads = Leads(config, leads_at(data, store), step) if config else None
        name = model_of(registry, home, leads.config.name if leads else model)
        step("comparing", 0, 1)
        overruled = Override(reason, by) if override else None
        read = leads.read if leads else None
        found = decide(registry, name, home, which=version, read=read, override=overruled, by=by)
    console().print(promotion(found))
    raise typer.Exit(exit_code(found))


def rollback(
    reason: Reason,
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    model: Model = "",
    by: By = "",
) -> None:
    """Make the champion before this one the champion again. A running service takes it up without a restart.

    One step: a second rollback goes one further back, never forth to a version that was rolled back. Until somebody
    promotes a version again, leadscore retrain only registers challengers.
    """
    from training.registry.champion import model_of, roll_back

    registry = _registry(tracking_uri, home)
    before, after = roll_back(registry, model_of(registry, home, model), home, reason=reason, by=by)
    console().print(f"Rolled back: version {after.version} is the champion, in place of version {before.version}.")


def compare(  # noqa: PLR0913, PLR0917 - the options of a command
    before: Annotated[str, typer.Argument(metavar="A", help="A version's number or alias, or a scorecard file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="What it is compared with, likewise.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Leads whose stages are compared: a file, or a folder with events.", show_default=False),
    ] = None,
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    model: Model = "",
    id_column: Annotated[str | None, typer.Option("--id", help="The column that names a lead.")] = None,
    as_of: AsOf = None,
    every: Annotated[bool, typer.Option("--all", help="Show every changed fact and every lead that moves.")] = False,
) -> None:
    """Say what B does otherwise than A: agreement, facts, points, scale; with --data, which leads change stage."""
    from training.comparison.cards import compare_cards, title

    a, b = (_card(which, home, tracking_uri, model) for which in (before, after))
    out = console()
    out.print(f"A: {title(a)}\nB: {title(b)}\n")
    out.print(differences(compare_cards(a, b), every=every))
    if data is not None:
        from serving.bulk.tables import find_tables
        from training.comparison.stage_moves import stage_moves

        at = now() if as_of is None else moment(as_of)
        with progress() as step:
            found = stage_moves(a, b, find_tables(b, data, id_column).tables, at, step)
        out.print(stages(found))
        out.print(moves(found, every=every))


def _card(which: str, home: Path, tracking_uri: str, model: str) -> Scorecard:
    """The scorecard of a version, or of a file."""
    if which.endswith(".json"):
        return load(Path(which))
    from training.registry.champion import model_of
    from training.registry.versions import card_of, find

    registry = _registry(tracking_uri, home)
    return card_of(registry, find(registry, model_of(registry, home, model), which))


def versions(home: Home = Path(".leadscore"), tracking_uri: TrackingUri = "", model: Model = "") -> None:
    """List the registered versions with their aliases and measures, and who was the champion when."""
    from training.registry.champion import model_of
    from training.registry.moves import moves_of
    from training.registry.versions import listed

    registry = _registry(tracking_uri, home)
    name = model_of(registry, home, model)
    console().print(versions_table(name, listed(registry, name), moves_of(registry, name)))


def retrain(
    config: Annotated[Path, typer.Argument(help="The training configuration, a YAML file.", show_default=False)],
    data: DataPath = None,
    store: StoreToRead = "",
    home: Home = Path(".leadscore"),
    tracking_uri: TrackingUri = "",
    at_least: Annotated[
        int | None,
        typer.Option(
            min=0, help="How many leads must have matured; default: 1 % of those learned from.", show_default=False
        ),
    ] = None,
) -> None:
    """Train again if enough leads have matured, and promote the new version if it is not worse: for cron.

    Nothing is done while too few are new, or while another retraining is at work in the home. A run that fails leaves
    the champion as it was.

    Exit codes: 0 promoted, 10 nothing new, 11 trained but refused, 12 trained but the leads do not tell, 13 another
    one is at work; else as leadscore train.
    """
    from training.leads import Leads
    from training.registry.lock import BusyError
    from training.retraining import retrain as run

    with progress() as step:
        try:
            found = run(
                Leads(config, leads_at(data, store), step), home, _registry(tracking_uri, home), at_least=at_least
            )
        except BusyError as error:
            typer.echo(f"Not done: {error.what}.", err=True)
            raise typer.Exit(BUSY) from None
    console().print(retraining(found))
    raise typer.Exit(exit_code(found.promotion) if found.promotion else NOTHING_NEW)


def _registry(tracking_uri: str, home: Path) -> "Registry":
    from training.registry.place import Registry

    return Registry(tracking_uri, None) if tracking_uri else Registry.embedded(home)
