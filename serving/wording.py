"""The sentences of an answer: what a term says, the reasons, the summary. Plain words, never log-odds."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from features.catalog import COUNTING, Feature, Value
from features.stages import Standing

REASONS = 5


def sentence_of(feature: Feature) -> Callable[[Value, bool], str]:
    """The function from a fact's value (and whether history knows it) to a sentence about the lead."""
    label, measure = feature.label, feature.source.measure
    if feature.of_events and measure in COUNTING:
        return _counted(label, fading=feature.source.half_life_days is not None)
    if feature.of_events:
        nothing = "never" if measure.startswith("days_since") else "none"
        return lambda value, _: f"{label}: {nothing}" if value is None else f"{label}: {_number(value)}"

    def of_field(value: Value, known: bool) -> str:
        if value is None:
            return f"{label}: unknown"
        plain = value if isinstance(value, str) else _number(value)
        return f"{label}: {plain}" if known else f"{label}: {plain} (not seen in history)"

    return of_field


def _counted(label: str, *, fading: bool) -> Callable[[Value, bool], str]:
    single, after = label.replace("' events", "' event"), " (older ones count less)" if fading else ""

    def of_count(value: Value, _: bool) -> str:
        if not value:
            return f"no {label}"
        return f"{_number(value)} {single if value == 1 else label}{after}"

    return of_count


def _number(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.1f}"
    return str(value)


class Reason(NamedTuple):
    """A term's sentence with its points, and those points; 0 where they round to nothing."""

    points: float
    text: str


def reason(sentence: str, points: float) -> str:
    """A term's sentence with its points."""
    return f"{sentence}: {points:+.1f}"


def weighed(sentence: str, points: float) -> Reason:
    """A term's reason, and how much it counts, up or down."""
    return Reason(points if round(points, 1) else 0.0, reason(sentence, points))


def reasons(terms: Sequence[Reason]) -> list[Reason]:
    """The reasons that count most, up or down; five at most."""
    return sorted([reason for reason in terms if reason.points], key=_size, reverse=True)[:REASONS]


def _size(reason: Reason) -> float:
    return abs(reason.points)


def texts_of(said: Sequence[Reason]) -> list[str]:
    """Exactly five texts, the rest empty."""
    return [reason.text for reason in said] + [""] * (REASONS - len(said))


def summary(answer: dict[str, Any], said: Sequence[Reason], after: Standing | None) -> str:
    """Two or three sentences that a sales rep can read before a call.

    said: the reasons; after: how the lead stands against its next stage
    """
    text = standing(answer["score"], answer["grade"], answer["stage"])
    if answer["exclusion"]:
        text += not_worked(answer["exclusion"])
    elif after and after.points_short > 0:
        text += points_short(after.points_short, after.stage.stage)
    elif after:
        text += lacking(after.stage.stage, ", ".join(after.missing), after.stage.gate)
    text += chance(answer["probability"], answer["horizon_days"])
    best = next((reason for reason in said if reason.points > 0), None)
    worst = next((reason for reason in said if reason.points < 0), None)
    return text + (foremost(best.text) if best else "") + (foremost(worst.text) if worst else "")


def standing(score: float, grade: str, stage: str) -> str:
    """How a summary begins."""
    return f"{score:.1f} points, grade {grade}, stage {stage}"


def not_worked(exclusion: str) -> str:
    """What a summary says of an excluded lead."""
    return f"; not to be worked: {exclusion}"


def points_short(points: float, stage: str) -> str:
    """What a summary says of a lead that lacks points for its next stage."""
    return f"; {points:.1f} points short of {stage}"


def lacking(stage: str, missing: str, gate: str) -> str:
    """What a summary says of a lead that has the points for its next stage."""
    return f"; missing for {stage}: {missing}" if missing else f"; ready for {stage} ({gate})"


def chance(probability: float, horizon_days: float) -> str:
    """What a summary says of the probability."""
    return f". {probability:.0%} to convert within {horizon_days:g} days."


def foremost(reason: str) -> str:
    """What a summary says of the reason that counts most for or against a lead."""
    said, _, points = reason.rpartition(": ")
    return f" {'For' if points.startswith('+') else 'Against'} it most: {said} ({points})."
