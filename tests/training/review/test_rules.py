"""Rules one by one: what each looks at, and that together they are the agreement."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Fact, Points
from features.columns import Numbers, Texts
from features.loading import load_agreement
from features.points import agreed_points
from training.madeup import company
from training.review.rules import reach_of, rules_of, rules_of_fact

AGREEMENT = load_agreement(company.Path(company.__file__).parent / "agreement.yaml")
NUMBERS = st.one_of(st.none(), st.floats(-5, 5000), st.integers(0, 30).map(float))
TEXTS = st.one_of(st.none(), st.sampled_from(["software", "retail", "director", "it", "people", "business", "junior"]))


def column_of(fact: Fact, value: float | str | None) -> Numbers | Texts:
    if isinstance(value, str) or (value is None and fact.field != "employees" and fact.event is None):
        return Texts(np.array([-1 if value is None else 0], dtype=np.int32), () if value is None else (value,))
    return Numbers(np.array([np.nan if value is None else value]))


@given(st.sampled_from(AGREEMENT.facts), st.data())
def test_the_rules_of_a_fact_add_up_to_its_agreed_points(kind_fact, data) -> None:
    kind, fact = kind_fact
    number = fact.field == "employees" or fact.event is not None
    value = data.draw(NUMBERS if number else TEXTS)
    column = column_of(fact, value)
    total = sum(rule.agreed * rule.sizes(column)[0] for rule in rules_of_fact(kind, fact))
    assert total == pytest.approx(agreed_points(fact)(value), abs=1e-9)


def test_there_is_a_rule_for_every_condition_and_every_counted_fact() -> None:
    conditions = sum(len(fact.points) for _, fact in AGREEMENT.facts)
    counted = sum(fact.points_each is not None for _, fact in AGREEMENT.facts)
    assert len(rules_of(AGREEMENT)) == conditions + counted


def test_a_count_is_judged_up_to_its_cap() -> None:
    (rule,) = rules_of_fact("interest", Fact(fact="v", event="view", points_each=5.0, cap=15.0))
    assert reach_of(rule, np.array([0.0, 1.0, 3.0, 3.0])) == 15 / 5


def test_a_count_without_a_cap_is_judged_up_to_what_few_exceed() -> None:
    (rule,) = rules_of_fact("interest", Fact(fact="v", event="view", points_each=5.0))
    sizes = np.r_[np.zeros(100), np.arange(1.0, 101.0)]
    assert reach_of(rule, sizes) == pytest.approx(95, abs=1)


def test_a_condition_counts_once() -> None:
    (rule,) = rules_of_fact("fit", Fact(fact="f", field="f", points=(Points(equals="yes", points=7.0),)))
    assert reach_of(rule, np.array([0.0, 1.0])) == 1
