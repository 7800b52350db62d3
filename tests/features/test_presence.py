"""A fact whose points only ask whether a field is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.agreement import Fact, Points, feature_of
from features.catalog import Derivation, Value
from features.points import agreed_points
from features.reference import Reader
from features.tables import Lead, Scalar
from features.texts import text

UNKNOWN = (Points(missing=True, points=-5.0),)
ADDRESS = Fact(fact="address", field="email", points=UNKNOWN)


def value(sent: Scalar, fact: Fact = ADDRESS) -> Value:
    return Reader([feature_of(fact, "fit")], missing=("select",)).read(Lead("L-1", {"email": sent}), as_of=0)[0]


@given(st.text() | st.floats(allow_nan=False) | st.booleans())
def test_its_value_is_known_whatever_was_sent(sent: Scalar) -> None:
    assert value(sent) == (None if text(sent) in (None, "select") else "known")


@pytest.mark.parametrize("sent", [None, " ", "Select", float("nan")])
def test_its_value_is_unknown_where_nothing_was_sent(sent: Scalar) -> None:
    assert value(sent) is None


@pytest.mark.parametrize(("sent", "points"), [("kim@acme.example", 0.0), ("", -5.0)])
def test_it_gives_its_points_where_the_field_is_unknown(sent: str, points: float) -> None:
    assert agreed_points(ADDRESS)(value(sent)) == points


def test_of_a_derived_text_it_asks_whether_that_is_known() -> None:
    domain = Fact(fact="domain", field="email", derive="email_domain", points=UNKNOWN)
    assert [value(sent, domain) for sent in ("kim@acme.example", "kim")] == ["known", None]


@pytest.mark.parametrize(
    ("derive", "points", "asks"),
    [
        (None, UNKNOWN, True),
        (None, (*UNKNOWN, Points(equals="a", points=1.0)), False),
        (None, (Points(matches=("it",), points=1.0),), False),
        ("seniority", UNKNOWN, False),
        ("seniority", (Points(equals="manager", points=1.0),), False),
    ],
)
def test_only_a_fact_of_missing_conditions_on_the_field_itself_asks_only_whether_it_is_known(
    derive: Derivation | None, points: tuple[Points, ...], asks: bool
) -> None:
    fact = Fact(fact="f", field="f", derive=derive, points=points)
    assert feature_of(fact, "fit").asks_only_whether_known == asks


def test_a_number_and_a_measure_of_events_ask_for_more() -> None:
    facts = Fact(fact="staff", field="staff", points_each=1.0), Fact(fact="visits", event="visit", points_each=1.0)
    assert not any(feature_of(f, "fit").asks_only_whether_known for f in facts)
