"""What has changed since the last visit needs to know when that was."""

from desk import HOUR, Desk
from sqlalchemy import select

from serving.card.visits import MINUTE, note_visit, seen_before
from serving.store.schema import visits


def before(desk: Desk, who: str = "jonas") -> int | None:
    """When the person looked before, and then they look."""
    found = desk.store.read(lambda c: seen_before(c, "kim-1", "leads", who, desk.now))
    note_visit(desk.store, "kim-1", "leads", who, desk.now)
    return found


def test_a_first_visit_has_none_before(desk: Desk) -> None:
    assert before(desk) is None


def test_the_visit_before_is_when_the_card_was_last_looked_at(desk: Desk) -> None:
    before(desk)
    desk.later(5 * MINUTE)
    before(desk)
    last = desk.now
    desk.later(3 * HOUR)
    assert before(desk) == last


def test_looking_again_is_the_same_visit(desk: Desk) -> None:
    before(desk)
    desk.later(3 * HOUR)
    first = before(desk)
    desk.later(5 * MINUTE)
    assert before(desk) == first


def test_each_person_has_visits_of_their_own(desk: Desk) -> None:
    before(desk)
    desk.later(3 * HOUR)
    assert before(desk, "ada") is None


def test_a_look_within_a_minute_writes_nothing(desk: Desk) -> None:
    before(desk)
    desk.later(MINUTE // 2)
    before(desk)
    assert [row["last_at"] for row in desk.rows(visits)] == [desk.now - MINUTE // 2]


def test_a_clock_that_was_set_back_takes_nothing_back(desk: Desk) -> None:
    before(desk)
    last = desk.now
    desk.later(-3 * HOUR)
    before(desk)
    assert desk.store.read(lambda c: c.execute(select(visits.c.last_at)).scalar_one()) == last


def test_a_lead_that_is_not_there_is_not_visited(desk: Desk) -> None:
    note_visit(desk.store, "nobody", "leads", "jonas", desk.now)
    assert desk.rows(visits) == []
