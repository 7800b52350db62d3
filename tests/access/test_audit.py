"""The audit: written with the act or not at all, read the newest first, page by page."""

from typing import Any

import pytest
from sqlalchemy import Connection

from features.moments import now
from serving.access.audit import Entry, entries, note
from serving.access.caller import ALL, SYSTEM, Caller
from serving.access.keys import Wanted, create
from serving.observe import request_id
from serving.store.database import Store

SALES = Caller("0123456789ab", "sales", ALL)


def noted(store: Store, about: str, at: int = 1, **detail: Any) -> None:
    store.write(lambda c: note(c, SALES, "lead.accepted", about, detail, at=at))


def found(store: Store, **asked: Any) -> list[Entry]:
    return store.read(lambda c: entries(c, **asked)).entries


def test_an_act_is_read_as_it_was_written(store: Store) -> None:
    store.write(lambda c: note(c, SALES, "lead.accepted", "L-1", {"stage": "SAL", "n": 1.5}, "r-17", at=5))
    (entry,) = found(store)
    assert entry[1:] == (5, "0123456789ab", "", "lead.accepted", "L-1", {"stage": "SAL", "n": 1.5}, "r-17")


def test_an_act_that_fails_is_not_in_the_audit(store: Store) -> None:
    def fail(connection: Connection) -> None:
        note(connection, SALES, "lead.accepted", "L-1", {})
        raise KeyError

    with pytest.raises(KeyError):
        store.write(fail)
    assert found(store) == []


def test_a_key_is_named(store: Store) -> None:
    made = store.write(lambda c: create(c, SYSTEM, Wanted("hubspot", ALL), now()))
    store.write(lambda c: note(c, Caller(made.key.key_id, "hubspot", ALL), "lead.accepted", "L-1", {}))
    assert [entry.by_name for entry in found(store)] == ["hubspot", ""]


def test_the_request_that_is_being_answered_is_named(store: Store) -> None:
    before = request_id.current()
    request_id.start("r-18")
    noted(store, "L-1")
    request_id.start(before)
    assert [entry.request_id for entry in found(store)] == ["r-18"]


def test_acts_are_found_by_what_they_are_about(store: Store) -> None:
    for about in ("L-1", "L-2", "L-1"):
        noted(store, about)
    assert [entry.about for entry in found(store, about="L-1")] == ["L-1", "L-1"]


def test_acts_are_found_from_a_moment_on(store: Store) -> None:
    for at in (1, 2, 3):
        noted(store, "L-1", at)
    assert [entry.at for entry in found(store, since=2)] == [3, 2]


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
def test_pages_hold_every_act_once_and_the_newest_first(store: Store, limit: int) -> None:
    for at in range(6):
        noted(store, "L-1", at)
    read: list[int] = []
    page = store.read(lambda c: entries(c, limit=limit))
    read += [entry.at for entry in page.entries]
    while page.next_cursor:
        page = store.read(lambda c, cursor=page.next_cursor: entries(c, cursor=cursor, limit=limit))
        read += [entry.at for entry in page.entries]
    assert read == [5, 4, 3, 2, 1, 0]
