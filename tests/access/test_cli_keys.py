"""``leadscore keys``: made, listed and revoked at the keyboard."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from serving.access import audit
from serving.access.caller import at_the_keyboard
from serving.access.keys import id_of
from serving.access.lookup import Keys
from serving.cli import main
from serving.store.place import open_store


class Ran(NamedTuple):
    """What the command said, and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def keys(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``leadscore keys`` in this process, on a home of its own."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, home: Path = tmp_path) -> Ran:
        with pytest.raises(SystemExit) as stop:
            main(["keys", *arguments, "--home", str(home)])
        said = capsys.readouterr()
        return Ran(int(stop.value.code or 0), said.out, said.err)

    return run


def added(keys: Run, *more: str) -> str:
    ran = keys("add", "hubspot", "--scope", "score", *more)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def test_the_key_alone_is_on_the_output_so_that_a_script_can_take_it(keys: Run) -> None:
    assert re.fullmatch(r"lsk_[0-9a-f]{12}_[a-z2-7]{32}\n", keys("add", "hubspot", "--scope", "score").out)


def test_a_key_may_what_it_was_made_for(keys: Run, tmp_path: Path) -> None:
    text = added(keys, "--scope", "read")
    store = open_store(tmp_path)
    known = Keys(store)
    known.refresh()
    caller = known.find(text.encode())
    store.close()
    assert caller is not None
    assert caller.scopes == {"score", "read"}


def test_keys_are_listed_without_their_secrets(keys: Run) -> None:
    text = added(keys, "--scope", "read", "--per-minute", "6000", "--expires", "2100-01-01")
    listed = keys("list").out
    assert text not in listed
    assert all(told in listed for told in (id_of(text), "hubspot", "score read", "6,000", "until 2100-01-01 00:00"))


def test_a_revoked_key_is_listed_as_such(keys: Run) -> None:
    key_id = id_of(added(keys))
    assert keys("revoke", key_id).out == f"The key 'hubspot' ({key_id}) is void.\n"
    assert "revoked 2" in keys("list").out


def test_a_key_that_does_not_exist_cannot_be_revoked(keys: Run) -> None:
    ran = keys("revoke", "0" * 12)
    assert (ran.code, ran.err.splitlines()[0]) == (14, "leadscore: there is no such key")


@pytest.mark.parametrize(("expires", "what"), [("2020-01-01", "in the past"), ("soon", "not a moment in time")])
def test_a_key_that_could_never_hold_is_not_made(keys: Run, expires: str, what: str) -> None:
    ran = keys("add", "hubspot", "--scope", "score", "--expires", expires)
    assert ran.code == 5
    assert what in ran.err
    assert "hubspot" not in keys("list").out


def test_a_name_that_cannot_be_shown_is_refused(keys: Run) -> None:
    assert keys("add", "a\tb", "--scope", "score").code == 5


@pytest.mark.parametrize("arguments", [(), ("--scope", "root"), ("--scope", "score", "--per-minute", "0")])
def test_wrong_usage_is_said(keys: Run, arguments: tuple[str, ...]) -> None:
    assert keys("add", "hubspot", *arguments).code == 2


def test_the_store_may_be_elsewhere(keys: Run, tmp_path: Path) -> None:
    added(keys, "--store", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    assert not (tmp_path / "store.db").exists()
    assert "hubspot" in keys("list", "--store", f"sqlite:///{tmp_path / 'elsewhere.db'}").out


def test_a_store_that_cannot_be_opened_is_said(keys: Run, tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    ran = keys("list")
    assert (ran.code, ran.err.splitlines()[0]) == (15, "leadscore: the store does not answer")


def test_the_audit_says_who_was_at_the_keyboard(keys: Run, tmp_path: Path) -> None:
    added(keys)
    store = open_store(tmp_path)
    (entry,) = store.read(audit.entries).entries
    store.close()
    assert entry.by == at_the_keyboard().key_id
