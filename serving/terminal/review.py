"""What people read of a review and of thresholds in the terminal."""

from collections.abc import Collection, Sequence

from rich.table import Table
from rich.text import Text

from training.review.effect import Effect
from training.review.report import NO_RULE, rows_of
from training.review.review import Review
from training.review.verdicts import Reviewed
from training.thresholds import LaterLeads
from training.thresholds.table import Through

STYLES = {"agrees": "green", "too high": "red", "too low": "red", "contradicts": "red", NO_RULE: "blue"}


def rules_table(review: Review) -> Table:
    """Every rule with its verdict, and the missing ones."""
    title = f"{review.agreement.agreement} against {review.leads:,} leads, of which {review.converted:,} converted"
    table = _table(title, "rule", "agreed", "history", "90 % interval", "leads", "converted")
    table.add_column("verdict", no_wrap=True)
    for rule, verdict in rows_of(review):
        table.add_row(*_cells(rule, verdict), Text(verdict, style=STYLES.get(verdict, "dim")))
    return table


def _cells(rule: Reviewed, verdict: str) -> tuple[str, ...]:
    agreed = "" if verdict == NO_RULE else f"{rule.agreed:+g}"
    counts = (f"{rule.leads:,}", f"{rule.converted:,}")
    if rule.fires == "never":
        return rule.rule.words, agreed, "", "", *counts
    return rule.rule.words, agreed, f"{rule.learned:+.1f}", f"{rule.low:+.1f} to {rule.high:+.1f}", *counts


def effect_table(effect: Effect) -> Table:
    """How many leads each stage holds, and how many of these convert, by both agreements."""
    title = "By the agreed points alone: the agreement, and the proposal"
    table = _table(title, "stage", "leads", "proposed", "convert", "proposed", "share", "proposed")
    for stage in effect.moves.stages:
        leads, won = effect.moves.counts[stage], effect.converted[stage]
        shares = [f"{w / n:.0%}" if n else "" for n, w in zip(leads, won, strict=True)]
        table.add_row(stage, *(f"{n:,}" for n in (*leads, *won)), *shares)
    return table


def thresholds_table(found: Sequence[Through], later: LaterLeads, chosen: Collection[float] = ()) -> Table:
    """What comes through each threshold; the chosen ones are bold."""
    volume = () if later.a_month is None else ("leads a month",)
    title = f"On {len(later):,} later leads, with 95 % intervals"
    table = _table(title, "from", *volume, "of the leads", "convert", "", "of all conversions", "")
    table.add_column("begins there today")
    for row in found:
        table.add_row(
            f"{row.threshold:g}",
            *([] if later.a_month is None else [f"{row.a_month:.0f}"]),
            f"{row.share:.1%}",
            *_with_interval(row.rate, row.rate_low, row.rate_high),
            *_with_interval(row.caught, row.caught_low, row.caught_high),
            later.begins_at(row.threshold),
            style="bold" if row.threshold in chosen else "",
        )
    return table


def _with_interval(value: float, low: float, high: float) -> tuple[str, Text]:
    if value != value:
        return "", Text()
    return f"{value:.1%}", Text(f"{low:.0%}–{high:.0%}", style="dim")


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
