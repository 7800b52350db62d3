"""Asked to stop under load: what was begun is answered, what was acknowledged is kept."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import NamedTuple

import httpx2
import pytest
from asking import Answered, Asking, tracked
from killable import Killable
from sqlalchemy import select

from serving.store.database import Store
from serving.store.schema import events


class Tried(NamedTuple):
    """A request, when it was begun, and its answer."""

    message_id: str
    began: float
    answered: Answered


def until_it_stops(ask: Asking, name: str, over: Event) -> list[Tried]:
    tried: list[Tried] = []
    while not over.is_set() and (not tried or tried[-1].answered.status):
        message_id, began = f"{name}-{len(tried)}", time.monotonic()
        tried.append(Tried(message_id, began, ask.track(f"L-{name}", message_id)))
    return tried


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_begun_is_answered_and_what_was_acknowledged_is_kept(
    serve: Callable[..., Killable], asks: Callable[[Killable], Asking], home: Path, workers: int
) -> None:
    service, over = serve(workers=workers), Event()
    batch = [tracked("L-b", f"b-{n}") | {"type": "track"} for n in range(400)]
    callers = [asks(service) for _ in range(4)]
    assert asks(service).identify("L-b").status == 200
    with ThreadPoolExecutor(6) as pool:
        begun = [pool.submit(until_it_stops, caller, str(n), over) for n, caller in enumerate(callers)]
        large = pool.submit(asks(service), "POST", "/v1/batch", {"batch": batch})
        time.sleep(0.3)
        told = time.monotonic()
        service.terminate()
        over.set()
        tried = [each for future in begun for each in future.result()]
    assert large.result().status == 200
    assert {each.answered.status for each in tried if each.began < told - 0.05} == {200}
    assert {each.answered.status for each in tried} <= {200, 0}
    store = Store(f"sqlite:///{home / 'store.db'}")
    kept = set(store.read(lambda c: c.execute(select(events.c.message_id)).scalars()))
    store.close()
    acknowledged = {each.message_id for each in tried if each.answered.status == 200}
    assert acknowledged | {message["messageId"] for message in batch} <= kept
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(service.url)
    assert "Traceback" not in service.last_words()
