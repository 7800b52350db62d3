"""The first start: one key for who sits at the machine, and no service to others without keys."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.errors import ConfigError
from features.moments import now
from serving.access.caller import ALL, SYSTEM
from serving.access.first import first_key, refuse_open_door
from serving.access.keys import NewKey, listed, revoke
from serving.access.lookup import Keys
from serving.store.database import Store

MakeKey = Callable[..., NewKey]


def test_the_first_start_makes_a_key_that_may_everything(store: Store, tmp_path: Path) -> None:
    made, keys = first_key(store, tmp_path), Keys(store)
    keys.refresh()
    caller = keys.find((made or "").encode())
    assert caller is not None
    assert caller.scopes == ALL


def test_the_key_lies_in_the_home_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    made = first_key(store, tmp_path / "home")
    file = tmp_path / "home" / "key"
    assert file.read_text() == f"{made}\n"
    assert file.stat().st_mode & 0o077 == 0


def test_the_second_start_makes_none(store: Store, tmp_path: Path) -> None:
    first_key(store, tmp_path)
    before = (tmp_path / "key").read_text()
    assert first_key(store, tmp_path) is None
    assert (tmp_path / "key").read_text() == before


def test_of_processes_that_start_at_once_one_makes_the_key(
    store: Store, opened: Callable[[], Store], tmp_path: Path
) -> None:
    stores = [store, *(opened() for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda s: first_key(s, tmp_path), stores))
    (text,) = [text for text in made if text]
    assert (tmp_path / "key").read_text() == f"{text}\n"
    assert len(store.read(listed)) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "crm.example"])
def test_nothing_listens_beyond_the_machine_without_keys(local: Store, host: str) -> None:
    with pytest.raises(ConfigError, match="without keys") as refused:
        refuse_open_door(host, local)
    assert "leadscore keys add" in refused.value.do


def test_a_key_that_no_longer_holds_opens_nothing(store: Store, make_key: MakeKey) -> None:
    make_key("read", expires_at=now() - 1)
    made = make_key("read")
    store.write(lambda c: revoke(c, SYSTEM, made.key.key_id, now()))
    with pytest.raises(ConfigError):
        refuse_open_door("0.0.0.0", store)


def test_with_a_key_it_may_listen_anywhere(local: Store, make_local_key: MakeKey) -> None:
    make_local_key("read")
    refuse_open_door("0.0.0.0", local)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_the_machine_itself_it_may_listen_without(local: Store, host: str) -> None:
    refuse_open_door(host, local)
