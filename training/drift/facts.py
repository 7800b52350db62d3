"""Which facts of recent leads are spread otherwise than they were, and how far that moves scores."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, wasserstein_distance

from features.catalog import Feature
from training.drift.bins import bin_names
from training.drift.chance import LEVEL, Difference, difference, matters
from training.drift.profile import FactProfile, Profile
from training.scorecard import Scorecard

Floats = NDArray[np.float64]


class Bin(msgspec.Struct, frozen=True):
    """One range or value of a fact, and the share of leads in it."""

    name: str
    before: float
    after: float


class FactDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How one fact drifted.

    difference: of the shares of its bins; q: its p among those of all facts (Benjamini and Hochberg, Journal of the
    Royal Statistical Society B 57, 1995)
    shift: how much higher the fact makes the mean score; moved: how far its points moved, up or down, on average over
    leads (Wasserstein's distance); never less than the size of ``shift``
    surely: more than chance; matters: and it moves scores enough to be looked at
    """

    fact: str
    label: str
    difference: Difference
    q: float
    shift: float
    moved: float
    surely: bool
    matters: bool
    bins: tuple[Bin, ...]
    sentence: str

    @property
    def most(self) -> Bin:
        """The bin whose share changed most."""
        return max(self.bins, key=lambda b: abs(b.after - b.before))


def fact_drifts(card: Scorecard, before: Profile, after: Profile) -> tuple[FactDrift, ...]:
    """All facts of a scorecard, those that moved scores most first; profiles with the same bins."""
    names = [f.name for f in card.features]
    found = [difference(before.facts[n].rows, after.facts[n].rows, before.worth, after.worth) for n in names]
    adjusted = false_discovery_control([d.p for d in found])
    drifts = [
        _drift(card, f, d, float(q), before, after) for f, d, q in zip(card.features, found, adjusted, strict=True)
    ]
    return tuple(sorted(drifts, key=lambda d: (-d.moved, d.fact)))


def _drift(
    card: Scorecard, feature: Feature, found: Difference, q: float, before: Profile, after: Profile
) -> FactDrift:
    """``found`` and ``q``: how its bins differ, and how surely among all facts."""
    old, new = before.facts[feature.name], after.facts[feature.name]
    shift = after.mean_points(feature.name) - before.mean_points(feature.name)
    moved = float(wasserstein_distance(_means(old), _means(new), old.rows, new.rows))
    surely = q <= LEVEL
    drift = FactDrift(
        fact=feature.name,
        label=feature.label,
        difference=found,
        q=q,
        shift=shift,
        moved=max(moved, abs(shift)),
        surely=surely,
        matters=surely and matters(card, found, max(moved, abs(shift))),
        bins=_bins(feature, old, new),
        sentence="",
    )
    return msgspec.structs.replace(drift, sentence=_sentence(drift))


def _means(fact: FactProfile) -> Floats:
    """The mean points of each bin; 0 where it is empty."""
    return np.array(fact.points) / np.maximum(fact.rows, 1)


def _bins(feature: Feature, old: FactProfile, new: FactProfile) -> tuple[Bin, ...]:
    names = bin_names(feature, old.cuts, old.values)
    shares = (np.array(fact.rows) / sum(fact.rows) for fact in (old, new))
    return tuple(Bin(*row) for row in zip(names, *(share.tolist() for share in shares), strict=True))


def _sentence(drift: FactDrift) -> str:
    most = drift.most
    verb = "rose" if most.after > most.before else "fell"
    said = f"{drift.label}: the share of '{most.name}' {verb} from {percent(most.before)} to {percent(most.after)}"
    if drift.moved > 2 * abs(drift.shift):
        return f"{said}; moves scores by {drift.moved:.1f} points up or down, {drift.shift:+.1f} on average."
    return f"{said}; moves scores by {drift.shift:+.1f} points on average."


def percent(share: float) -> str:
    """A share in words, with a digit behind the point where it is small.

    >>> percent(0.314), percent(0.0312), percent(0.0)
    ('31 %', '3.1 %', '0 %')
    """
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"
