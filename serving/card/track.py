"""The stage track: the agreed stages in order, and the thresholds on one line with the lead's score."""

from collections.abc import Mapping
from typing import Any, NamedTuple

MARGIN = 5.0  # points beyond the outermost mark
SCORED = "score"  # thresholds on another score do not stand on the line of this one


class Step(NamedTuple):
    """One stage; ``state``: passed, here, next or ahead. ``threshold``: None where points do not decide."""

    stage: str
    state: str
    threshold: float | None
    on: str
    definition: str
    owner: str


class Mark(NamedTuple):
    """A threshold on the line; ``at``: its place, from 0 (left) to 1."""

    stage: str
    threshold: float
    at: float


class Track(NamedTuple):
    """The line from ``low`` to ``high`` points; ``score``, ``from_`` and ``to`` (its interval): places on it."""

    steps: list[Step]
    marks: list[Mark]
    low: float
    high: float
    score: float
    from_: float
    to: float


def track_of(lead: Mapping[str, Any]) -> Track:
    """The track of a scored lead (its ``stages``, ``stage``, ``stage_next``, score and interval)."""
    stages, names = lead["stages"], [stage["stage"] for stage in lead["stages"]]
    here = names.index(lead["stage"]) if lead["stage"] in names else -1
    steps = [
        Step(s["stage"], _state(i, here, s["stage"] == lead["stage_next"]), s["threshold"], *_of(s))
        for i, s in enumerate(stages)
    ]
    on_line = [s for s in stages if s["threshold"] is not None and s["on"] == SCORED]
    places: list[float] = [s["threshold"] for s in on_line]
    places += [lead["score"], lead["interval_low"], lead["interval_high"]]
    low, high = min(*places, 0.0) - MARGIN, max(places) + MARGIN

    def at(points: float) -> float:
        return (points - low) / (high - low)

    marks = [Mark(s["stage"], s["threshold"], at(s["threshold"])) for s in on_line]
    return Track(steps, marks, low, high, at(lead["score"]), at(lead["interval_low"]), at(lead["interval_high"]))


def _state(place: int, here: int, is_next: bool) -> str:
    if place == here:
        return "here"
    if place < here:
        return "passed"
    return "next" if is_next else "ahead"


def _of(stage: Mapping[str, Any]) -> tuple[str, str, str]:
    return stage["on"], stage["definition"], stage["owner"]
