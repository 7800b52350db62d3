"""Two processes on one store, at the same lead at the same time."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from asking import HEAD_OF_IT, Answered, Asking, tracked
from killable import Killable
from pg import Postgres
from sqlalchemy import select

from serving.leads.replay import replay
from serving.store.database import Store
from serving.store.place import store_url
from serving.store.schema import events, profile_versions, scores, stage_changes

Two = tuple[Asking, Asking]


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request: pytest.FixtureRequest, serve: Callable[..., Killable]) -> Killable:
    if request.param == "sqlite":
        return serve()
    harmed: Postgres = request.getfixturevalue("harmed")
    return serve(store=harmed.new_database())


@pytest.fixture
def two(first: Killable, serve: Callable[..., Killable], asks: Callable[[Killable], Asking]) -> Two:
    """Callers of two services over one store; both know L-1, whom sales may accept."""
    second = serve(store=first.settings.store)
    callers = asks(first), asks(second)
    assert callers[0].identify("L-1").status == 200
    assert callers[1].track("L-1", "m-1", "webinar_attended").status == 200
    return callers


@pytest.fixture
def held(first: Killable) -> Iterator[Store]:
    store = Store(store_url(first.settings.home, first.settings.store))
    yield store
    store.close()


def at_once(*asked: Callable[[], Answered]) -> list[Answered]:
    with ThreadPoolExecutor(len(asked)) as pool:
        return [future.result() for future in [pool.submit(each) for each in asked]]


def accept(ask: Asking, **headers: str) -> Callable[[], Answered]:
    return lambda: ask("POST", "/v1/leads/L-1/accept", {}, **headers)


def stages(store: Store) -> list[tuple[str, str]]:
    c = stage_changes.c
    asked = select(c.was, c.stage).where(c.lead_id == "L-1").order_by(c.id)
    return [tuple(row) for row in store.read(lambda connection: connection.execute(asked).all())]


def test_of_two_who_accept_a_lead_one_does(two: Two, held: Store) -> None:
    answers = at_once(accept(two[0]), accept(two[1]))
    assert sorted(answered.status for answered in answers) == [200, 409]
    assert stages(held) == [("", "Prospect"), ("Prospect", "MQL"), ("MQL", "SAL")]


def test_one_request_that_reaches_both_is_done_once_and_answered_alike(two: Two, held: Store) -> None:
    answers = at_once(*(accept(ask, Idempotency_Key="call-1") for ask in two * 3))
    assert [answered.status for answered in answers] == [200] * 6
    assert len({str(answered.json) for answered in answers}) == 1
    assert sum(answered.headers.get("idempotent-replayed") == "true" for answered in answers) == 5
    assert stages(held)[-1] == ("MQL", "SAL")
    assert len(stages(held)) == 3


def test_one_message_that_reaches_both_counts_once(two: Two, held: Store) -> None:
    answers = at_once(*((lambda ask=ask: ask.track("L-1", "m-2")) for ask in two * 3))  # type: ignore[misc]
    assert [answered.status for answered in answers] == [200] * 6
    assert sorted(answered.json["kept"][0]["repeated"] for answered in answers) == [False] + [True] * 5
    asked = select(events.c.message_id).where(events.c.message_id == "m-2")
    assert len(held.read(lambda c: c.execute(asked).all())) == 1


def test_what_a_lead_does_and_who_it_is_are_kept_in_one_order(two: Two, held: Store) -> None:
    def mixed(n: int) -> Callable[[], Answered]:
        ask = two[n % 2]
        if n % 3:
            return lambda: ask("POST", "/v1/track", tracked("L-1", f"e-{n}", path="/pricing"))
        body = {"userId": "L-1", "anonymousId": f"a-{n}", "messageId": f"i-{n}", "traits": {"employees": n}}
        return lambda: ask("POST", "/v1/identify", body)

    answers = at_once(*(mixed(n) for n in range(12)))
    assert Counter(answered.status for answered in answers) == {200: 12}

    def ordered(connection: object, column: object) -> list[int]:
        table = column.table  # type: ignore[attr-defined]
        asked = select(column).where(table.c.lead_id == "L-1").order_by(column)  # type: ignore[call-overload]
        return list(connection.execute(asked).scalars())  # type: ignore[attr-defined]

    for column in (scores.c.as_of, profile_versions.c.valid_from, stage_changes.c.at):
        moments = held.read(lambda c, column=column: ordered(c, column))
        assert all(before < after for before, after in pairwise(moments))
    stored = held.read(lambda c: c.execute(select(scores.c.score_id)).scalars().all())
    assert [held.read(lambda c, i=i: replay(c, i)).differences for i in stored] == [[]] * len(stored)


def test_a_stranger_who_reaches_both_at_once_is_one_lead(two: Two, held: Store) -> None:
    body = {"userId": "L-9", "anonymousId": "a-9", "traits": HEAD_OF_IT}
    answers = at_once(*((lambda ask=ask: ask("POST", "/v1/identify", body)) for ask in two * 2))  # type: ignore[misc]
    assert {answered.json["kept"][0]["lead_id"] for answered in answers} == {"L-9"}


def test_leads_of_two_batches_in_opposite_order_are_all_stored(two: Two, held: Store) -> None:
    """Where each batch waits for a lead that the other holds, one of them begins again."""
    names = [f"L-{n}" for n in range(10, 20)]
    batches = []
    for n, order in enumerate((names, names[::-1]) * 3):
        batches.append([tracked(lead, f"{lead}-{n}") | {"type": "track"} for lead in order])
    asked = [
        lambda ask=two[n % 2], batch=batch: ask.patiently("POST", "/v1/batch", {"batch": batch})  # type: ignore[misc]
        for n, batch in enumerate(batches)
    ]
    assert [answered.status for answered in at_once(*asked)] == [200] * 6
    mine = select(events.c.message_id).where(events.c.lead_id.in_(names))
    assert len(held.read(lambda c: c.execute(mine).all())) == 6 * 10
