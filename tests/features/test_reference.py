"""What the reference reads from one lead: normal forms, faults, and repeated events."""

import math
from typing import Any

import pytest

from features.catalog import Feature, Source, WordClass
from features.errors import DataError, LeadError
from features.moments import DAY, moment
from features.reference import Reader
from features.tables import Event, Lead, known_events
from features.texts import number, text, word_pattern

STAFF = Feature(name="staff", label="staff", kind="fit", type="number", source=Source(field="staff"))
BRANCH = Feature(name="branch", label="branch", kind="fit", type="text", source=Source(field="branch"))


def read(feature: Feature, value: Any, missing: tuple[str, ...] = ()) -> Any:
    (result,) = Reader([feature], missing).read(Lead("L-1", {feature.source.field or "": value}), as_of=0)
    return result


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("  Head of\t IT ", "head of it"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        (3, "3"),
        (3.0, "3"),
        (-0.0, "0"),
        (0.1, "0.1"),
        ("3.0", "3.0"),
        (True, "true"),
        ("TRUE", "true"),
        ("", None),
        ("   ", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_the_normal_form_of_a_text(value: Any, plain: str | None) -> None:
    assert text(value) == plain


@pytest.mark.parametrize(
    ("value", "result"),
    [(3, 3.0), (-1e15, -1e15), ("3", 3.0), (" 1e3 ", 1e3), ("", None), (" ", None), (None, None), (math.nan, None)],
)
def test_a_number_is_read(value: Any, result: float | None) -> None:
    assert number(value) == result


@pytest.mark.parametrize("value", ["many", True, "1_000", "inf", "nan", math.inf, 10**400, 1.1e15, "-1e308", [3], {}])
def test_what_is_no_number_is_refused_with_the_field_and_the_value(value: Any) -> None:
    with pytest.raises(LeadError, match="'staff' cannot be read as a number") as refused:
        read(STAFF, value)
    assert (refused.value.where, refused.value.got) == ("profile.staff", repr(value))


@pytest.mark.parametrize("feature", [STAFF, BRANCH], ids=["number", "text"])
def test_a_value_that_means_unknown_is_unknown(feature: Feature) -> None:
    assert read(feature, " Not  Set ", missing=("not set",)) is None


def test_a_field_that_was_not_sent_is_unknown() -> None:
    assert Reader([STAFF, BRANCH]).read(Lead("L-1"), as_of=0) == [None, None]


def test_classes_are_tried_in_order_and_the_rest_is_other() -> None:
    classes = (WordClass(name="IT  team", words=("it", "data")), WordClass(name="sales", words=("sales",)))
    team = Feature(name="t", label="t", kind="fit", type="text", source=Source(field="t"), classes=classes)
    assert [read(team, v) for v in ("Sales IT", "sales", "law", None)] == ["it team", "sales", "other", None]


@pytest.mark.parametrize(
    ("words", "hits", "misses"),
    [
        (["it"], "head of it, berlin", "items"),
        (["engineer*"], "engineering lead", "reengineer"),
        (["human  resources"], "human resources", "human-resources"),
        (["c++"], "c++ developer", "c developer"),
        (["Straße"], "strasse", "stra"),
    ],
)
def test_words_are_matched_whole(words: list[str], hits: str, misses: str) -> None:
    assert word_pattern(words).search(hits)
    assert not word_pattern(words).search(misses)


def test_of_repeats_the_earliest_counts_also_when_it_comes_late() -> None:
    early, late = Event("a", at=1, event_id="e"), Event("b", at=5, event_id="e")
    assert known_events([late, early], as_of=9) == [early]


def test_a_repeat_after_the_moment_hides_nothing() -> None:
    early, late = Event("a", at=1, event_id="e"), Event("a", at=5, event_id="e")
    assert known_events([late, early], as_of=3) == [early]


def test_of_repeats_at_one_moment_the_same_is_kept_in_any_order() -> None:
    one, two = Event("a", at=1, event_id="e", properties={"p": 1}), Event("a", at=1, event_id="e", properties={"p": 2})
    assert known_events([one, two], as_of=9) == known_events([two, one], as_of=9) == [one]


def test_events_without_an_id_all_count() -> None:
    assert len(known_events([Event("a", at=1), Event("a", at=1)], as_of=1)) == 2


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02T00:00:00", DAY),
        ("1970-01-02T02:00:00+02:00", DAY),
        ("1970-01-01T00:00:00.000001Z", 1),
    ],
)
def test_a_moment_is_utc_where_it_names_no_offset(written: str, at: int) -> None:
    assert moment(written) == at


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-13-01", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"]
)
def test_what_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(DataError, match="not a moment") as refused:
        moment(written)
    assert refused.value.got == repr(written)
