"""``leadscore review`` and ``thresholds``: the agreement held against history, and where its stages should begin."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ConfigError
from serving.commands.leads import DataPath, StoreToRead, leads_at
from serving.progress import progress
from serving.terminal.output import console

if TYPE_CHECKING:
    from training.capacity import Capacity
    from training.thresholds import Choice, LaterLeads
    from training.thresholds.choice import Prices

Config = Annotated[Path, typer.Argument(help="The training configuration, a YAML file.", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="Write the pictures and tables into this folder.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(review)
    app.command()(thresholds)


def review(
    config: Config,
    data: DataPath = None,
    store: StoreToRead = "",
    out: Out = None,
    propose: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the proposed agreement to this YAML file.", show_default=False),
    ] = None,
) -> None:
    """Hold every rule of the agreement against history, name the rules that are missing, and propose a new version.

    For each rule: the agreed points, those that history gives it with all else alike (with a 90 % interval), the leads
    that meet it, and a verdict. A rule is too high, too low or contradicted only where history surely differs, and by
    more than anybody would leave as it is. "Not enough leads" means that history tells neither that nor the opposite.

    The proposal keeps the file's comments and order. Only rules that history speaks against get other points, missing
    ones are added, and it carries no signatures. Shown is which leads would change stage by it, and how many convert.

    With --out the folder holds review.csv and effect.csv (every number), review.txt (what they mean), the picture of
    the rules as PNG and as HTML, and the proposal as YAML and as a diff.
    """
    from serving.terminal.review import effect_table, rules_table
    from training.leads import Leads
    from training.plots.saving import files_of, refuse_other, save_all
    from training.review.findings import agreement_file, find
    from training.review.report import CHARTS, TEXTS, charts, sentences, texts

    if out is not None:
        refuse_other(out, files_of(CHARTS, TEXTS))
    with progress() as step:
        leads = Leads(config, leads_at(data, store), step)
        if propose is not None:
            _refuse_same(propose, agreement_file(leads))
        found = find(leads, datetime.now(UTC).date())
        if out is not None:
            step("drawing", 0, 1)
            save_all(out, charts(found.review), texts(found))
    shown = console()
    shown.print(rules_table(found.review))
    if found.effect is not None:
        shown.print(effect_table(found.effect))
    for sentence in sentences(found):
        shown.print(sentence)
    if found.proposal is not None:
        shown.print("\nThe proposal in words:", *(f"- {words}" for words in found.proposal.words), sep="\n")
    if propose is not None:
        _write(propose, None if found.proposal is None else found.proposal.text)
    if out is not None:
        shown.print(f"Wrote {out}: {', '.join(CHARTS)} (PNG and HTML), {', '.join(texts(found))}.")


def _refuse_same(proposed: Path, agreed: Path) -> None:
    """What was signed is not written over."""
    if proposed.resolve() == agreed.resolve():
        do = "name another file, and compare both: leadscore agreement diff"
        raise ConfigError("the proposal would replace the agreement itself", where="--propose", got=str(agreed), do=do)
    if not proposed.absolute().parent.is_dir():
        got = f"there is no folder {proposed.parent}"
        raise ConfigError("cannot write the proposal", where="--propose", got=got, do="name one that is there")


def _write(path: Path, text: str | None) -> None:
    if text is None:
        console().print(f"Nothing to propose, so {path} was not written.")
        return
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError("cannot write the proposal", where=str(path), got=error.strerror or "") from None
    console().print(f"Wrote {path}. Nobody has agreed on it yet: read it, change it, sign it.")


def thresholds(  # noqa: PLR0913, PLR0917 - the options of a command
    config: Config,
    data: DataPath = None,
    store: StoreToRead = "",
    capacity: Annotated[
        str | None, typer.Option(help="What sales can work, such as 120/month, 30/week or 10%.", show_default=False)
    ] = None,
    cost: Annotated[float | None, typer.Option(help="What it costs to work a lead.", show_default=False)] = None,
    value: Annotated[
        float | None, typer.Option(help="What a conversion is worth, in the same money.", show_default=False)
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(help="The stage that is to begin there; default: where a person first decides."),
    ] = None,
    out: Out = None,
) -> None:
    """Choose the threshold of a stage, by what sales can work (--capacity) or by what it pays (--cost and --value).

    The score is learned from the first leads in time and tried on the later ones, each counted once by its best score.
    For each threshold: how many leads come through, how many of these convert, how many of all conversions are among
    them. It is the score alone that is looked at: not exclusions, fast-tracks and required fields.

    With --out the folder holds thresholds.csv (every number), thresholds.txt and the picture as PNG and as HTML.
    """
    from serving.terminal.review import thresholds_table
    from training.leads import Leads
    from training.plots.review import threshold_chart
    from training.plots.saving import files_of, refuse_other, save_all
    from training.thresholds import later_leads, threshold_table
    from training.thresholds.later import stage_of
    from training.thresholds.table import thresholds_of, through

    charts, texts = ("thresholds",), ("thresholds.csv", "thresholds.txt")
    wanted = _wanted(capacity, cost, value)
    if out is not None:
        refuse_other(out, files_of(charts, texts))
    with progress() as step:
        leads = Leads(config, leads_at(data, store), step)
        named = stage_of(leads.agreement, stage)
        later = later_leads(leads, named.stage)
    choice = _choice(later, wanted)
    today = through(later, later.stages[named.stage])
    chosen = [] if choice is None else [choice.chosen.threshold]
    points = thresholds_of(later, also=chosen)
    said = [] if choice is None else [choice.sentence, choice.against(today, named.stage)]
    shown = console()
    shown.print(thresholds_table([through(later, t) for t in points], later, chosen))
    for sentence in said:
        shown.print(sentence)
    if out is not None:
        frame = threshold_table(later, points)
        picture = threshold_chart(frame, later.stages, chosen[0] if chosen else None)
        written = (frame.to_csv(index=False), "\n".join(said) + "\n")
        save_all(out, {"thresholds": picture}, dict(zip(texts, written, strict=True)))
        shown.print(f"Wrote {out}: {', '.join(charts)} (PNG and HTML), {', '.join(texts)}.")


def _wanted(capacity: str | None, cost: float | None, value: float | None) -> "Capacity | Prices | None":
    """What the threshold is to be chosen by; None where it is not to be chosen."""
    from training.capacity import read_capacity
    from training.thresholds.choice import prices_of

    if capacity is not None and (cost is not None or value is not None):
        raise typer.BadParameter("give --capacity, or --cost and --value, not both")
    if cost is not None and value is not None:
        return prices_of(cost, value)
    if cost is not None or value is not None:
        raise typer.BadParameter("--cost and --value go together")
    return None if capacity is None else read_capacity(capacity)


def _choice(later: "LaterLeads", wanted: "Capacity | Prices | None") -> "Choice | None":
    from training.capacity import Capacity
    from training.thresholds import threshold_for_capacity, threshold_for_value

    if wanted is None:
        return None
    return (
        threshold_for_capacity(later, wanted) if isinstance(wanted, Capacity) else threshold_for_value(later, *wanted)
    )
