"""The process and the quadrant of an agreement in plain words."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from features.loading import load_agreement
from features.processkeys import WEEKDAYS, BusinessHours, Quadrant
from features.processwords import hours_words, process_words, quadrant_rows, share_words
from features.segments import quadrant_of

MADEUP = Path(__file__).parents[2] / "training" / "madeup"
AGREEMENT = load_agreement(MADEUP / "agreement.yaml")
SAID = dict(process_words(AGREEMENT))


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ("whom it covers", "leads"),
        ("a rejected or recycled lead", "goes back to Lead"),
        ("and then rests for", "30 days, or until 10 points more or a new fast-track"),
        ("lost for", "no answer, no budget, no need, chose a competitor, is a competitor"),
        ("business hours", "mon to fri, 09:00 to 17:00 in Europe/Berlin"),
        ("an SLA's owner is reminded", "after 75 % of its hours"),
        ("a stored score", "is at most 24 hours old"),
    ],
)
def test_what_is_agreed(what: str, how: str) -> None:
    assert SAID[what] == how


def test_every_holiday_is_said() -> None:
    holidays = AGREEMENT.process.business_hours.holidays
    assert [day for day in holidays if day.isoformat() not in SAID["holidays"]] == []


def test_an_agreement_about_customers_says_so() -> None:
    said = dict(process_words(load_agreement(MADEUP / "agreement_customers.yaml")))
    assert said["whom it covers"] == "customers who might buy more"
    assert said["holidays"] == "none"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (WEEKDAYS, "mon to sun"),
        (("sat", "thu", "fri"), "thu to sat"),
        (("mon", "tue"), "mon, tue"),
        (("fri", "mon"), "mon, fri"),
        (("mon", "tue", "thu"), "mon, tue, thu"),
    ],
)
def test_days_that_follow_each_other_are_said_from_the_first_to_the_last(days: tuple[str, ...], words: str) -> None:
    hours = BusinessHours(days=days)  # type: ignore[arg-type]
    assert hours_words(hours).partition(", 09:00")[0] == words


@pytest.mark.parametrize(("share", "words"), [(0.4, "40 %"), (0.07, "7 %"), (1.0, "100 %"), (0.001, "0.1 %")])
def test_shares_in_per_cent(share: float, words: str) -> None:
    assert share_words(share) == words


def test_the_quarters_are_said_as_leads_fall_into_them() -> None:
    quadrant = Quadrant(fit=20.0, interest=10.0)
    agreed = replace(AGREEMENT, quadrant=quadrant)
    for name, fit, interest in quadrant_rows(quadrant):
        points = (20.0 if fit.startswith("from") else 19.0, 10.0 if interest.startswith("from") else 9.0)
        assert quadrant_of(agreed, *points) == name
