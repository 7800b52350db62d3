"""What people read in the terminal of versions: verdicts with their evidence, comparisons, lists."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from training.comparison.cards import Differences
    from training.comparison.stage_moves import Moved, StageMoves
    from training.promotion.evidence import Evidence
    from training.promotion.promote import Promotion
    from training.registry.moves import Move
    from training.registry.versions import Listed
    from training.retraining import Retrained

FIRST = 5  # of a list, unless all are asked for


def promotion(found: "Promotion") -> RenderableType:
    """What was compared, the numbers, the verdict and why."""
    version = f"version {found.version.version}"
    if found.champion is None:
        return Text(f"Promoted: {version} is the champion; there was none.")
    if found.verdict is None:
        return Text(f"No challenger waits: {version} is the champion.")
    parts: list[RenderableType] = [_evidence(found.verdict.evidence)] if found.verdict.evidence else []
    why = found.verdict.why
    if found.overridden:
        said = f"Promoted against the evidence: {version} is the champion. The evidence: {why}."
    elif found.promoted:
        said = f"Promoted: {version} is the champion, in place of version {found.champion.version}: {why}."
    elif found.verdict.outcome == "promote":
        said = f"Not promoted, though it may be: {why}."
    else:
        said = f"Not promoted: {why}. Version {found.champion.version} stays the champion."
    return Group(*parts, Text(said))


def _evidence(evidence: "Evidence") -> RenderableType:
    title = f"On the same {evidence.leads:,} leads that neither has learned from ({evidence.converted:,} converted):"
    table = Table()
    table.add_column("")
    for role, side in (("champion", evidence.champion), ("challenger", evidence.challenger)):
        table.add_column(f"{role}: version {side.version}", justify="right")
    sides = (evidence.champion, evidence.challenger)
    table.add_row("log loss", *(f"{s.log_loss:.4f}" for s in sides))
    table.add_row("AUC", *(f"{s.auc:.4f}" for s in sides))
    table.add_row("mean probability minus share converted", *(f"{s.bias:+.3f}" for s in sides))
    table.add_row("calibration error", *(f"{s.calibration_error:.3f}" for s in sides))
    newer = evidence.as_registered
    form = "Each is scored by the versions as they were tested, before their last fit."
    if newer:
        form = f"{newer:,} came after both were trained; the others are scored by the versions as they were tested."
    rows = f" They are read {evidence.rows:,} times." if evidence.rows > evidence.leads else ""
    difference = f"Difference in log loss, lead by lead: {evidence.difference:+.4f}."
    return Group(Text(title), table, Text(form + rows), Text(difference))


def differences(found: "Differences", *, every: bool) -> RenderableType:
    """What one scorecard says otherwise than another, by what it is about."""
    if found.none:
        return Text("Both say the same.\n")
    parts = (
        ("The agreement", found.agreement, True),
        ("Facts", found.facts, every),
        ("Points that changed by more than chance would", found.points, every),
        ("Weight and scale", found.scale, True),
    )
    return Text("\n".join(line for title, said, whole in parts for line in _section(title, said, whole)))


def _section(title: str, sentences: Sequence[str], whole: bool) -> Iterable[str]:
    if not sentences:
        return
    shown = sentences if whole else sentences[: 2 * FIRST]
    yield f"{title}:"
    yield from (f"  {sentence}" for sentence in shown)
    if len(shown) < len(sentences):
        yield f"  and {len(sentences) - len(shown)} more (--all)"
    yield ""


def stages(found: "StageMoves") -> RenderableType:
    """How many leads each stage holds by both, and who enters and leaves."""
    share = f"{len(found.moved) / found.leads:.1%}" if found.leads else "0%"
    title = f"Of {found.leads:,} leads, {len(found.moved):,} would stand in another stage ({share}):"
    table = Table()
    table.add_column("stage")
    for heading in ("by A", "by B", "enter", "leave"):
        table.add_column(heading, justify="right")
    for stage in found.stages:
        before, after = found.counts[stage]
        entering, leaving = len(found.entering(stage)), len(found.leaving(stage))
        table.add_row(stage, *(f"{n:,}" for n in (before, after, entering, leaving)))
    return Group(Text(title), table)


def moves(found: "StageMoves", *, every: bool) -> RenderableType:
    """The leads that would stand in another stage: all, or the first few into each."""
    lines = [line for stage in found.stages for line in _entering(stage, found.entering(stage), every)]
    return Text("\n".join(lines))


def _entering(stage: str, leads: "Sequence[Moved]", every: bool) -> Iterable[str]:
    shown = leads if every else list(islice(leads, FIRST))
    if shown:
        told = ", ".join(f"{m.lead_id} (from {m.before}: {m.score_before:.1f} to {m.score_after:.1f})" for m in shown)
        more = f" and {len(leads) - len(shown):,} more (--all)" if len(shown) < len(leads) else ""
        yield f"into {stage}: {told}{more}"


def versions_table(name: str, listed: "Sequence[Listed]", moves: "Sequence[Move]") -> RenderableType:
    """All versions, the newest first, and every change of the champion."""
    table = Table(title=f"Versions of {name}", title_justify="left")
    for heading in ("version", "alias", "registered"):
        table.add_column(heading)
    for heading in ("AUC", "log loss", "calibration error"):
        table.add_column(heading, justify="right")
    table.add_column("decided")
    for row in listed:
        measured = (row.metrics.get(name) for name in ("auc", "log_loss", "calibration_error"))
        numbers = ["" if value is None else f"{value:.4f}" for value in measured]
        at = f"{datetime.fromtimestamp(row.made_at / 1000, UTC):%Y-%m-%d %H:%M}"
        table.add_row(row.version.version, ", ".join(row.aliases), at, *numbers, row.decided)
    told = [f"{m.at[:16].replace('T', ' ')}  {_move(m)}" for m in moves]
    return Group(table, Text("\n".join(["", "Champions (times in UTC):", *told]) if told else ""))


def _move(move: "Move") -> str:
    place = f" in place of {move.before}" if move.before else ""
    return f"version {move.version}{place}, {move.what} by {move.by}: {move.reason}"


def retraining(found: "Retrained") -> RenderableType:
    """What was new, and what came of it."""
    news = found.news
    if found.promotion is None:
        since = f" since version {news.since.version} was trained" if news.since else ""
        changed = f" and {news.changed:,} outcomes have changed" if news.changed else ""
        return Text(f"Nothing to do: {news.leads:,} leads have matured{since}{changed}; it takes {news.needed:,}.")
    new = f"{news.leads:,} leads are new" + (f", {news.changed:,} outcomes have changed" if news.changed else "")
    said = Text(f"{new}. Registered {found.promotion.version.name} version {found.promotion.version.version}.")
    held = [Text(f"Held back: {found.held}.")] if found.held else []
    return Group(said, promotion(found.promotion), *held)
