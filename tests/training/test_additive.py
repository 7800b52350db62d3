"""The identities of a score, for any scorecard and any lead."""

import struct
from math import exp, inf, log, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Bounds, Fact, Points
from features.catalog import Feature, Pair, Source, Value
from features.columns import Numbers, columns_of
from features.made import made_facts
from features.points import agreed_points
from training.additive import AdditiveScorer, added, probability
from training.additive_many import CHUNK
from training.fitting import fit_scorecard
from training.learn.learner import learn
from training.scorecard import Scorecard, Table, rules_only

TEXTS = ("red", "green", "blue", "mauve")
points = st.floats(-40, 40)
# Whole numbers are where tables are cut and ranges begin; beside them lie their neighbours.
wholes = st.integers(-6, 10).map(float)
edges = st.builds(nextafter, wholes, st.sampled_from((-inf, inf)))
numbers = st.one_of(st.none(), st.floats(-20, 20), wholes, edges, st.just(-0.0))
texts = st.one_of(st.none(), st.sampled_from((*TEXTS, "never seen")))
# Three facts have agreed points, two of them learned ones too; two more are learned only, as are the pairs after them.
LEADS = st.lists(st.tuples(numbers, texts, numbers, texts, numbers), min_size=1, max_size=6)
huge = st.one_of(numbers, st.sampled_from((1e15, -1e15)))  # as large as a number may be
ANY_LEADS = st.lists(st.tuples(huge, texts, huge, texts, huge), min_size=1, max_size=6)
NAMES = ("size", "colour", "visits", "shape", "weight")
TYPES = ("number", "text", "number", "text", "number")
FACTS = tuple(
    Feature(name=n, label=n, kind="fit", type=t, source=Source(field=n)) for n, t in zip(NAMES, TYPES, strict=True)
)
PAIRS = tuple(
    Feature(
        name=f"{p.first} x {p.second}", label=f"{p.first} × {p.second}", kind="fit", type="text", source=Source(pair=p)
    )
    for p in (Pair(first="colour", second="shape"), Pair(first="colour", second="size", second_cuts=(0.0, 3.0)))
)
COMBINATIONS = (
    ("red × mauve", "never seen × red", "unknown × green", "blue × unknown"),
    ("red × below 0", "red × 0 to 3", "green × from 3", "unknown × unknown", "blue × unknown"),
)


def whole(leads: list[tuple[Value, ...]]) -> list[list[Value]]:
    """The values of all facts of a scorecard, given those that are no pairs."""
    made = made_facts((*FACTS, *PAIRS), None)[1]
    return [[*lead, *(one.value(lead) for one in made)] for lead in leads]


@st.composite
def tables(draw, type_: str, n_bags: int, words: tuple[str, ...] = TEXTS) -> Table:
    cuts, values = (), ()
    if type_ == "number":
        cuts = tuple(sorted(draw(st.sets(st.integers(-5, 9).map(float), max_size=4))))
    else:
        values = tuple(draw(st.permutations(words)))[: draw(st.integers(0, len(words)))]
    bins = len(cuts) + 1 if type_ == "number" else len(values)

    def row(size: int) -> tuple[float, ...]:
        return tuple(draw(st.lists(points, min_size=size, max_size=size)))

    bags = tuple(row(bins + 2) for _ in range(n_bags))
    return Table(cuts=cuts, values=values, points=row(bins), missing=draw(points), other=draw(points), bags=bags)


@st.composite
def conditions(draw) -> tuple[Points, ...]:
    """Conditions on a number: ranges beside each other, numbers one by one, the unknown, and less than all or not."""
    first, second, third = sorted(draw(st.sets(wholes, min_size=3, max_size=3)))
    forms = (
        Points(below=first, points=draw(points)),
        Points(at_least=first, below=second, points=draw(points)),
        Points(at_least=third, points=draw(points)),
        Points(equals=draw(wholes), points=draw(points)),
        Points(one_of=(draw(wholes), -0.0), points=draw(points)),
        Points(missing=True, points=draw(points)),
    )
    return tuple(draw(st.lists(st.sampled_from(forms), unique=True)))


@st.composite
def cards(draw, make_agreement, *, w: float | None = None) -> Scorecard:
    each, cap = draw(st.sampled_from((-1.5, 0.1, 2.0))), draw(st.sampled_from((None, 7.3, -4.0)))
    agreed = (
        Fact(fact="size", field="size", points=draw(conditions())),
        Fact(fact="colour", field="colour", points=(Points(equals="red", points=draw(points)),)),
        Fact(fact="visits", field="visits", points_each=each, cap=cap),
    )
    bounds = draw(st.one_of(st.none(), st.just(Bounds()), st.just(Bounds(low=-5.0, high=5.0))))
    agreement = make_agreement(fit=agreed, bounds=bounds)
    n_bags = draw(st.sampled_from((0, 2, 3, 8)))
    learned = {n: draw(tables(t, n_bags)) for n, t in zip(NAMES, TYPES, strict=True) if n != "visits"}
    learned |= {p.name: draw(tables("text", n_bags, words)) for p, words in zip(PAIRS, COMBINATIONS, strict=True)}
    return Scorecard(
        name="any",
        model_version="1",
        agreement=agreement,
        agreement_hash=agreement.content_hash(),
        features=(*FACTS, *PAIRS),
        tables=learned,
        weight_of_history=draw(st.floats(0, 1)) if w is None else w,
        learned_base=draw(points),
        base_bags=tuple(draw(st.lists(points, min_size=n_bags, max_size=n_bags))),
        spread=draw(st.floats(0, 3)),
        scale_a=draw(st.floats(-9, 9)),
        scale_b=draw(st.floats(1e-4, 1)),
    )


def bits(value: float) -> bytes:
    return struct.pack("d", value)


@given(st.data(), ANY_LEADS)
def test_one_and_many_give_the_same_bits(make_agreement, data, leads) -> None:
    scorer = AdditiveScorer(data.draw(cards(make_agreement)))
    many = scorer.many(columns_of(scorer.card.features, whole(leads)))
    for i, lead in enumerate(whole(leads)):
        one = scorer.one(lead)
        for name in ("score", "low", "high", "probability", "agreed_score", "cut"):
            assert bits(getattr(one, name)) == bits(getattr(many, name)[i]), name
        for name in ("agreed", "learned", "points"):
            assert [bits(p) for p in getattr(one, name)] == [bits(p) for p in getattr(many, name)[i].tolist()], name


@given(st.data(), LEADS)
def test_pairs_that_stand_last_are_made_where_their_columns_are_left_out(make_agreement, data, leads) -> None:
    scorer = AdditiveScorer(data.draw(cards(make_agreement)))
    columns = columns_of(scorer.card.features, whole(leads))
    for given_ in (columns[:-1], columns[:-2]):
        assert [a.tobytes() for a in scorer.many(given_)] == [a.tobytes() for a in scorer.many(columns)]


@given(st.data(), LEADS)
def test_scores_are_the_same_whether_or_not_terms_are_asked_for(make_agreement, data, leads) -> None:
    scorer = AdditiveScorer(data.draw(cards(make_agreement)))
    columns = columns_of(scorer.card.features, whole(leads))
    sums, all_of_it = scorer.many(columns, terms=False), scorer.many(columns)
    assert sums.points.shape == (0, len(columns))
    assert [a.tobytes() for a in sums[:6]] == [a.tobytes() for a in all_of_it[:6]]


def test_in_chunks_on_threads_each_lead_has_the_bits_it_has_alone(make_agreement) -> None:
    rng = np.random.default_rng(11)
    n, names = 2 * CHUNK + 7, [f"fact_{i}" for i in range(40)]

    def drawn(size: int) -> tuple[float, ...]:
        return tuple(rng.normal(size=size).tolist())

    def table() -> Table:
        cuts, bags = tuple(sorted(drawn(9))), tuple(drawn(12) for _ in range(8))
        return Table(cuts=cuts, points=drawn(10), missing=1.0, other=0.0, bags=bags)

    card = replace(
        rules_only(make_agreement()),
        features=tuple(Feature(name=f, label=f, kind="fit", type="number", source=Source(field=f)) for f in names),
        tables={name: table() for name in names},
        weight_of_history=0.7,
        base_bags=drawn(8),
        spread=2.0,
        scale_a=-1.0,
        scale_b=0.07,
    )
    scorer = AdditiveScorer(card)
    columns = [Numbers(np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n))) for _ in names]
    many = scorer.many(columns)
    some = np.r_[0 : n : n // 300, CHUNK - 1, CHUNK, n - 1]
    for i, lead in zip(some, zip(*(c.take(some).plain() for c in columns), strict=True), strict=True):
        assert [bits(v) for v in scorer.one(lead)[:4]] == [bits(a[i]) for a in many[:4]]


@given(st.data(), LEADS)
def test_the_terms_add_up_to_the_score(make_agreement, data, leads) -> None:
    scorer = AdditiveScorer(data.draw(cards(make_agreement)))
    for lead in whole(leads):
        one = scorer.one(lead)
        assert abs(one.score - (one.base + sum(one.points) + one.cut)) <= 1e-9


@given(st.data(), LEADS)
def test_points_are_the_weighted_mean_of_agreed_and_learned(make_agreement, data, leads) -> None:
    card = data.draw(cards(make_agreement))
    w = card.weight_of_history
    one = AdditiveScorer(card).one(whole(leads)[0])
    assert one.points == [(1 - w) * a + w * h for a, h in zip(one.agreed, one.learned, strict=True)]


@given(st.data(), LEADS)
def test_the_probability_is_the_scores(make_agreement, data, leads) -> None:
    card = data.draw(cards(make_agreement))
    one = AdditiveScorer(card).one(whole(leads)[0])
    assert abs(one.probability - 1 / (1 + exp(-(card.scale_a + card.scale_b * one.score)))) <= 1e-12


@given(st.data(), LEADS)
def test_without_history_the_score_is_the_agreed_score(make_agreement, data, leads) -> None:
    scorer = AdditiveScorer(data.draw(cards(make_agreement, w=0.0)))
    assert all(scorer.one(lead).score == scorer.one(lead).agreed_score for lead in whole(leads))


@given(st.data(), LEADS)
def test_a_score_and_its_interval_stay_within_the_bounds(make_agreement, data, leads) -> None:
    card = data.draw(cards(make_agreement))
    bounds = card.agreement.bounds
    one = AdditiveScorer(card).one(whole(leads)[0])
    assert one.low <= one.score <= one.high
    if bounds is not None:
        assert bounds.low <= one.low <= one.high <= bounds.high


@given(st.data(), LEADS)
def test_terms_of_one_fact_are_those_of_the_whole_score(make_agreement, data, leads) -> None:
    scorer = AdditiveScorer(data.draw(cards(make_agreement)))
    (lead, *_) = whole(leads)
    one = scorer.one(lead)
    terms = [scorer.terms_of(i, v) for i, v in enumerate(lead)]
    assert terms == list(zip(one.agreed, one.learned, one.points, strict=True))


def test_points_are_added_from_left_to_right() -> None:
    # A compensated sum, as the built-in one of Python 3.12, would give 2.0.
    assert added([1.0, 1e100, 1.0, -1e100]) == 0.0


@pytest.mark.parametrize("score", [-1e6, 0.0, 1e6])
def test_no_score_overflows(score) -> None:
    assert 0 <= probability(0.0, 1.0, score) <= 1


def test_no_lead_has_no_score(rules_card) -> None:
    assert len(AdditiveScorer(rules_card).many(columns_of(rules_card.features, [])).score) == 0


def test_the_interval_is_as_wide_as_the_bags_disagree(make_agreement) -> None:
    table = Table(cuts=(), points=(4.0,), missing=0.0, other=0.0, bags=((3.0, 0.0, 0.0), (5.0, 0.0, 0.0)))
    agreement = make_agreement()
    card = Scorecard(
        name="two bags",
        model_version="1",
        agreement=agreement,
        agreement_hash=agreement.content_hash(),
        features=(Feature(name="size", label="size", kind="fit", type="number", source=Source(field="size")),),
        tables={"size": table},
        weight_of_history=0.5,
        base_bags=(0.0, 0.0),
        spread=2.0,
        scale_a=0.0,
        scale_b=0.1,
    )
    deviation = (((3 - 4) ** 2 + (5 - 4) ** 2) / (2 - 1)) ** 0.5
    one = AdditiveScorer(card).one([1.0])
    assert (one.high - one.low) / 2 == pytest.approx(1.6448536 * 0.5 * 2.0 * deviation)


@pytest.fixture(scope="module")
def fitted(madeup, quick):
    agreement, data = madeup
    return fit_scorecard("madeup", data, agreement, quick)


def test_learned_points_begin_where_agreed_points_do(fitted) -> None:
    scorer = AdditiveScorer(fitted.blend)
    facts = {fact.fact: agreed_points(fact) for _, fact in fitted.blend.agreement.facts}
    for i, feature in enumerate(fitted.blend.features):
        agreed, learned, _ = scorer.terms_of(i, feature.nothing)
        assert learned == pytest.approx(agreed, abs=1e-12), feature.name
        assert agreed == (facts[feature.name](feature.nothing) if feature.name in facts else 0.0)


def test_points_agreed_for_the_unknown_are_the_reference(make_agreement, make_dataset, quick) -> None:
    fact = Fact(
        fact="size", field="size", points=(Points(missing=True, points=-3.0), Points(at_least=5.0, points=10.0))
    )
    rng = np.random.default_rng(5)
    size = [None if u < 0.3 else float(int(10 * u)) for u in rng.random(300)]
    converted = [int(rng.random() < (0.2 if s is None else s / 10)) for s in size]
    blend = fit_scorecard("t", make_dataset(converted, size=size), make_agreement(fit=[fact]), quick).blend
    assert blend.tables["size"].missing == pytest.approx(-3.0)


@pytest.mark.parametrize("bounds", [None, Bounds(low=0.0, high=60.0)], ids=["unbounded", "bounded"])
def test_the_model_alone_is_the_learner(madeup, quick, bounds) -> None:
    agreement, data = madeup
    model = fit_scorecard("madeup", data, replace(agreement, bounds=bounds), quick).model
    z = learn(data, quick).log_odds(data.columns)
    got = AdditiveScorer(model).many(data.columns).probability
    assert np.abs(got - 1 / (1 + np.exp(-z))).max() <= 1e-9


def test_bounds_do_not_shift_what_the_mean_lead_is_given(madeup, quick) -> None:
    agreement, data = madeup
    fitted = fit_scorecard("madeup", data, replace(agreement, bounds=Bounds(low=0.0, high=40.0)), quick)
    for card in (fitted.blend, fitted.rules):
        mean = AdditiveScorer(card).many(data.columns).probability.mean()
        assert mean == pytest.approx(data.converted.mean(), abs=0.01)


def test_too_few_outcomes_leave_the_rules_alone(madeup, quick) -> None:
    agreement, data = madeup
    won = np.flatnonzero(data.converted)[:7]
    few = data.take(np.sort(np.r_[won, np.flatnonzero(data.converted == 0)[:100]]))
    fitted = fit_scorecard("madeup", few, agreement, quick)
    assert fitted.blend.weight_of_history == 0
    assert fitted.blend.tables == {}
    scored = AdditiveScorer(fitted.blend).many(few.columns)
    assert (scored.score == scored.agreed_score).all()
    assert scored.probability.mean() == pytest.approx(7 / 107, abs=1e-6)


def test_wins_in_the_last_stretch_of_time_only_are_no_obstacle(make_agreement, make_dataset, quick) -> None:
    converted = [0] * 180 + [1] * 20
    data = make_dataset(converted, size=[float(i % 7) for i in range(200)])
    assert np.isfinite(fit_scorecard("late", data, make_agreement(), quick).weight).all()


def test_the_scale_is_that_of_the_agreement_in_the_model_alone(fitted) -> None:
    assert fitted.model.scale_b == pytest.approx(log(2) / fitted.blend.agreement.points_double_odds)


def test_no_facts_and_no_leads_give_no_scores(make_agreement) -> None:
    assert AdditiveScorer(rules_only(make_agreement())).many([]).score.tolist() == []
