"""Whether scores lie otherwise than they did, and which facts moved their mean: parts that add up to the whole."""

import msgspec
import numpy as np
from scipy.stats import wasserstein_distance

from features.describe import amount
from training.drift.chance import LEVEL, Difference, difference, matters
from training.drift.facts import FactDrift
from training.drift.profile import Profile, ScoreProfile
from training.scorecard import Scorecard

CUT = "cut by the bounds"
NAMED = 3  # facts in a sentence
SMALLEST = 0.05  # points; less is not worth a name


class Part(msgspec.Struct, frozen=True):
    """What one fact, or the bounds, added to the change of the mean score."""

    label: str
    shift: float


class ScoreDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How the scores drifted.

    shift = after - before = sum of the parts' shifts

    before, after: mean scores; difference: of the shares between tenths; moved: how far scores moved, up or down, on
    average over leads; matters: it is more than chance, and changes the odds enough to be looked at
    """

    before: float
    after: float
    difference: Difference
    moved: float
    parts: tuple[Part, ...]
    matters: bool
    sentence: str

    @property
    def shift(self) -> float:
        """How much higher the mean score is."""
        return self.after - self.before


def score_drift(card: Scorecard, before: Profile, after: Profile, facts: tuple[FactDrift, ...]) -> ScoreDrift:
    """Compare the scores of two profiles with the same bins; ``facts``: what ``fact_drifts`` found for them."""
    found = difference(before.score.rows, after.score.rows, before.worth, after.worth)
    parts = [Part(d.label, d.shift) for d in facts]
    if before.cut or after.cut:
        parts.append(Part(CUT, after.cut - before.cut))
    parts.sort(key=lambda part: -abs(part.shift))
    moved = max(_moved(before.score, after.score), abs(after.mean_score - before.mean_score))
    drift = ScoreDrift(
        before=before.mean_score,
        after=after.mean_score,
        difference=found,
        moved=moved,
        parts=tuple(parts),
        matters=found.p <= LEVEL and matters(card, found, moved),
        sentence="",
    )
    return msgspec.structs.replace(drift, sentence=_sentence(drift))


def _moved(before: ScoreProfile, after: ScoreProfile) -> float:
    middle = (np.array(before.edges[1:]) + before.edges[:-1]) / 2
    return float(wasserstein_distance(middle, middle, before.steps, after.steps))


def _sentence(drift: ScoreDrift) -> str:
    said = f"Scores are {drift.after:.1f} on average, {drift.before:.1f} before ({drift.shift:+.1f})"
    named = [p for p in drift.parts[:NAMED] if abs(p.shift) >= SMALLEST]
    if not drift.matters or not named:
        return f"{said}: {'chance would do as much' if drift.difference.p > LEVEL else 'too little to matter'}."
    parts = ", ".join(f"{p.label} {p.shift:+.1f}" for p in named)
    rest = drift.shift - sum(p.shift for p in named)
    others = len(drift.parts) - len(named)
    more = f", {amount(others, 'others')} {rest:+.1f}" if others else ""
    return f"{said}: {parts}{more}."
