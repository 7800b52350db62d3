"""Which moments a period holds, and for how long figures are kept."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from desk import START

from features.moments import DAY, iso, moment
from serving.desk.kept import MINUTE, MOST, Kept
from serving.desk.periods import FIRST, last_whole, period
from serving.programs.service import InService
from serving.store.database import Store
from serving.store.schema import agreements


def asked(store: Store, leads: InService, name: str, now: int = START) -> tuple[str, str]:
    found = store.read(lambda c: period(c, leads, name, now))
    return iso(found.start), iso(found.end)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("7d", "2026-10-26T09:00:00Z", "2026-11-02T09:00:00Z"),
        ("quarter", "2026-09-30T22:00:00Z", "2026-11-02T09:00:00Z"),  # midnight in Berlin, in summer
        ("last_quarter", "2026-06-30T22:00:00Z", "2026-09-30T22:00:00Z"),
    ],
)
def test_a_period_is_of_the_teams_calendar(store: Store, leads: InService, name: str, start: str, end: str) -> None:
    assert asked(store, leads, name) == (start, end)


def test_the_quarter_before_the_first_one_is_of_the_year_before(leads: InService) -> None:
    found = last_whole(leads, 3, moment("2026-01-15T00:00:00Z"))
    assert (iso(found.start), iso(found.end)) == ("2025-09-30T22:00:00Z", "2025-12-31T23:00:00Z")


def test_the_last_month_is_a_whole_one(leads: InService) -> None:
    found = last_whole(leads, 1, START)
    assert (iso(found.start), iso(found.end)) == ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")


def test_a_period_may_begin_when_the_agreement_was_adopted(store: Store, leads: InService) -> None:
    said = {"name": "n", "version": "1", "document": "{}", "proposed_at": 0, "proposed_by": "", "adopted_by": ""}
    for i, state in enumerate(("past", "adopted", "proposed")):
        row = {"program": "leads", "hash": state, "state": state, "adopted_at": START - (9 - i) * DAY, **said}
        store.write(lambda c, row=row: c.execute(agreements.insert().values(**row)))
    assert asked(store, leads, "agreement")[0] == iso(START - 8 * DAY)


def test_a_name_that_there_is_not_is_the_first_period(store: Store, leads: InService) -> None:
    assert asked(store, leads, "nonsense") == asked(store, leads, FIRST)


def test_an_answer_is_kept_for_a_minute() -> None:
    kept, counted = Kept[int](), iter(range(9))
    found = [kept.of("x", now, lambda: next(counted)) for now in (0, MINUTE - 1, MINUTE, MINUTE + 1)]
    assert [(f.value, f.at) for f in found] == [(0, 0), (0, 0), (1, MINUTE), (1, MINUTE)]


def test_what_took_ten_seconds_to_count_is_kept_for_five_minutes() -> None:
    kept, counted = Kept[int](iter((0.0, 10.0, 20.0, 20.0)).__next__), iter(range(9))
    found = [kept.of("x", now, lambda: next(counted)).value for now in (0, 5 * MINUTE - 1, 5 * MINUTE)]
    assert found == [0, 0, 1]


def test_who_asks_for_what_is_being_counted_waits_for_it() -> None:
    kept, counted = Kept[int](), list[int]()

    def count() -> int:
        sleep(0.05)
        counted.append(1)
        return len(counted)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kept.of("x", 0, count).value, range(8)))
    assert found == [1] * 8


def test_a_count_that_fails_is_not_kept() -> None:
    kept = Kept[int]()
    with pytest.raises(ZeroDivisionError):
        kept.of("x", 0, lambda: 1 // 0)
    assert kept.of("x", 0, lambda: 7).value == 7


def test_no_more_is_kept_than_there_is_room_for() -> None:
    kept = Kept[int]()
    for i in range(3 * MOST):
        kept.of(i, 0, lambda i=i: i)  # type: ignore[misc]
    assert len(kept._found) <= MOST
