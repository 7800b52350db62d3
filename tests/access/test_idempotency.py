"""A write counts once with its Idempotency-Key, however often and from however many sides it comes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, func, insert, select, update

from features.moments import DAY, now
from serving.access.caller import ALL, Caller
from serving.access.idempotency import Answer, answer_once, forget, prune, remembered, request_hash
from serving.access.refusals import KeyReused
from serving.store.database import Store
from serving.store.schema import idempotency, messages

HUBSPOT, SALES = Caller("hubspot", "", ALL), Caller("sales", "", ALL)


def once(store: Store, key: str | None = "k", hashed: str = "h", caller: Caller = HUBSPOT, body: str = "{}") -> Answer:
    """Store one message more, once."""

    def do(connection: Connection) -> Answer:
        def act() -> Answer:
            n = connection.execute(select(func.count()).select_from(messages)).scalar_one()
            connection.execute(insert(messages).values(message_id=str(n), received_at=now()))
            return Answer(201, body)

        return answer_once(connection, caller, key, hashed, act)

    return store.write(do)


def done(store: Store) -> int:
    return store.read(lambda c: c.execute(select(func.count()).select_from(messages)).scalar_one())


def test_the_second_gets_the_answer_of_the_first(store: Store) -> None:
    answers = [once(store, body='{"n": 1}'), once(store, body='{"n": 2}')]
    assert answers == [(201, '{"n": 1}', False), (201, '{"n": 1}', True)]
    assert done(store) == 1


def test_without_a_key_every_request_counts(store: Store) -> None:
    assert [once(store, None).replayed for _ in range(2)] == [False, False]
    assert done(store) == 2


def test_a_key_is_its_callers_own(store: Store) -> None:
    assert [once(store, caller=caller).replayed for caller in (HUBSPOT, SALES)] == [False, False]


def test_a_key_with_another_request_is_refused_and_does_nothing(store: Store) -> None:
    once(store)
    with pytest.raises(KeyReused):
        once(store, hashed="another")
    assert done(store) == 1


def test_an_act_that_fails_may_be_sent_again(store: Store) -> None:
    def fail() -> Answer:
        raise KeyError

    with pytest.raises(KeyError):
        store.write(lambda c: answer_once(c, HUBSPOT, "k", "h", fail))
    assert once(store).replayed is False


def test_many_at_once_are_done_once(store: Store, opened: Callable[[], Store]) -> None:
    stores = [store, *(opened() for _ in range(3))]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(once, stores * 4))
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 15
    assert done(store) == 1


def test_an_answer_is_remembered_for_a_day(store: Store) -> None:
    at = now()
    for key, age in (("old", DAY + 1), ("young", DAY)):
        once(store, key)
        store.write(
            lambda c, key=key, age=age: c.execute(
                update(idempotency).where(idempotency.c.key == key).values(at=at - age)
            )
        )
    assert store.write(lambda c: prune(c, at)) == 1
    assert [store.read(lambda c, k=k: remembered(c, HUBSPOT, k, "h")) is None for k in ("old", "young")] == [
        True,
        False,
    ]


def test_an_erased_person_is_in_no_remembered_answer(store: Store) -> None:
    bodies = {"1": '{"lead_id": "L-1_\\"x"}', "2": '{"lead_id": "L-1x\\"x"}', "3": "{}"}
    for key, body in bodies.items():
        once(store, key, body=body)
    assert store.write(lambda c: forget(c, 'L-1_"x')) == 1
    assert [store.read(lambda c, k=k: remembered(c, HUBSPOT, k, "h")) is None for k in bodies] == [True, False, False]


def hashed(method: str = "POST", path: str = "/v1/track", query: bytes = b"", body: bytes = b"{}") -> str:
    return request_hash({"method": method, "path": path, "query_string": query}, body)


def test_the_callers_key_makes_no_other_request() -> None:
    assert hashed(query=b"api_key=a&score=true") == hashed(query=b"score=true&api_key=b")


def test_whatever_else_differs_makes_another_request() -> None:
    requests = [
        hashed(),
        hashed(method="PUT"),
        hashed(path="/v1/track{", body=b"}"),
        hashed(path="/v1/identify"),
        hashed(query=b"score=true"),
        hashed(body=b""),
    ]
    assert len(set(requests)) == len(requests)
