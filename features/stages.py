"""Where a lead stands: which stage its points, its fields and its doings put it in."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from features.agreement import (
    AUTOMATIC,
    Agreement,
    Condition,
    Exclusion,
    FastTrack,
    LeadTest,
    Stage,
    source_of,
    value_type,
)
from features.catalog import Feature, Value
from features.points import Holds, holds
from features.reference import Reader
from features.tables import Event, Lead, profile_at
from features.texts import text


class Scores(NamedTuple):
    """The points that thresholds look at: the blended score, the agreed one, and the score's two parts."""

    score: float
    agreed: float
    fit: float
    interest: float


class Standing(NamedTuple):
    """How a lead stands against one stage.

    ``reached`` is true up to the stage that the lead stands in, however it came there; beyond it, where the
    conditions are met, the gate aside (an excluded lead reaches nothing beyond the first stage).
    ``points_short`` and ``missing`` are facts about the conditions, also of a stage that the lead is in or past.
    """

    stage: Stage
    reached: bool
    points_short: float
    missing: tuple[str, ...]


class Decision(NamedTuple):
    """The stage that a lead is in by the agreement, and why.

    exclusion / fast_track: the one that decided, if any
    standings: every stage in order
    """

    stage: str
    stage_next: str
    points_to_next: float
    exclusion: Exclusion | None
    fast_track: FastTrack | None
    standings: tuple[Standing, ...]


class StageRules:
    """Decides stages for one agreement.

    A lead stands in the last stage of an unbroken run from the first: each has its threshold met, its
    required fields known and an automatic gate. Where a person decides, the run stops before that stage,
    unless the caller says that the lead has already been let through (``stage_now``). A fast-track puts a
    lead straight into its stage; an exclusion keeps it in the first one and beats everything.

    asks: the features to be read: what exclusions and fast-tracks test
    """

    def __init__(self, agreement: Agreement, missing: Sequence[str] = ()) -> None:
        self._stages = agreement.stages
        self._order = {s.stage: i for i, s in enumerate(agreement.stages)}
        self._thresholds = [(s.threshold, s.on) for s in agreement.stages]
        self._by_points = [s.threshold is not None or s.gate == AUTOMATIC for s in agreement.stages]
        self._required = tuple({field for stage in agreement.stages for field in stage.required})
        self._unknown = frozenset(m for m in map(text, missing))
        tests: list[LeadTest] = [*agreement.exclusions, *agreement.fast_tracks]
        self.asks = tuple(map(feature_of_test, tests))
        self._reader = Reader(self.asks, missing)
        self._tests: list[tuple[LeadTest, Holds]] = [(t, holds(t.when)) for t in tests]

    def decide(
        self, lead: Lead, known: list[Event], as_of: int, scores: Scores, stage_now: str | None = None
    ) -> Decision:
        """The decision for one lead with the events ``known`` at ``as_of``."""
        asked = self._reader.read_known(lead, known, as_of)
        return self.placed(profile_at(lead, as_of), asked, scores, stage_now)

    def placed(
        self, profile: Mapping[str, object], asked: Sequence[Value], scores: Scores, stage_now: str | None = None
    ) -> Decision:
        """The decision for a lead with this profile, given its values of ``asks``."""
        exclusion, track = self._special(asked)
        unknown = [field for field in self._required if self._is_missing(profile.get(field))]
        missing = [tuple([f for f in stage.required if f in unknown]) if unknown else () for stage in self._stages]
        short = [0.0 if least is None else max(0.0, least - getattr(scores, on)) for least, on in self._thresholds]
        met = [may and not n and not m for may, n, m in zip(self._by_points, short, missing, strict=True)]
        at = 0 if exclusion else self._reached(met, track, stage_now)
        reached = [i <= at or (one and not exclusion) for i, one in enumerate(met)]
        standings = tuple(map(Standing, self._stages, reached, short, missing))
        after = standings[at + 1] if not exclusion and at + 1 < len(standings) else None
        return Decision(
            stage=self._stages[at].stage,
            stage_next=after.stage.stage if after else "",
            points_to_next=after.points_short if after else 0.0,
            exclusion=exclusion,
            fast_track=track,
            standings=standings,
        )

    def _special(self, asked: Sequence[Value]) -> tuple[Exclusion | None, FastTrack | None]:
        hit = [test for (test, test_holds), value in zip(self._tests, asked, strict=True) if test_holds(value)]
        if not hit:
            return None, None
        exclusion = next((t for t in hit if isinstance(t, Exclusion)), None)
        tracks = [t for t in hit if isinstance(t, FastTrack)]
        return exclusion, max(tracks, key=lambda t: self._order[t.to], default=None)

    def _reached(self, met: Sequence[bool], track: FastTrack | None, stage_now: str | None) -> int:
        at = max(self._order.get(stage_now or "", 0), self._order[track.to] if track else 0)
        while at + 1 < len(met) and met[at + 1] and self._stages[at + 1].gate == AUTOMATIC:
            at += 1
        return at

    def _is_missing(self, value: object) -> bool:
        plain = text(value)  # type: ignore[arg-type]
        return plain is None or plain in self._unknown


def feature_of_test(test: LeadTest) -> Feature:
    """What an exclusion or a fast-track reads."""
    when: tuple[Condition, ...] = (test.when,)
    return Feature(
        name=test.name,
        label=test.name,
        kind="fit",
        type=value_type(test, when, each=False),
        source=source_of(test),
    )


def grade(agreement: Agreement, score: float) -> str:
    """The grade of a score: the best whose lowest score it reaches, else the letter after the last."""
    return grading(agreement)(score)


def grading(agreement: Agreement) -> Callable[[float], str]:
    """The function from a score to its grade, as ``grade`` has it.

    The order of the agreement's mapping does not matter: a scorecard saves it by key, ``A`` before ``A+``.
    """
    best_first = sorted(agreement.grades.items(), key=lambda grade: -grade[1])
    worst = chr(ord(max(agreement.grades, default="@")[0]) + 1)
    return lambda score: next((letter for letter, lowest in best_first if score >= lowest), worst)
