"""What people read in the terminal: the waterfall of one score, the closing table of a training run."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from features.points import added

BAR = 24
SMALLEST = 0.05  # smaller parts are summed up in one row


def waterfall(answer: Mapping[str, Any]) -> RenderableType:
    """A score as bars that add up: the base, every fact that counts, the total; then the stages."""
    return Group(Text(answer["summary"]), Text(), _terms(answer), Text(), _stages(answer), *_footnotes(answer))


def _terms(answer: Mapping[str, Any]) -> Table:
    """One row a term. Running totals are rounded and parts are their differences, so that what is shown adds up."""
    terms = sorted((t for t in answer["terms"] if t["points"]), key=lambda t: -abs(t["points"]))
    large = [t for t in terms if abs(t["points"]) >= SMALLEST]
    small = [t for t in terms if abs(t["points"]) < SMALLEST]
    table = Table(box=None, pad_edge=False)
    table.add_column("reason")
    for name in ("agreed", "learned", "counts", "total"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    running = answer["base"]
    reach = _reach(running, large)
    base = f"{running:.1f}"
    table.add_row("base: a lead of whom nothing is known", "", "", base, base, _bar(0.0, running, reach))
    rest = _summed(small)
    unseen = f"{added([running, *(t['points'] for t in large)]):.1f}" == f"{answer['score']:.1f}"
    for term in [*large, *([] if unseen and abs(rest["points"]) < SMALLEST else [rest])]:
        before, running = running, running + term["points"]
        part = round(running, 1) - round(before, 1)
        numbers = (f"{term['agreed']:+.1f}", f"{term['learned']:+.1f}", f"{part:+.1f}", f"{running:.1f}")
        table.add_row(term["text"], *numbers, _bar(before, running, reach))
    w, agreed, score = answer["weight_of_history"], answer["agreed_score"], answer["score"]
    weights = f" (history counts {w:.0%}, the agreement {1 - w:.0%})"
    table.add_row(Text.assemble(_bold("score"), weights), f"{agreed:.1f}", "", "", _bold(f"{score:.1f}"))
    return table


def _summed(small: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Terms too small to show, as one."""
    total = {name: added(t[name] for t in small) for name in ("agreed", "learned", "points")}
    return {"text": f"{len(small)} smaller part(s)"} | total


def _reach(base: float, terms: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    totals = [0.0, base]
    for term in terms:
        totals.append(totals[-1] + term["points"])
    return min(totals), max(totals)


def _bar(start: float, end: float, reach: tuple[float, float]) -> Text:
    low, high = reach
    scale = BAR / ((high - low) or 1.0)
    left, right = sorted((round((start - low) * scale), round((end - low) * scale)))
    return Text(" " * left + "█" * max(right - left, 1), style="green" if end >= start else "red")


def _stages(answer: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("stage", "needs", "stands", "what would get it there"):
        table.add_column(name)
    for stage in answer["stages"]:
        here = _bold("» ") if stage["stage"] == answer["stage"] else Text("  ")
        needs = "" if stage["threshold"] is None else f"{stage['threshold']:g} on {stage['on']}"
        table.add_row(here.append(stage["stage"]), needs, _stands(stage), _moves(stage))
    return table


def _stands(stage: Mapping[str, Any]) -> str:
    parts = [f"{stage['points_short']:.1f} short"] if stage["points_short"] > 0 else []
    if stage["missing"]:
        parts.append(f"missing: {', '.join(stage['missing'])}")
    if stage["gate"] != "automatic":
        parts.append(stage["gate"])
    return "; ".join(parts) or ("reached" if stage["reached"] else "")


def _moves(stage: Mapping[str, Any]) -> str:
    moves = [f"{m['text']} ({m['points']:+.1f})" for m in stage["moves"]]
    if stage["moves_needed"] == "one":
        return "\nor ".join(moves)
    if moves and not stage["moves_needed"]:
        moves.append("more, for these do not suffice")
    return "\nand ".join(moves)


def _footnotes(answer: Mapping[str, Any]) -> list[Text]:
    low, high = answer["interval_low"], answer["interval_high"]
    model = f"model {answer['model']} version {answer['model_version']}, agreement {answer['agreement_version']}"
    lines = [Text(), Text(f"90 % interval {low:.1f} to {high:.1f}; as of {answer['as_of']}; {model}", style="dim")]
    return lines + [Text(f"note: {note}", style="yellow") for note in answer.get("notes", [])]


MEASURES = {
    "auc": "AUC",
    "auc_within": "AUC within",
    "pr_auc": "PR AUC",
    "log_loss": "log loss",
    "brier": "Brier",
    "lift": "lift",
    "calibration_error": "cal. error",
    "timing_auc": "AUC among converters",
}
SMALLER_IS_BETTER = ("log_loss", "brier", "calibration_error")


def measures_table(measures: Mapping[str, Any], trained: int, tested: int) -> Table:
    """The closing table: each prediction's measures on the later leads, the best of each column bold.

    A measure that some prediction has not is left out.
    """
    title = f"On the {tested:,} later leads (trained on the {trained:,} before)"
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column("prediction", no_wrap=True)
    columns = [what for what in MEASURES if all(getattr(m, what) is not None for m in measures.values())]
    for what in columns:
        table.add_column(MEASURES[what], justify="right")
    if "auc_within" in columns:
        table.caption = "AUC within: only leads of the same month (or tenth in time, without dates) are compared"
    best = {
        what: (min if what in SMALLER_IS_BETTER else max)(getattr(m, what) for m in measures.values())
        for what in columns
    }
    for prediction, row in measures.items():
        values = {what: getattr(row, what) for what in columns}
        cells = [Text(f"{value:.4f}", style="bold" if value == best[what] else "") for what, value in values.items()]
        table.add_row(prediction, *cells)
    return table


def console() -> Console:
    """Standard output as wide as the terminal, else 120 columns; brackets in what leads send are no markup."""
    out = Console(highlight=False, markup=False)
    return out if out.is_terminal else Console(highlight=False, markup=False, width=120)


def _bold(text: str) -> Text:
    return Text.assemble((text, "bold"))
