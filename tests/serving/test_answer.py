"""An explanation is the computation: the terms make the score, the score makes the probability."""

import random
from math import exp
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Bounds
from features.moments import DAY
from features.tables import Event, Lead
from serving.scorer import Scorer
from training.scorecard import Scorecard, rules_only

FLAT = {
    **dict.fromkeys("score probability points_to_next interval_low interval_high agreed_score base".split(), float),
    **dict.fromkeys("fit_points interest_points weight_of_history scale_a scale_b horizon_days".split(), float),
    **dict.fromkeys("lead_id as_of grade stage stage_next trend summary exclusion fast_track".split(), str),
    **dict.fromkeys((f"reason_{i}" for i in range(1, 6)), str),
    **dict.fromkeys("model model_version agreement_version agreement_hash".split(), str),
    "terms": list,
    "stages": list,
}
NOW = 20_700 * DAY

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
numbers = st.one_of(
    st.none(), st.floats(-1e12, 1e12), st.integers(-(10**15), 10**15), st.floats(-1e6, 1e6).map(str), st.just(" ")
)
jsons = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)
known_types = st.sampled_from("page_view webinar_attended email_clicked demo_requested trial_started".split())
paths = st.sampled_from(["/pricing", "/product/a", "/careers/x", "/"])
events = st.builds(
    Event,
    type=known_types | st.text(),
    at=st.integers(NOW - 100 * DAY, NOW + DAY),
    properties=st.dictionaries(st.text(), jsons, max_size=2) | paths.map(lambda path: {"path": path}),
    event_id=st.none() | st.sampled_from(["e1", "e2"]),
)
texts = dict.fromkeys(("email", "job_title", "industry", "country", "source", "budget", "elsewhere"), scalars)
any_lead = st.builds(
    Lead,
    lead_id=st.text(min_size=1),
    profile=st.fixed_dictionaries({}, optional=texts | {"employees": numbers, "annual_revenue": numbers}),
    events=st.lists(events, max_size=12).map(tuple),
)


def bits(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer)


def assert_adds_up(answer: dict[str, Any]) -> None:
    w = answer["weight_of_history"]
    for term in answer["terms"]:
        assert term["points"] == pytest.approx((1 - w) * term["agreed"] + w * term["learned"], abs=1e-12)
    assert answer["score"] == pytest.approx(answer["base"] + sum(t["points"] for t in answer["terms"]), abs=1e-9)
    z = answer["scale_a"] + answer["scale_b"] * answer["score"]
    assert answer["probability"] == pytest.approx(1 / (1 + exp(-z)), abs=1e-12)


def assert_flat(answer: dict[str, Any]) -> None:
    assert {name: type(answer[name]) for name in FLAT} == FLAT


@pytest.fixture(scope="module")
def answers(scorer: Scorer, leads: list[Lead], as_of: int) -> list[dict[str, Any]]:
    return [scorer.answer(lead, as_of, with_moves=False) for lead in leads]


def test_the_blend_is_one(card: Scorecard) -> None:
    assert 0 < card.weight_of_history < 1


def test_terms_add_up_for_every_lead(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        assert_adds_up(answer)


def test_the_score_is_the_base_and_its_two_parts(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        parts = answer["base"] + answer["fit_points"] + answer["interest_points"]
        assert answer["score"] == pytest.approx(parts, abs=1e-9)


def test_every_answer_has_the_flat_fields_with_their_types(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        assert_flat(answer)


def test_the_interval_holds_the_score(answers: list[dict[str, Any]]) -> None:
    assert all(a["interval_low"] <= a["score"] <= a["interval_high"] for a in answers)


def test_reasons_are_the_largest_terms_first(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        counting = [t for t in answer["terms"] if round(t["points"], 1) != 0]
        largest = sorted(counting, key=lambda t: -abs(t["points"]))[:5]
        said = [f"{t['text']}: {t['points']:+.1f}" for t in largest]
        assert [answer[f"reason_{i}"] for i in range(1, 6)] == said + [""] * (5 - len(said))


def test_without_history_the_score_is_the_agreed_score(rules: Scorer, leads: list[Lead], as_of: int) -> None:
    for lead in leads:
        answer = rules.answer(lead, as_of, with_moves=False)
        assert answer["score"] == answer["agreed_score"]
        assert answer["base"] == 0.0


@given(any_lead)
def test_terms_add_up_for_any_lead(scorer: Scorer, lead: Lead) -> None:
    answer = scorer.answer(lead, NOW)
    assert_adds_up(answer)
    assert_flat(answer)


@given(any_lead)
def test_without_history_any_score_is_the_agreed_score(rules: Scorer, lead: Lead) -> None:
    answer = rules.answer(lead, NOW)
    assert_adds_up(answer)
    assert answer["score"] == answer["agreed_score"]


@given(any_lead)
def test_what_cuts_a_score_is_a_term_of_its_own(rules_card: Scorecard, lead: Lead) -> None:
    answer = bounded(rules_card).answer(lead, NOW)
    assert_adds_up(answer)
    assert 10 <= answer["score"] <= 20


def bounded(rules_card: Scorecard) -> Scorer:
    fields = {name: getattr(rules_card.agreement, name) for name in rules_card.agreement.__struct_fields__}
    return Scorer(rules_only(type(rules_card.agreement)(**fields | {"bounds": Bounds(low=10.0, high=20.0)})))


@given(any_lead)
def test_the_same_lead_gives_the_same_bits(scorer: Scorer, lead: Lead) -> None:
    assert bits(scorer.answer(lead, NOW)) == bits(scorer.answer(lead, NOW))


@given(any_lead)
def test_every_answer_is_json(scorer: Scorer, lead: Lead) -> None:
    answer = scorer.answer(lead, NOW)
    assert orjson.loads(bits(answer)) == answer


def with_events(lead: Lead, events: list[Event]) -> Lead:
    return Lead(lead.lead_id, lead.profile, tuple(events))


@given(any_lead, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_nothing(scorer: Scorer, lead: Lead, luck: random.Random) -> None:
    shuffled = luck.sample(lead.events, len(lead.events))
    assert bits(scorer.answer(lead, NOW)) == bits(scorer.answer(with_events(lead, shuffled), NOW))


@given(any_lead)
def test_repeated_events_change_nothing(scorer: Scorer, lead: Lead) -> None:
    once = [Event(e.type, e.at, e.properties, f"e{i}") for i, e in enumerate(lead.events)]
    one, two = with_events(lead, once), with_events(lead, once + once)
    assert bits(scorer.answer(one, NOW)) == bits(scorer.answer(two, NOW))


@given(any_lead)
def test_events_after_the_moment_change_nothing(scorer: Scorer, lead: Lead) -> None:
    known = [e for e in lead.events if e.at <= NOW]
    assert bits(scorer.answer(lead, NOW)) == bits(scorer.answer(with_events(lead, known), NOW))


def test_moves_change_nothing_else(scorer: Scorer, leads: list[Lead], as_of: int) -> None:
    for lead in leads[:50]:
        full, short = scorer.answer(lead, as_of), scorer.answer(lead, as_of, with_moves=False)
        assert {k: full[k] for k in full if k != "stages"} == {k: short[k] for k in short if k != "stages"}


def test_a_value_that_history_has_not_seen_is_said_so(scorer: Scorer) -> None:
    answer = scorer.answer(Lead("L-1", {"industry": "beekeeping"}), NOW)
    assert [t["text"] for t in answer["terms"] if t["fact"] == "industry"] == [
        "industry: beekeeping (not seen in history)"
    ]


@pytest.mark.parametrize(
    ("days_ago", "trend"), [((), "unknown"), ((1,), "improving"), ((29,), "steady"), ((33,), "declining")]
)
def test_the_trend_is_this_week_against_the_week_before(rules: Scorer, days_ago: tuple[int, ...], trend: str) -> None:
    lead = Lead("L-1", {}, tuple(Event("demo_requested", NOW - days * DAY) for days in days_ago))
    assert rules.answer(lead, NOW)["trend"] == trend
