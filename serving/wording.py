"""The sentences of an answer: what a term says, the reasons, the summary. Plain words, never log-odds."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from features.agreement import AUTOMATIC
from features.catalog import COUNTING, Feature, Value
from features.stages import Standing
from serving.words.conditions import pair_value_in
from serving.words.labels import labels_in, single_label
from serving.words.words import Words

REASONS = 5
_SIZE = attrgetter("size")
_COUNT = "\0"  # stands for a count, in no label


class Reason(NamedTuple):
    """A term's sentence with its points, and those points (0 where they round to nothing), with and without a sign."""

    points: float
    text: str
    size: float


class Wording:
    """What is said of the leads of one scorecard, in one language; ``labels``: what its facts are called, by name."""

    def __init__(self, words: Words, features: Sequence[Feature]) -> None:
        self.words, self.labels = words, labels_in(words, features)
        self.cut = words("said.cut")
        self._plain, self._signed = words.plain, words.plain_signed
        self._colon, self._weighs = words("said.colon"), words("said.weighs")
        self._standing = words.filled("said.standing", "score", "grade", "stage")
        self._short = words.filled("said.points_short", "points", "stage")
        self._chance = words.filled("said.chance", "percent", "days")
        self._days = lru_cache(lambda days: words.written(f"{days:g}"))
        self._for, self._against = (words.filled(name, "said", "points") for name in ("said.for", "said.against"))

    def sentence_of(self, feature: Feature) -> Callable[[Value, bool], str]:
        """The function from a fact's value (and whether history knows it) to a sentence about the lead."""
        words, label, measure = self.words, self.labels[feature.name], feature.source.measure
        if feature.of_events and measure in COUNTING:
            return self._counted(feature, label)
        begins = label + self._colon
        if feature.of_events:
            nothing = words("said.never" if measure.startswith("days_since") else "said.none")
            return lambda value, _: begins + (nothing if value is None else self._value(value))
        unknown, not_seen = words("said.unknown"), words.filled("said.not_seen", "value")
        pair = feature.source.pair
        called = pair_value_in(words, pair) if pair is not None else str

        def of_field(value: Value, known: bool) -> str:
            if value is None:
                return begins + unknown
            plain = called(value) if isinstance(value, str) else self._value(value)
            return begins + (plain if known else not_seen(plain))

        return of_field

    def _counted(self, feature: Feature, label: str) -> Callable[[Value, bool], str]:
        words, number, fades = self.words, self._value, feature.source.half_life_days is not None
        none = words("said.counted_none", label=label)

        def around(n: int, label: str) -> tuple[str, str]:
            """What stands before the count, and what after it."""
            counted = words("said.counted", n=n, count=_COUNT, label=label)
            before, _, after = (words("said.fading", counted=counted) if fades else counted).partition(_COUNT)
            return before, after

        one, (before, after) = "1".join(around(1, single_label(words, feature, label))), around(2, label)

        def of_count(value: Value, _: bool) -> str:
            if not value:
                return none
            return one if value == 1 else f"{before}{number(value)}{after}"

        return of_count

    def _value(self, value: Value) -> str:
        return self._plain(value, 0 if value.is_integer() else 1) if isinstance(value, float) else str(value)

    def reason(self, sentence: str, points: float) -> str:
        """A term's sentence with its points."""
        return f"{sentence}{self._weighs}{self._signed(points)}"

    def weighed(self, sentence: str, points: float) -> Reason:
        """A term's reason, and how much it counts, up or down."""
        counted = points if round(points, 1) else 0.0
        return Reason(counted, f"{sentence}{self._weighs}{self._signed(points)}", abs(counted))

    def summary(self, answer: dict[str, Any], said: Sequence[Reason], after: Standing | None) -> str:
        """Two or three sentences that a sales rep can read before a call.

        said: the reasons; after: how the lead stands against its next stage
        """
        text = self.standing(answer["score"], answer["grade"], answer["stage"])
        if answer["exclusion"]:
            text += self.not_worked(answer["exclusion"])
        elif after and after.points_short > 0:
            text += self.points_short(after.points_short, after.stage.stage)
        elif after:
            text += self.lacking(after.stage.stage, ", ".join(after.missing), after.stage.gate)
        text += self.chance(answer["probability"], answer["horizon_days"])
        best = worst = ""
        for points, reason, _ in said:
            if points > 0:
                best = best or self.foremost(reason)
            else:
                worst = worst or self.foremost(reason)
        return text + best + worst

    def standing(self, score: float, grade: str, stage: str) -> str:
        """How a summary begins."""
        return self._standing(self._plain(score, 1), grade, stage)

    def not_worked(self, exclusion: str) -> str:
        """What a summary says of an excluded lead."""
        return self.words("said.not_worked", exclusion=exclusion)

    def points_short(self, points: float, stage: str) -> str:
        """What a summary says of a lead that lacks points for its next stage."""
        return self._short(self._plain(points, 1), stage)

    def lacking(self, stage: str, missing: str, gate: str) -> str:
        """What a summary says of a lead that has the points for its next stage."""
        if missing:
            return self.words("said.missing", stage=stage, missing=missing)
        return self.words("said.ready", stage=stage, gate=self.words("said.automatic") if gate == AUTOMATIC else gate)

    def chance(self, probability: float, horizon_days: float) -> str:
        """What a summary says of the probability."""
        return self._chance(self.words.percent(probability), self._days(horizon_days))

    def foremost(self, reason: str) -> str:
        """What a summary says of the reason that counts most for or against a lead."""
        said, _, points = reason.rpartition(self._weighs)
        return (self._for if points.startswith("+") else self._against)(said, points)


def reasons(terms: Sequence[Reason]) -> list[Reason]:
    """The reasons that count most, up or down; five at most."""
    return sorted([reason for reason in terms if reason.size], key=_SIZE, reverse=True)[:REASONS]


def texts_of(said: Sequence[Reason]) -> list[str]:
    """Exactly five texts, the rest empty."""
    return [reason.text for reason in said] + [""] * (REASONS - len(said))
