"""Keys in memory: new ones at once, revoked ones soon, and what holds while the database is gone."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import event

from features.moments import now
from serving.access.caller import SYSTEM
from serving.access.keys import NewKey, listed, new_text, revoke
from serving.access.lookup import GAP, GRACE, POLL, Keys
from serving.access.refusals import NotKnown
from serving.store.database import Store, StoreUnavailable

MakeKey = Callable[..., NewKey]
Go = Callable[[Store], Callable[[], None]]


class Hand:
    """A clock that is set by hand."""

    def __init__(self, at: float = 0) -> None:
        self.at: Any = at

    def __call__(self) -> Any:
        return self.at


def found(keys: Keys, text: str) -> str:
    return asyncio.run(keys.found(text.encode())).key_id


def test_a_key_that_was_made_since_the_last_look_is_found(store: Store, make_key: MakeKey) -> None:
    keys = Keys(store)
    keys.refresh()
    made = make_key("read")
    assert found(keys, made.text) == made.key.key_id


def test_a_new_key_need_not_wait_for_the_next_look_by_the_clock(local: Store, make_local_key: MakeKey) -> None:
    with Keys(local).followed() as keys:
        found(keys, make_local_key("read").text)
        began = monotonic()
        for _ in range(6):
            found(keys, make_local_key("read").text)
    assert monotonic() - began < 3 * POLL


def test_a_revoked_key_is_refused_at_the_next_look(store: Store, make_key: MakeKey) -> None:
    keys, made = Keys(store), make_key("read")
    found(keys, made.text)
    store.write(lambda c: revoke(c, SYSTEM, made.key.key_id, now()))
    keys.refresh()
    with pytest.raises(NotKnown):
        found(keys, made.text)


def test_a_look_comes_within_about_a_second(local: Store, make_local_key: MakeKey) -> None:
    made, until = make_local_key("read"), monotonic() + 20 * POLL

    async def refused(keys: Keys) -> float:
        await keys.found(made.text.encode())
        local.write(lambda c: revoke(c, SYSTEM, made.key.key_id, now()))
        began = monotonic()
        while keys.find(made.text.encode()) is not None and monotonic() < until:
            await asyncio.sleep(GAP / 5)
        return monotonic() - began

    with Keys(local).followed() as keys:
        assert asyncio.run(refused(keys)) < 5 * POLL


def test_a_key_holds_until_the_moment_it_expires(local: Store, make_local_key: MakeKey) -> None:
    clock, made = Hand(999), make_local_key("read", expires_at=1_000)
    keys = Keys(local, clock)
    assert found(keys, made.text) == made.key.key_id
    clock.at = 1_000
    with pytest.raises(NotKnown):
        found(keys, made.text)


def test_known_keys_hold_while_the_database_is_gone_but_not_for_ever(
    local: Store, make_local_key: MakeKey, go: Go
) -> None:
    made, timer = make_local_key("read"), Hand()
    keys = Keys(local, timer=timer)
    keys.refresh()
    back = go(local)
    timer.at = GRACE
    assert keys.find(made.text.encode())
    timer.at = GRACE + 1
    with pytest.raises(StoreUnavailable):
        keys.find(made.text.encode())
    back()


def test_a_database_that_is_back_is_believed_again(local: Store, make_local_key: MakeKey, go: Go) -> None:
    made, timer = make_local_key("read"), Hand()
    keys = Keys(local, timer=timer)
    keys.refresh()
    go(local)()
    timer.at = GRACE + 1
    keys.refresh()
    assert keys.find(made.text.encode())


@pytest.mark.parametrize("follows", [False, True])
def test_an_unknown_key_is_not_refused_while_the_database_cannot_tell(local: Store, go: Go, follows: bool) -> None:
    keys = Keys(local)
    keys.refresh()
    back = go(local)
    if follows:
        with keys.followed(), pytest.raises(StoreUnavailable):
            found(keys, new_text())
    else:
        with pytest.raises(StoreUnavailable):
            found(keys, new_text())
    back()


def test_a_flood_of_unknown_keys_shares_its_looks(local: Store) -> None:
    looks = []
    event.listen(local.engine, "begin", looks.append)

    async def flood(keys: Keys) -> list[object]:
        return await asyncio.gather(*(keys.found(new_text().encode()) for _ in range(500)), return_exceptions=True)

    with Keys(local).followed() as keys:
        refused = asyncio.run(flood(keys))
    assert {type(error) for error in refused} == {NotKnown}
    assert 0 < len(looks) < 10


def test_what_cannot_be_a_key_asks_no_database(local: Store) -> None:
    looks = []
    event.listen(local.engine, "begin", looks.append)
    with pytest.raises(NotKnown):
        found(Keys(local), "password")
    assert looks == []


def test_who_gives_up_waiting_takes_the_look_from_nobody(local: Store, make_local_key: MakeKey) -> None:
    made = make_local_key("read")

    async def one_gives_up(keys: Keys) -> str:
        hasty = asyncio.create_task(keys.found(new_text().encode()))
        patient = asyncio.create_task(keys.found(made.text.encode()))
        await asyncio.sleep(0)
        hasty.cancel()
        return (await patient).key_id

    with Keys(local).followed() as keys:
        assert asyncio.run(one_gives_up(keys)) == made.key.key_id


def test_the_use_of_a_key_is_noted_when_the_service_stops(store: Store, make_key: MakeKey) -> None:
    used, unused = make_key("read"), make_key("read")
    with Keys(store, Hand(now() + 17)).followed() as keys:
        found(keys, used.text)
        noted = [key.last_used_at for key in store.read(listed)]
    assert noted == [None, None]
    assert {key.key_id: key.last_used_at for key in store.read(listed)} == {
        used.key.key_id: keys._clock(), unused.key.key_id: None
    }  # fmt: skip


def test_the_use_of_a_key_never_goes_back(store: Store, make_key: MakeKey) -> None:
    made = make_key("read")
    for at in (20, 10):
        keys = Keys(store, Hand(at))
        found(keys, made.text)
        keys.note_use()
    assert [key.last_used_at for key in store.read(listed)] == [20]
