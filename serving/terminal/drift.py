"""What people read of a drift watch in the terminal: facts, parts of the mean score, periods, versions."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from training.drift.calibration import Calibrated
    from training.drift.facts import FactDrift
    from training.drift.level import Level
    from training.drift.watch import Drift

FACTS = 12  # the most in the table


def drift_tables(drift: "Drift") -> RenderableType:
    """All tables, one below the other; those of outcomes only where some are known."""
    parts = [_facts(drift)]
    if drift.level:
        parts.append(_level(drift.level))
    if drift.calibration:
        parts.append(_calibration(drift.calibration))
    return Group(*(part for table in parts for part in (table, Text())))


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    first, *others = headings
    table.add_column(first, overflow="fold", max_width=34)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _facts(drift: "Drift") -> Table:
    """The facts that moved scores most; the shifts add up to that of the mean score."""
    table = _table(
        "Facts that moved scores most; their mean shifts add up",
        "fact",
        "PSI",
        "chance, below",
        "moved",
        "mean shift",
        "",
    )
    table.add_column("the share that changed most", overflow="fold", max_width=44)
    shown = drift.facts[:FACTS]
    for fact in shown:
        d = fact.difference
        numbers = (f"{d.psi:.3f}", f"{d.chance:.3f}", f"{fact.moved:.1f}", f"{fact.shift:+.1f}")
        table.add_row(fact.label, *numbers, _word(fact), _most(fact))
    cut = drift.score.shift - sum(fact.shift for fact in drift.facts)
    rest = sum(fact.shift for fact in drift.facts[FACTS:])
    if drift.facts[FACTS:]:
        table.add_row(f"{len(drift.facts) - FACTS} other facts", "", "", "", f"{rest:+.1f}")
    if abs(cut) >= 0.05:
        table.add_row("cut by the bounds", "", "", "", f"{cut:+.1f}")
    score, d = drift.score, drift.score.difference
    word = Text("matters", style="red") if score.matters else Text("")
    numbers = (f"{d.psi:.3f}", f"{d.chance:.3f}", f"{score.moved:.1f}", f"{score.shift:+.1f}")
    table.add_row(_bold("the score"), *numbers, word, f"mean {score.before:.1f} to {score.after:.1f}")
    return table


def _word(fact: "FactDrift") -> Text:
    if fact.matters:
        return Text("matters", style="red")
    return Text("drifts" if fact.surely else "", style="yellow")


def _most(fact: "FactDrift") -> str:
    most = fact.most
    return f"{most.name}: {most.before:.1%} to {most.after:.1%}"


def _level(level: "Level") -> Table:
    table = _table("The share that converts, with 95 % intervals", "from", "leads", "converted", "", "expected")
    for period in level.periods:
        span = Text(f"{period.low:.1%}–{period.high:.1%}", style="dim")
        expected = "" if period.expected is None else f"{period.expected:.1%}"
        table.add_row(period.name, f"{period.leads:,}", f"{period.converted:.1%}", span, expected)
    span = Text(f"{level.converted.low:.1%}–{level.converted.high:.1%}", style="dim")
    table.add_row(_bold("all"), f"{level.leads:,}", f"{level.converted.value:.1%}", span, f"{level.expected:.1%}")
    return table


def _calibration(versions: "tuple[Calibrated, ...]") -> Table:
    headings = ("version", "leads", "given", "converted", "cal. error", "slope", "AUC", "when tested", "")
    table = _table("Probabilities against outcomes, with 95 % intervals", *headings)
    for one in versions:
        numbers = (f"{one.leads:,}", f"{one.predicted:.1%}", f"{one.converted.value:.1%}")
        measured = ("" if i is None else f"{i:.3f}" for i in (one.error, one.slope, one.auc))
        tested = "" if one.tested_auc is None else f"{one.tested_auc:.3f}"
        word = Text("matters", style="red") if one.matters else Text("watched" if one.current else "", style="dim")
        table.add_row(one.version, *numbers, *measured, tested, word)
    return table


def _bold(text: str) -> Text:
    return Text(text, style="bold")
