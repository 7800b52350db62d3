"""How long a session lasts, and what ends it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, select

from features.moments import DAY, SECOND
from serving.access.audit import entries
from serving.access.caller import SYSTEM
from serving.access.keys import NewKey, Wanted, create, revoke
from serving.jobs.jobs import housekeeping_of
from serving.programs.programs import Programs
from serving.service import Service
from serving.settings import Settings
from serving.signin.sessions import FRESH, KEPT, Person, Sessions, prune
from serving.signin.settings import HOUR, SignInSettings
from serving.store.database import Store
from serving.store.schema import sessions

NOW = 1_800_000_000 * SECOND
SETTINGS = SignInSettings()


class Hand:
    """A timer that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def timer() -> Hand:
    return Hand()


@pytest.fixture
def held(store: Store, timer: Hand) -> Sessions:
    return Sessions(store, SETTINGS, timer)


@pytest.fixture
def key(store: Store) -> NewKey:
    wanted = Wanted("Kim", frozenset({"read", "act"}), NOW + 2 * HOUR * SECOND)
    return store.write(lambda c: create(c, SYSTEM, wanted, NOW))


def begun(store: Store, held: Sessions, by: str = "oidc:kim") -> str:
    return store.write(lambda c: held.begin(c, Person("Kim", "rep", by), NOW))


def lasts(held: Sessions, timer: Hand, token: str, at: int) -> bool:
    """Whether the session is there at a moment, as the store has it then."""
    timer.at += FRESH
    return held.find(token, at) is not None


def test_it_lasts_as_long_as_somebody_is_there(store: Store, held: Sessions, timer: Hand) -> None:
    token = begun(store, held)
    hours = [lasts(held, timer, token, NOW + h * HOUR * SECOND) for h in range(0, 13, 2)]
    assert hours == [True] * 6 + [False]  # used every two hours, it ends after twelve


def test_it_ends_when_nobody_is_there(store: Store, held: Sessions, timer: Hand) -> None:
    token = begun(store, held)
    assert lasts(held, timer, token, NOW + SETTINGS.idle * SECOND - 1)
    assert not lasts(held, timer, begun(store, held), NOW + SETTINGS.idle * SECOND)


def test_it_ends_when_its_key_is_revoked(store: Store, held: Sessions, timer: Hand, key: NewKey) -> None:
    token = begun(store, held, f"key:{key.key.key_id}")
    assert lasts(held, timer, token, NOW)
    store.write(lambda c: revoke(c, SYSTEM, key.key.key_id, NOW))
    assert not lasts(held, timer, token, NOW)


def test_it_ends_when_its_key_expires(store: Store, held: Sessions, timer: Hand, key: NewKey) -> None:
    token = begun(store, held, f"key:{key.key.key_id}")
    ends = NOW + 2 * HOUR * SECOND
    assert [lasts(held, timer, token, at) for at in (ends - 1, ends)] == [True, False]


def test_a_key_that_was_never_there_opens_nothing(store: Store, held: Sessions, timer: Hand) -> None:
    assert not lasts(held, timer, begun(store, held, "key:000000000000"), NOW)


def test_signing_out_ends_it_here_at_once_and_elsewhere_within_a_second(
    store: Store, held: Sessions, timer: Hand
) -> None:
    token, elsewhere = begun(store, held), Sessions(store, SETTINGS, timer)
    assert held.find(token, NOW)
    assert elsewhere.find(token, NOW)
    held.end(token, NOW)
    assert held.find(token, NOW) is None
    timer.at += FRESH
    assert elsewhere.find(token, NOW) is None


def test_many_requests_ask_the_store_once_a_second(store: Store, held: Sessions, timer: Hand) -> None:
    token, asked = begun(store, held), []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for _ in range(100):
        assert held.find(token, NOW)
    assert len([s for s in asked if "FROM sessions" in s]) == 1


def test_what_is_no_session_is_none(held: Sessions) -> None:
    assert [held.find(text, NOW) for text in ("", "x", "x" * 43, "\udcff" * 0, "é" * 43)] == [None] * 5


def test_that_somebody_is_still_there_is_noted_once_a_minute(store: Store, held: Sessions, timer: Hand) -> None:
    token = begun(store, held)
    seen = []
    for seconds in (0, 59, 60, 90, 120):
        assert lasts(held, timer, token, NOW + seconds * SECOND)
        seen.append(store.read(lambda c: c.execute(select(sessions.c.seen_at)).scalar_one()) - NOW)
    assert seen == [0, 0, 60 * SECOND, 60 * SECOND, 120 * SECOND]


def test_the_audit_knows_who_signed_in_and_out(store: Store, held: Sessions) -> None:
    token = begun(store, held)
    held.end(token, NOW + 1)
    held.end(token, NOW + 2)  # it has ended already
    acts = [(e.act, e.by, e.at) for e in store.read(entries).entries]
    assert acts == [("session.ended", "oidc:kim", NOW + 1), ("session.begun", "oidc:kim", NOW)]


def test_the_daily_job_forgets_them(store: Store, held: Sessions, tmp_path: Path) -> None:
    begun(store, held)
    service = Service(Settings(home=tmp_path), store, Programs({}), lambda: NOW + 60 * DAY)
    (job,) = [job for job in housekeeping_of(service) if job.name == "prune"]
    job.turn(service.clock())
    assert store.read(lambda c: c.execute(select(sessions)).all()) == []


@pytest.mark.parametrize("end", [lambda held, token: held.end(token, NOW), lambda *_: None])
def test_sessions_that_are_long_over_are_forgotten(
    store: Store, held: Sessions, end: Callable[[Sessions, str], None]
) -> None:
    end(held, begun(store, held))
    over = NOW + SETTINGS.longest * SECOND + KEPT
    assert store.write(lambda c: prune(c, NOW + KEPT)) == 0
    assert store.write(lambda c: prune(c, over + DAY)) == 1
