"""From a data set and an agreement to a scorecard: learn, hold out, weigh, and put it all into points."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from scipy.stats import t as student_t

from features.agreement import Agreement
from features.catalog import Feature, Value
from features.pairs import pair_value
from features.points import agreed_points
from training.additive import Z90, AdditiveScorer, row_of
from training.blend import Blend, kappa, scale_of_rules, weigh
from training.config import Learner
from training.dataset import Dataset
from training.learn.learner import Findings, Learned, Shape, learn
from training.scorecard import Scorecard, Table, rules_only

Floats = NDArray[np.float64]
Step = Callable[[str, int, int], None]

FEWEST_OUTCOMES = 8  # of either kind; below it there is nothing to learn tables from
UNREGISTERED = "unregistered"  # until the registry gives the version a number


class Fitted(NamedTuple):
    """The blended scorecard, and the two it stands between: rules only and model only.

    findings: what was chosen on the way, on rows that were held out; None where there was nothing to learn from
    """

    blend: Scorecard
    rules: Scorecard
    model: Scorecard
    weight: Blend
    findings: Findings | None = None


def fit_scorecard(
    name: str,
    data: Dataset,
    agreement: Agreement,
    settings: Learner,
    missing_values: tuple[str, ...] = (),
    step: Step = lambda *_: None,
) -> Fitted:
    """Fit the three scorecards. ``step(what, done, total)`` is told of each model fitted."""
    bare = rules_only(agreement, missing_values)
    bare = replace(bare, name=name, model_version=UNREGISTERED, features=data.features)
    by_rules = AdditiveScorer(bare).many(data.columns)
    agreed = by_rules.agreed_score - by_rules.cut
    leads = data.once()
    won, worth = int(leads.converted.sum()), len(leads) / len(data)
    if min(won, len(leads) - won) < FEWEST_OUTCOMES:
        blend = scale_of_rules(agreed, data.converted, agreement, np.full(len(data), worth))
        rules = replace(bare, scale_a=blend.scale_a, scale_b=blend.scale_b)
        return Fitted(rules, rules, rules, blend)
    learned = learn(data, settings, step)
    k = kappa(agreement)
    shift = float(agreed.mean() - learned.held_out.mean() / k)  # thresholds keep their meaning
    points, moved = learned.held_out / k + shift, learned.findings.shift
    weight = weigh(agreed, points, learned.outcomes, agreement, learned.weights, moved)
    rules = replace(bare, scale_a=weight.rules_a, scale_b=weight.rules_b)
    tables = _with_tables(replace(bare, features=learned.features), learned, k, shift)
    model = replace(_unbounded(tables), weight_of_history=1.0, scale_a=-k * shift, scale_b=k)
    blend_card = replace(
        tables, weight_of_history=weight.weight_of_history, scale_a=weight.scale_a, scale_b=weight.scale_b
    )
    return Fitted(blend_card, rules, model, weight, learned.findings)


def _unbounded(card: Scorecard) -> Scorecard:
    """The same card without the agreement's bounds: the model alone knows none."""
    agreement = replace(card.agreement, bounds=None)
    return replace(card, agreement=agreement, agreement_hash=agreement.content_hash())


def _with_tables(card: Scorecard, learned: Learned, k: float, shift: float) -> Scorecard:
    """The scorecard with learned tables, in points, referenced to the value for which the agreement gives nothing.

    What a table gives there is what the agreement gives there (nearly always 0); the rest goes to the base.
    """
    facts = {fact.fact: fact for _, fact in card.agreement.facts}
    nothing = _nothing_known(card.features)
    tables, base, base_bags = {}, learned.intercept / k + shift, learned.intercept_bags / k + shift
    for feature, shape in zip(card.features, learned.shapes, strict=True):
        fact, value = facts.get(feature.name), nothing[feature.name]
        anchor = agreed_points(fact)(value) if fact else 0.0
        zero = row_of(feature, shape.cuts, shape.values)(value)
        base += shape.scores[zero] / k - anchor
        base_bags = base_bags + shape.bags[:, zero] / k - anchor
        tables[feature.name] = _table(feature, shape, zero, k, anchor)
    n = len(base_bags)
    return replace(
        card,
        tables=tables,
        learned_base=float(base),
        base_bags=tuple(base_bags.tolist()),
        # The deviation of a score is estimated from n draws: Student's quantile in place of the normal one.
        spread=float(student_t.ppf(0.95, n - 1)) / Z90 if n > 1 else 0.0,
    )


def _nothing_known(features: Sequence[Feature]) -> dict[str, Value]:
    """The value of each fact of a lead of whom nothing is known; of a pair, that of its two facts."""
    values = {f.name: f.nothing for f in features}
    pairs = {f.name: f.source.pair for f in features if f.source.pair is not None}
    return values | {name: pair_value(p)(values[p.first], values[p.second]) for name, p in pairs.items()}


def _table(feature: Feature, shape: Shape, zero: int, k: float, anchor: float) -> Table:
    points = (shape.scores - shape.scores[zero]) / k + anchor
    bags = (shape.bags - shape.bags[:, [zero]]) / k + anchor
    *own, missing, other = points.tolist()
    return Table(
        # A count is whole, so "from 0.5" says the same as "from 1", which people can read.
        cuts=tuple(float(ceil(cut)) for cut in shape.cuts) if feature.is_count else shape.cuts,
        values=shape.values,
        points=tuple(own),
        missing=missing,
        other=other,
        bags=tuple(tuple(b) for b in bags.tolist()),
    )
