"""Keys in the store: what is kept of them, and that nothing but the key itself is taken for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from features.moments import now
from serving.access import audit
from serving.access.caller import ALL, SYSTEM
from serving.access.keys import NewKey, Wanted, create, listed, new_text, revoke
from serving.access.lookup import Keys
from serving.access.refusals import NoSuchKey
from serving.store.database import Store
from serving.store.place import open_store
from serving.store.schema import api_keys

MakeKey = Callable[..., NewKey]


def looked(store: Store) -> Keys:
    keys = Keys(store)
    keys.refresh()
    return keys


def test_a_key_is_found_with_what_it_may(store: Store, make_key: MakeKey) -> None:
    made = make_key("read", "score", per_minute=60)
    caller = looked(store).find(made.text.encode())
    assert caller == (made.key.key_id, "a test", {"score", "read"}, 60)


def test_admin_may_everything(store: Store, make_key: MakeKey) -> None:
    text = make_key("admin").text
    caller = looked(store).find(text.encode())
    assert caller is not None
    assert caller.scopes == ALL


def test_the_store_does_not_hold_the_key(store: Store, make_key: MakeKey) -> None:
    secret = make_key("read").text.rpartition("_")[2]
    rows = store.read(lambda c: c.execute(select(api_keys)).all())
    assert secret not in str(rows)


def test_a_secret_has_160_random_bits() -> None:
    secrets = {new_text().rpartition("_")[2] for _ in range(100)}
    assert {len(secret) * 5 for secret in secrets} == {160}
    assert len(secrets) == 100


def test_keys_are_listed_with_those_that_were_revoked(store: Store) -> None:
    made = [store.write(lambda c, n=n: create(c, SYSTEM, Wanted(n, ALL), ord(n))).key for n in "ab"]
    revoked = store.write(lambda c: revoke(c, SYSTEM, made[0].key_id, 300))
    assert store.read(listed) == [revoked, made[1]]


def test_a_key_is_revoked_once(store: Store, make_key: MakeKey) -> None:
    key_id = make_key("read").key.key_id
    moments = [store.write(lambda c, at=at: revoke(c, SYSTEM, key_id, at)).revoked_at for at in (17, 18)]
    assert moments == [17, 17]


def test_a_key_that_does_not_exist_cannot_be_revoked(store: Store) -> None:
    with pytest.raises(NoSuchKey):
        store.write(lambda c: revoke(c, SYSTEM, "0" * 12, now()))


def test_making_and_revoking_are_in_the_audit_once(store: Store, make_key: MakeKey) -> None:
    made = make_key("read")
    for _ in range(2):
        store.write(lambda c: revoke(c, SYSTEM, made.key.key_id, now()))
    entries = store.read(audit.entries).entries
    assert [(e.act, e.about) for e in entries] == [("key.revoked", made.key.key_id), ("key.created", made.key.key_id)]
    assert made.text.rpartition("_")[2] not in str(entries)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Keys, bytes]]:
    """A key that is known, and another one beside it."""
    folder: Path = tmp_path_factory.mktemp("keys")
    store = open_store(folder)
    made = [store.write(lambda c: create(c, SYSTEM, Wanted("one", ALL), now())).text for _ in range(2)]
    yield looked(store), made[0].encode()
    store.close()


@given(data=st.data())
def test_a_key_with_a_changed_character_is_refused(one: tuple[Keys, bytes], data: st.DataObject) -> None:
    keys, text = one
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != text[at]))
    assert keys.find(text[:at] + bytes([byte]) + text[at + 1 :]) is None


@given(data=st.data())
def test_a_key_that_is_cut_or_longer_is_refused(one: tuple[Keys, bytes], data: st.DataObject) -> None:
    keys, text = one
    cut, more = text[: data.draw(st.integers(0, len(text) - 1))], data.draw(st.binary(min_size=1))
    assert keys.find(cut) is keys.find(text + more) is keys.find(more + text) is None


@given(data=st.data())
def test_the_secret_of_another_key_is_refused(one: tuple[Keys, bytes], data: st.DataObject) -> None:
    keys, text = one
    secret = new_text().rpartition("_")[2].encode()
    assert keys.find(text.rpartition(b"_")[0] + b"_" + secret) is None
