"""Who is at a delivery, and how it ends: on either database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from told import NOW, Outbox, message

from features.moments import DAY, SECOND
from serving.store.schema import webhook_deliveries
from serving.webhooks import endpoints
from serving.webhooks.queue import Claim, Ending, claim, record, release, waiting
from serving.webhooks.schedule import DISABLED_AFTER
from serving.webhooks.slots import Slots, deal

URL = "https://hooks.example/in"
LEASE = 60 * SECOND
DELIVERED = Ending("delivered", 0, 200, "")


def failed(next_at: int = NOW) -> Ending:
    return Ending("pending", next_at, 500, "answered 500")


def claimed(outbox: Outbox, at: int = NOW, most: int = 10) -> list[Claim]:
    due = outbox.store.read(lambda c: waiting(c, at)).due
    return outbox.store.write(lambda c: claim(c, at, dict.fromkeys(due, most), at + LEASE))


def recorded(outbox: Outbox, mine: Claim, ending: Ending, at: int = NOW) -> int:
    return outbox.store.write(lambda c: record(c, mine, at, ending))


@pytest.fixture
def told_once(outbox: Outbox) -> Outbox:
    outbox.endpoint(URL)
    outbox.tell()
    return outbox


def test_what_is_claimed_is_not_claimed_again_until_the_lease_is_out(told_once: Outbox) -> None:
    assert len(claimed(told_once)) == 1
    assert claimed(told_once, NOW + LEASE - 1) == []
    assert len(claimed(told_once, NOW + LEASE)) == 1


def test_a_claim_says_all_that_an_attempt_needs(told_once: Outbox) -> None:
    (mine,) = claimed(told_once)
    (row,) = told_once.deliveries()
    assert (mine.delivery_id, mine.message_id, mine.attempts) == (row.delivery_id, row.message_id, 0)
    assert (mine.endpoint.url, mine.type, mine.until) == (URL, "lead.stage_changed", NOW + LEASE)
    assert '"lead_id":"L-17"' in mine.payload


def test_no_more_are_claimed_than_there_is_room_for_and_the_oldest_first(outbox: Outbox) -> None:
    outbox.endpoint(URL)
    outbox.tell(*[message() for _ in range(5)])
    ids = [row.delivery_id for row in outbox.deliveries()]
    assert [mine.delivery_id for mine in claimed(outbox, most=2)] == ids[:2]
    assert [mine.delivery_id for mine in claimed(outbox, most=2)] == ids[2:4]


def test_what_was_released_is_due_again(told_once: Outbox) -> None:
    mine = claimed(told_once)
    told_once.store.write(lambda c: release(c, mine))
    assert len(claimed(told_once)) == 1


def test_a_failure_after_the_lease_is_out_does_not_count(told_once: Outbox) -> None:
    (slow,) = claimed(told_once)
    (other,) = claimed(told_once, NOW + LEASE)
    recorded(told_once, slow, failed(), NOW + LEASE)
    (row,) = told_once.deliveries()
    assert (row.attempts, row.claimed_until) == (0, other.until)


def test_a_delivery_counts_even_after_the_lease_is_out(told_once: Outbox) -> None:
    (slow,) = claimed(told_once)
    (other,) = claimed(told_once, NOW + LEASE)
    recorded(told_once, slow, DELIVERED, NOW + LEASE)
    recorded(told_once, other, failed(), NOW + LEASE)
    assert told_once.states() == ["delivered"]


def test_what_two_workers_delivered_is_delivered_once(told_once: Outbox) -> None:
    (slow,) = claimed(told_once)
    (other,) = claimed(told_once, NOW + LEASE)
    for each, at in ((other, NOW + LEASE), (slow, NOW + LEASE + 1)):
        recorded(told_once, each, DELIVERED, at)
    assert [(row.state, row.attempts, row.last_at) for row in told_once.deliveries()] == [("delivered", 1, NOW + LEASE)]


def test_a_delivery_counts_even_when_its_endpoint_was_disabled_meanwhile(told_once: Outbox) -> None:
    (mine,) = claimed(told_once)
    told_once.store.write(lambda c: endpoints.disable(c, NOW, mine.endpoint.endpoint_id, "by hand"))
    recorded(told_once, mine, DELIVERED)
    assert told_once.states() == ["delivered"]


def test_a_failure_does_not_revive_a_dead_letter(told_once: Outbox) -> None:
    (mine,) = claimed(told_once)
    told_once.store.write(lambda c: endpoints.disable(c, NOW, mine.endpoint.endpoint_id, "by hand"))
    recorded(told_once, mine, failed())
    assert told_once.states() == ["dead"]


def test_the_outcome_for_an_endpoint_that_was_deleted_is_forgotten(told_once: Outbox) -> None:
    (mine,) = claimed(told_once)
    told_once.store.write(lambda c: endpoints.remove(c, mine.endpoint.endpoint_id))
    assert recorded(told_once, mine, failed()) == 0


def test_what_was_announced_while_its_endpoint_was_being_disabled_becomes_a_dead_letter(told_once: Outbox) -> None:
    (row,) = told_once.deliveries()
    told_once.store.write(lambda c: endpoints.mark_disabled(c, NOW, row.endpoint_id, "by hand"))
    assert claimed(told_once) == []
    assert told_once.states() == ["dead"]


def failing_since(outbox: Outbox) -> int | None:
    return outbox.store.read(endpoints.everyone)[0].failing_since


def test_it_is_kept_since_when_an_endpoint_fails_and_forgotten_when_it_does_not(outbox: Outbox) -> None:
    outbox.endpoint(URL)
    outbox.tell(*[message() for _ in range(3)])
    one, two, three = claimed(outbox)
    seen = []
    for mine, ending, at in ((one, failed(), NOW), (two, failed(), NOW + 5), (three, DELIVERED, NOW + 9)):
        recorded(outbox, mine, ending, at)
        seen.append(failing_since(outbox))
    assert seen == [NOW, NOW, None]


@pytest.mark.parametrize(("after", "disabled"), [(DISABLED_AFTER - 1, False), (DISABLED_AFTER, True)])
def test_an_endpoint_that_only_failed_for_five_days_is_disabled(outbox: Outbox, after: int, disabled: bool) -> None:
    made = outbox.endpoint(URL)
    outbox.tell(*[message() for _ in range(2)])
    one, two = claimed(outbox)
    recorded(outbox, one, failed(next_at=NOW + 9 * DAY))
    (two,) = claimed(outbox, NOW + after)
    dead = recorded(outbox, two, failed(), NOW + after)
    because = "every attempt of the last 5 days failed" if disabled else ""
    assert outbox.find(made).disabled_because == because
    assert (dead, outbox.states()) == ((2, ["dead"] * 2) if disabled else (0, ["pending"] * 2))


def test_the_queue_says_since_when_the_oldest_waits(outbox: Outbox) -> None:
    outbox.endpoint(URL)
    outbox.tell(message(at=NOW - 7), message(at=NOW - 5))
    assert outbox.store.read(lambda c: waiting(c, NOW)).since == NOW - 7
    recorded(outbox, claimed(outbox)[0], DELIVERED)
    assert outbox.store.read(lambda c: waiting(c, NOW)).since == NOW - 5


def test_nothing_waits_in_an_empty_queue(outbox: Outbox) -> None:
    outbox.endpoint(URL)
    assert outbox.store.read(lambda c: waiting(c, NOW)) == ([], None)


def test_what_is_due_is_found_by_index(sqlite_outbox: Outbox) -> None:
    sqlite_outbox.endpoint(URL)
    looked: list[str] = []

    def explain(connection: Any) -> None:
        d = webhook_deliveries.c
        due = select(d.delivery_id).where(
            d.endpoint_id == "ep", d.state == "pending", d.next_at <= 1, d.claimed_until <= 1
        )
        text = str(due.order_by(d.next_at, d.delivery_id).limit(4).compile(compile_kwargs={"literal_binds": True}))
        looked.extend(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))

    sqlite_outbox.store.read(explain)
    (plan,) = looked
    assert "endpoint_id=? AND state=? AND next_at<?" in plan


@given(st.integers(0, 40), st.dictionaries(st.text(max_size=3), st.integers(-2, 6), max_size=8))
def test_slots_are_dealt_out_as_evenly_as_room_allows(free: int, room: dict[str, int]) -> None:
    dealt = deal(free, room)
    assert sum(dealt.values()) == min(free, sum(max(0, most) for most in room.values()))
    assert all(0 < n <= room[name] for name, n in dealt.items())
    fullest = max(dealt.values(), default=0)
    assert all(dealt.get(name, 0) >= min(most, fullest - 1) for name, most in room.items())


def mine(number: int, endpoint_id: str) -> Claim:
    endpoint = endpoints.Endpoint(endpoint_id, *[None] * 11)  # type: ignore[arg-type]
    return Claim(number, "", "", "", 0, endpoint, 0)


def test_endpoints_take_turns_when_there_is_little_room() -> None:
    slots = Slots(most=1, per_endpoint=1)
    turns = []
    for number in range(4):
        (name,) = slots.shares(["a", "b", "c"])
        slots.take(mine(number, name))
        turns.append(name)
        slots.give(mine(number, name), failed=False)
    assert turns == ["a", "b", "c", "a"]


def test_an_endpoint_that_fails_has_one_slot_until_it_does_not() -> None:
    slots = Slots(most=10, per_endpoint=4)
    seen = []
    for was in (True, False):
        slots.take(mine(1, "a"))
        slots.give(mine(1, "a"), failed=was)
        seen.append(slots.shares(["a", "b"]))
    assert seen == [{"b": 4, "a": 1}, {"a": 4, "b": 4}]


def test_what_was_given_up_is_no_longer_ours_to_write_down() -> None:
    slots = Slots(most=2, per_endpoint=2)
    over, under_way = mine(1, "a"), mine(2, "a")
    for each in (over, under_way):
        slots.take(each)
    assert slots.ends(over)
    slots.give(over, failed=False)
    assert slots.give_up(0) == [under_way]
    assert not slots.ends(under_way)


def test_room_is_what_is_not_under_way() -> None:
    slots = Slots(most=5, per_endpoint=4)
    for number in range(3):
        slots.take(mine(number, "a"))
    assert slots.shares(["a", "b"]) == {"a": 1, "b": 1}
