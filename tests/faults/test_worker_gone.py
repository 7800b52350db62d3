"""One of several workers dies, while the database is there or gone: another takes its place as soon as it can."""

import time
from collections.abc import Callable

import psutil
from asking import Asking
from killable import PATIENCE, Killable
from pg import Postgres

Serve = Callable[..., Killable]
Asks = Callable[[Killable], Asking]


THREADS = 5  # that only a worker has which has begun: it answers, looks at its keys, does jobs, delivers


def both_workers(service: Killable) -> list[psutil.Process]:
    """The workers, once there are two and both have begun."""
    until = time.monotonic() + PATIENCE
    while len(found := [w for w in service.workers() if w.num_threads() >= THREADS]) < 2:
        assert time.monotonic() < until, service.last_words()
        time.sleep(0.1)
    return found


def test_the_others_go_on_and_another_takes_its_place(serve: Serve, asks: Asks, harmed: Postgres) -> None:
    """Also where the database is gone when it starts."""
    service = serve(store=harmed.new_database(), workers=2)
    first = both_workers(service)[0]
    ask = asks(service)
    assert ask.track("L-1", "m-1").status == 200
    harmed.stop()
    try:
        first.kill()
        time.sleep(3.0)  # as long as it takes to start again and fail
        assert any(ask.score().status == 200 for _ in range(2))  # the first may be on the line to the dead one
    finally:
        harmed.start()
    assert ask.patiently("POST", "/v1/track", {"userId": "L-1", "messageId": "m-2", "event": "x"}).status == 200
    assert first.pid not in {worker.pid for worker in both_workers(service)}
    assert sorted(ask.events_of("L-1")) == ["m-1", "m-2"]
    assert "Traceback" not in service.last_words(1_000_000)


def test_workers_end_with_the_process_that_started_them(serve: Serve, asks: Asks) -> None:
    """Else they would keep the port, and it could not be started again."""
    service = serve(workers=2)
    assert asks(service).track("L-1", "m-1").status == 200
    left = both_workers(service)
    service.process.kill()
    assert psutil.wait_procs(left, PATIENCE)[1] == []
    service.start()
    assert asks(service).events_of("L-1") == ["m-1"]
