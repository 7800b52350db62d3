"""Workers that run: together, killed, stopped, before the store is there."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from receiver import Handler, Receiver, silent
from told import IN_HOUSE, NOW, Outbox, message

from features.errors import ConfigError
from features.moments import SECOND, now
from serving.store.database import Store
from serving.store.migrate import migrate
from serving.webhooks import metrics
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.worker import Deliverer

Receive = Callable[..., Receiver]
PATIENT = msgspec.structs.replace(IN_HOUSE, poll=60.0)  # does only what it is woken for
WORKER = """
import sys, threading
from serving.store.database import Store
from serving.webhooks.settings import WebhookSettings
from serving.webhooks import metrics
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.worker import Deliverer
Deliverer(Store(sys.argv[1]), WebhookSettings(allow_private=True, timeout=30.0)).start()
threading.Event().wait()
"""


def test_workers_on_one_store_deliver_each_message_once(
    outbox: Outbox, opened: Callable[[], Store], receive: Receive
) -> None:
    receiver = receive()
    outbox.endpoint(receiver.url)
    outbox.tell(*[message() for _ in range(30)])
    workers = [Deliverer(opened(), IN_HOUSE) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert receiver.wait_for(30)
    for worker in workers:
        worker.stop()
    assert set(Counter(got.headers["webhook-id"] for got in receiver.got).values()) == {1}
    assert outbox.states() == ["delivered"] * 30


def test_what_a_killed_worker_was_at_is_delivered_when_its_lease_is_out(
    outbox: Outbox, store_url: str, receive: Receive
) -> None:
    receiver = receive(silent, 200)
    outbox.endpoint(receiver.url)
    outbox.tell()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, store_url], cwd=Path(__file__).parents[2])
    try:
        assert receiver.wait_for(1)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    at, lease = now(), round(IN_HOUSE.lease * SECOND)
    assert outbox.deliver(at) == 0
    assert outbox.deliver(at + lease) == 1
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert outbox.states() == ["delivered"]


def test_a_receiver_that_does_not_answer_does_not_hold_up_the_others(outbox: Outbox, receive: Receive) -> None:
    slow, quick = receive(silent), receive()
    for receiver in (slow, quick):
        outbox.endpoint(receiver.url)
    outbox.tell(*[message() for _ in range(10)])
    worker = Deliverer(outbox.store, msgspec.structs.replace(PATIENT, threads=8, per_endpoint=4))
    worker.start()
    assert quick.wait_for(10)
    assert slow.wait_for(4)
    worker.stop(0.1)
    assert len(slow.got) == 4


def test_what_is_not_finished_at_the_stop_is_given_back(outbox: Outbox, receive: Receive) -> None:
    receiver = receive(silent, 200)
    outbox.endpoint(receiver.url)
    outbox.tell()
    worker = Deliverer(outbox.store, PATIENT)
    worker.start()
    assert receiver.wait_for(1)
    worker.stop(0.05)
    assert outbox.deliver(now()) == 1
    assert outbox.states() == ["delivered"]


def test_what_is_under_way_at_the_stop_is_finished(sqlite_outbox: Outbox, receive: Receive) -> None:
    go = Event()

    def when_it_may(handler: Handler) -> None:
        go.wait(10)
        handler.answer(200)

    receiver = receive(when_it_may)
    sqlite_outbox.endpoint(receiver.url)
    sqlite_outbox.tell(message(), message(), message(), message(), message())
    worker = Deliverer(sqlite_outbox.store, PATIENT)
    worker.start()
    assert receiver.wait_for(4)
    stopping = Thread(target=worker.stop)
    stopping.start()
    go.set()
    stopping.join()
    assert Counter(sqlite_outbox.states())["delivered"] >= 4


def test_a_worker_that_is_woken_delivers_at_once(sqlite_outbox: Outbox, receive: Receive) -> None:
    receiver = receive()
    sqlite_outbox.endpoint(receiver.url)
    worker = Deliverer(sqlite_outbox.store, PATIENT)
    worker.start()
    for count in (1, 2):
        sqlite_outbox.tell()
        worker.wake()
        assert receiver.wait_for(count)
    worker.stop()


def test_what_another_process_announces_is_found_by_looking(sqlite_outbox: Outbox, receive: Receive) -> None:
    receiver = receive()
    sqlite_outbox.endpoint(receiver.url)
    worker = Deliverer(sqlite_outbox.store, msgspec.structs.replace(IN_HOUSE, poll=0.01))
    worker.start()
    sqlite_outbox.tell()
    assert receiver.wait_for(1)
    worker.stop()


def test_a_worker_outlives_a_store_that_is_not_there(tmp_path: Path, receive: Receive) -> None:
    receiver, looked = receive(), Event()

    def clock() -> int:
        looked.set()
        return NOW

    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    worker = Deliverer(store, msgspec.structs.replace(IN_HOUSE, poll=0.01), clock=clock)
    worker.start()
    assert looked.wait(10)
    migrate(store)
    outbox = Outbox(store)
    outbox.endpoint(receiver.url)
    outbox.tell()
    assert receiver.wait_for(1)
    worker.stop()
    store.close()


def test_a_clock_that_steps_back_delays_no_new_message(sqlite_outbox: Outbox, receive: Receive) -> None:
    receiver = receive()
    sqlite_outbox.endpoint(receiver.url)
    sqlite_outbox.tell(message(at=NOW + 3600 * SECOND))
    assert sqlite_outbox.deliver(NOW) == 1


def test_a_lease_that_would_run_out_during_an_attempt_is_refused() -> None:
    with pytest.raises(ConfigError, match="while it is under way"):
        WebhookSettings(timeout=31.0, lease=60.0)


def test_more_than_there_are_threads_is_delivered_in_one_go(sqlite_outbox: Outbox, receive: Receive) -> None:
    sqlite_outbox.endpoint(receive().url)
    sqlite_outbox.tell(*[message() for _ in range(7)])
    assert sqlite_outbox.deliver(settings=msgspec.structs.replace(IN_HOUSE, threads=2, per_endpoint=2)) == 7


@pytest.mark.parametrize(("answer", "outcome"), [(200, "delivered"), (500, "failed")])
def test_attempts_are_counted_for_prometheus(
    sqlite_outbox: Outbox, receive: Receive, answer: int, outcome: str
) -> None:
    def counted() -> float:
        return shown.get_sample_value("leadscore_webhook_attempts_total", {"outcome": outcome}) or 0.0

    shown = CollectorRegistry()
    metrics.register(shown)
    before = counted()
    sqlite_outbox.endpoint(receive(answer).url)
    sqlite_outbox.tell()
    sqlite_outbox.deliver()
    assert counted() == before + 1


def test_prometheus_is_told_how_long_the_oldest_waits(sqlite_outbox: Outbox, receive: Receive) -> None:
    shown = CollectorRegistry()
    metrics.register(shown)
    sqlite_outbox.endpoint(receive(500).url)
    sqlite_outbox.tell(message(at=NOW - 90 * SECOND), message(at=NOW - 30 * SECOND))
    sqlite_outbox.deliver()
    assert shown.get_sample_value("leadscore_webhook_pending_seconds") == 90
