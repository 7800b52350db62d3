import json
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from told import NOW, Outbox, message

from serving.store.schema import webhook_deliveries, webhook_messages
from serving.webhooks import endpoints
from serving.webhooks.errors import EndpointConflict
from serving.webhooks.filters import Filters
from serving.webhooks.message import LEFT_OUT_FIRST, MAX_BYTES, Message, payload
from serving.webhooks.outbox import announce, announce_all, announce_test

URL = "https://hooks.example/in"


def test_what_is_announced_is_due_at_once(outbox: Outbox) -> None:
    outbox.endpoint(URL)
    outbox.tell()
    (row,) = outbox.deliveries()
    assert (row.state, row.attempts, row.next_at) == ("pending", 0, 0)


def test_what_is_announced_in_a_transaction_that_fails_was_never_announced(outbox: Outbox) -> None:
    outbox.endpoint(URL)

    def announce_and_fail(connection: Connection) -> None:
        announce(connection, message())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outbox.store.write(announce_and_fail)
    assert outbox.deliveries() == []


def test_each_endpoint_gets_its_own_delivery_of_one_message(outbox: Outbox) -> None:
    for _ in range(3):
        outbox.endpoint(URL)
    outbox.tell()
    assert len({row.message_id for row in outbox.deliveries()}) == 1
    assert len({row.endpoint_id for row in outbox.deliveries()}) == 3


def test_a_message_that_nobody_wants_is_not_kept(outbox: Outbox) -> None:
    outbox.endpoint(URL, types=["lead.recycled"])
    outbox.tell()
    assert outbox.store.read(lambda c: c.execute(select(webhook_messages)).all()) == []


def test_a_disabled_endpoint_is_told_nothing(outbox: Outbox) -> None:
    endpoint = outbox.endpoint(URL)
    outbox.store.write(lambda c: endpoints.change(c, NOW, endpoint.endpoint_id, enabled=False))
    outbox.tell()
    assert outbox.deliveries() == []


def test_many_messages_are_announced_in_their_order(outbox: Outbox) -> None:
    outbox.endpoint(URL)
    outbox.store.write(lambda c: announce_all(c, [message(score=float(n)) for n in range(5)]))
    joined = select(webhook_messages.c.payload).join_from(webhook_deliveries, webhook_messages)
    rows = outbox.store.read(lambda c: c.execute(joined.order_by(webhook_deliveries.c.delivery_id)).scalars().all())
    assert [json.loads(text)["data"]["score"] for text in rows] == [0, 1, 2, 3, 4]


def test_a_test_message_passes_all_types_and_filters(outbox: Outbox) -> None:
    endpoint = outbox.endpoint(URL, types=["lead.recycled"], filters=Filters(programs=["customers"]))
    message_id = outbox.store.write(lambda c: announce_test(c, NOW, endpoint.endpoint_id))
    assert [row.message_id for row in outbox.deliveries()] == [message_id]


def test_a_disabled_endpoint_cannot_be_tested(outbox: Outbox) -> None:
    endpoint = outbox.endpoint(URL)
    outbox.store.write(lambda c: endpoints.change(c, NOW, endpoint.endpoint_id, enabled=False))
    with pytest.raises(EndpointConflict, match="disabled by hand"):
        outbox.store.write(lambda c: announce_test(c, NOW, endpoint.endpoint_id))


def test_deleting_an_endpoint_while_it_is_announced_to_leaves_nothing_behind(outbox: Outbox) -> None:
    endpoint = outbox.endpoint(URL)
    deleting = Thread(target=outbox.store.write, args=(lambda c: endpoints.remove(c, endpoint.endpoint_id),))

    def messages() -> Iterator[Message]:  # asked for once the endpoints have been read
        deleting.start()
        deleting.join(0.2)  # it cannot end before this transaction has
        yield message()

    outbox.store.write(lambda c: announce_all(c, messages()))
    deleting.join()
    assert outbox.store.read(lambda c: c.execute(select(webhook_messages)).all()) == []


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        ({}, True),
        ({"programs": ["leads"]}, True),
        ({"programs": ["customers"]}, False),
        ({"stages": ["SAL", "MQL"]}, True),
        ({"stages": ["SAL"]}, False),
        ({"owners": ["marketing"]}, True),
        ({"owners": ["sales"]}, False),
        ({"personas": ["IT lead"]}, True),
        ({"personas": ["buyer"]}, False),
        ({"min_score": 63.4}, True),
        ({"min_score": 63.5}, False),
        ({"stages": ["MQL"], "owners": ["sales"]}, False),
    ],
)
def test_every_filter_that_is_given_must_match(filters: dict[str, object], passes: bool) -> None:
    told = message(score=63.4)
    assert Filters.model_validate(filters).match(told.program, told.data) == passes


@pytest.mark.parametrize("filters", [{"stages": ["MQL"]}, {"owners": ["sales"]}, {"personas": ["x"]}, {"min_score": 0}])
def test_a_filter_does_not_match_what_a_message_does_not_say(filters: dict[str, object]) -> None:
    assert not Filters.model_validate(filters).match("leads", {})


names = st.lists(st.sampled_from("abc"), max_size=3)


@given(names, names, st.sampled_from("abc"), st.sampled_from("abc"), st.floats(0, 100), st.none() | st.floats(0, 100))
def test_more_filters_never_let_more_pass(
    stages: list[str], owners: list[str], stage: str, owner: str, score: float, least: float | None
) -> None:
    data = {"stage": stage, "owner": owner, "score": score}
    alone = [Filters(stages=stages), Filters(owners=owners), Filters(min_score=least)]
    both = Filters(stages=stages, owners=owners, min_score=least)
    assert both.match("leads", data) == all(each.match("leads", data) for each in alone)


texts = st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*LEFT_OUT_FIRST, "score", "summary"]) | texts, values), st.integers(0, 4000))
def test_every_payload_is_short_enough_and_names_its_lead(data: dict[str, object], copies: int) -> None:
    long = {key: [value] * copies if isinstance(value, str) else value for key, value in data.items()}
    written = payload(Message("lead.scored", "L-1", "leads", NOW, long | {"lead_id": "L-1", "program": "leads"}))
    assert len(written.encode()) <= MAX_BYTES
    assert json.loads(written)["data"]["lead_id"] == "L-1"


def test_a_payload_that_fits_says_all() -> None:
    told = message(terms=[{"fact": "staff", "points": 14.0}])
    assert json.loads(payload(told)) == {
        "type": "lead.stage_changed",
        "timestamp": "2026-11-21T09:00:00Z",
        "data": {"lead_id": "L-17", "program": "leads", **told.data},
    }


@pytest.mark.parametrize(
    ("long", "left"),
    [
        (["terms"], {"stages", "changes", "reasons"}),
        (["stages"], {"changes", "reasons"}),
        (["terms", "stages"], {"changes", "reasons"}),
        (["terms", "stages", "changes"], {"reasons"}),
        (["terms", "stages", "changes", "reasons"], set()),
    ],
)
def test_what_is_too_long_is_left_out_in_the_order_that_is_documented(long: list[str], left: set[str]) -> None:
    lists = {name: ["x" * MAX_BYTES] if name in long else [1] for name in LEFT_OUT_FIRST}
    data = json.loads(payload(message(**lists)))["data"]
    assert data["truncated"] is True
    assert data.keys() & set(LEFT_OUT_FIRST) == left
    assert data["score"] == 63.4


makers: list[Callable[[], dict[str, object]]] = [
    lambda: {"summary": "x" * MAX_BYTES},
    lambda: {f"k{n}": "x" * 100 for n in range(500)},
    lambda: {"deep": {"er": ["x" * MAX_BYTES]}},
]


@pytest.mark.parametrize("make", makers)
def test_whatever_is_too_long_the_lead_is_named(make: Callable[[], dict[str, object]]) -> None:
    data = json.loads(payload(message(**make())))["data"]
    assert (data["lead_id"], data["truncated"]) == ("L-17", True)
