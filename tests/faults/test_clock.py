"""The clock steps back by hours, as after a wrong start: what has happened stays before what happens next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from client import serving_client
from desk import HEAD_OF_IT, HOUR, START, Desk, programs_of
from fastapi.testclient import TestClient
from sqlalchemy import select
from told import Outbox

from features.moments import SECOND
from serving.jobs.jobs import jobs_of
from serving.jobs.leases import take
from serving.jobs.runner import LEASE
from serving.leads.due import watch_clocks
from serving.leads.replay import replay
from serving.service import Service
from serving.settings import Settings
from serving.store.database import Store
from serving.store.place import open_store
from serving.store.schema import leads, scores, stage_changes
from serving.webhooks.queue import claim, set_right, waiting
from training.scorecard import Scorecard, save

BACK = 5 * HOUR


class Clock:
    """Shows what it is told to, and a little more each time."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        self.now += 1_000
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, rules_card: Scorecard, tmp_path: Path) -> Iterator[TestClient]:
    """The service by this clock; L-1 has come, been scored and handed over, and then the clock goes back."""
    save(rules_card, tmp_path / "scorecard.json")
    with serving_client(Settings(home=tmp_path, jobs=False), clock=clock) as client:
        come(client, "L-1")
        clock.now -= BACK
        yield client


@pytest.fixture
def held(api: TestClient, tmp_path: Path) -> Iterator[Store]:
    """What the service has stored."""
    store = open_store(tmp_path)
    yield store
    store.close()


def come(client: TestClient, lead: str) -> None:
    """A lead that sales may accept."""
    client.post("/v1/identify", json={"userId": lead, "traits": HEAD_OF_IT}).raise_for_status()
    client.post("/v1/track", json={"userId": lead, "event": "webinar_attended"}).raise_for_status()


def in_order(store: Store, lead: str) -> bool:
    """Whether every score and every stage of a lead is later than the one before, and its row later than all."""

    def moments(column: object) -> list[int]:
        table = column.table  # type: ignore[attr-defined]
        asked = select(column).where(table.c.lead_id == lead).order_by(next(iter(table.primary_key)))  # type: ignore[call-overload]
        return list(store.read(lambda c: c.execute(asked).scalars().all()))

    scored, changed = moments(scores.c.as_of), moments(stage_changes.c.at)
    (last,) = moments(leads.c.moment)
    return all(m == sorted(set(m)) for m in (scored, changed)) and max(*scored, *changed) <= last


def test_what_is_done_to_a_lead_stays_in_order(api: TestClient, held: Store) -> None:
    api.post("/v1/track", json={"userId": "L-1", "event": "page_view"}).raise_for_status()
    for action in ("accept", "recycle"):
        api.post(f"/v1/leads/L-1/{action}", json={"reason": "no budget"}).raise_for_status()
    assert in_order(held, "L-1")
    history = api.get("/v1/leads/L-1").json()["history"]
    assert [change["stage"] for change in history] == ["Lead", "SAL", "MQL", "Prospect"]


def test_scores_can_be_replayed(api: TestClient, held: Store) -> None:
    api.post("/v1/track", json={"userId": "L-1", "event": "page_view", "properties": {"path": "/pricing"}})
    api.post("/v1/identify", json={"userId": "L-1", "traits": {"employees": 5}})
    stored = held.read(lambda c: c.execute(select(scores.c.score_id)).scalars().all())
    assert [held.read(lambda c, i=i: replay(c, i)).differences for i in stored] == [[]] * len(stored)


def test_an_event_that_just_happened_is_taken_as_it_is(api: TestClient) -> None:
    """By the callers' clocks, which are right, it lies ahead."""
    body = {"userId": "L-1", "event": "page_view", "timestamp": "2026-11-02T09:00:00Z"}
    assert api.post("/v1/track", json=body).json()["kept"][0]["note"] == ""
    body |= {"userId": "L-2"}
    assert "ahead of this server's clock" in api.post("/v1/track", json=body).json()["kept"][0]["note"]


def test_keys_hold_and_pages_go_on(api: TestClient) -> None:
    come(api, "L-2")
    found, cursor = [], ""
    for _ in range(2):
        page = api.get(f"/v1/leads?limit=1&cursor={cursor}").json()
        found += [lead["lead_id"] for lead in page["leads"]]
        cursor = page["next_cursor"]
    assert (sorted(found), cursor) == (["L-1", "L-2"], "")


def test_an_answer_is_remembered(api: TestClient) -> None:
    headers = {"Idempotency-Key": "call-1"}
    first, again = (api.post("/v1/leads/L-1/accept", headers=headers) for _ in range(2))
    assert (first.status_code, again.json()) == (200, first.json())


def test_the_clock_of_a_lead_that_comes_then_runs_from_then(api: TestClient) -> None:
    come(api, "L-2")
    early, late = (api.get(f"/v1/leads/L-{n}").json()["sla_due_at"] for n in (2, 1))
    assert early < late


def test_who_was_reminded_is_not_reminded_again(store: Store, rules_card: Scorecard, tmp_path: Path) -> None:
    desk = Desk(store, programs_of(store, tmp_path, leads=rules_card))
    desk.identify("L-1", **HEAD_OF_IT)
    due = desk.standing("L-1").sla_remind_at or 0
    assert watch_clocks(store, desk.programs, due) == 1
    assert [watch_clocks(store, desk.programs, due + step) for step in (-BACK, -HOUR, 0)] == [0, 0, 0]
    assert desk.standing("L-1").sla_state == "due"


def takes(store: Store, holder: str, now: int) -> bool:
    return store.write(lambda c: take(c, "sla", holder, now, now + round(LEASE * SECOND)))


def test_a_job_is_done_though_a_worker_that_is_gone_has_it_until_the_clock_is_there_again(store: Store) -> None:
    assert takes(store, "gone", START)
    assert not takes(store, "here", START)
    assert takes(store, "here", START - BACK)
    assert not takes(store, "gone", START - BACK)


def test_a_clock_that_is_a_little_behind_another_takes_no_job_from_it(store: Store) -> None:
    assert takes(store, "first", START)
    assert not takes(store, "second", START - 20 * SECOND)


@pytest.mark.parametrize("how", ["claimed", "failed"])
def test_a_webhook_does_not_wait_for_the_clock_to_be_there_again(store: Store, how: str) -> None:
    outbox = Outbox(store)
    receiver = outbox.endpoint("http://127.0.0.1:9/in")
    outbox.tell()
    if how == "claimed":
        store.write(lambda c: claim(c, START, {receiver.endpoint_id: 1}, START + 60 * SECOND))
    else:
        outbox.deliver(START)
    assert store.read(lambda c: waiting(c, START - BACK)).due == []
    assert store.write(lambda c: set_right(c, START - BACK, 120 * SECOND)) == 1
    assert store.read(lambda c: waiting(c, START - BACK)).due == [receiver.endpoint_id]
    assert store.write(lambda c: set_right(c, START - BACK, 120 * SECOND)) == 0


def test_the_job_that_sets_it_right_is_one_of_the_jobs(store: Store, rules_card: Scorecard, tmp_path: Path) -> None:
    woken: list[int] = []
    programs = programs_of(store, tmp_path, leads=rules_card)
    service = Service(Settings(home=tmp_path), store, programs, wake=lambda: woken.append(1))
    outbox = Outbox(store)
    outbox.endpoint("http://127.0.0.1:9/in")
    outbox.tell()
    outbox.deliver(START)
    (job,) = (job for job in jobs_of(service) if job.name == "clock")
    assert (job.turn(START), woken) == (False, [])
    assert (job.turn(START - BACK), woken) == (False, [1])
