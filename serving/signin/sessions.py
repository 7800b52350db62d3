"""Sessions: begun when somebody signs in, ended when they sign out, rest too long, or their key is revoked.

A browser holds 256 random bits, the store their hash. What was read is believed for a second, so that a page with its
parts asks once; a session that was ended elsewhere is out after that.
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from time import monotonic
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from features.moments import DAY, SECOND
from serving.access.audit import note
from serving.access.caller import Caller
from serving.signin.cookies import TOKEN
from serving.signin.settings import SignInSettings
from serving.signin.visitor import SCOPES, Role
from serving.store.database import Store, StoreUnavailable
from serving.store.schema import api_keys, sessions

FRESH = 1.0  # seconds for which a look at the store is believed
SEEN = 60 * SECOND  # between two notes that somebody is still there
KEPT = 30 * DAY  # how long an ended session is kept, to say whose it was
_MOST = 10_000  # sessions that are remembered
BY_KEY = "key:"
_s, _k = sessions.c, api_keys.c


class Person(NamedTuple):
    """Who signs in: as people know them, their role, and by what: ``key:ID`` or ``oidc:SUBJECT``."""

    name: str
    role: Role
    signed_in_by: str

    @property
    def by(self) -> str:
        """As it is written beside acts: a key's bare id, so that the audit can name it."""
        return self.signed_in_by.removeprefix(BY_KEY)

    @property
    def caller(self) -> Caller:
        """As the audit knows callers."""
        return Caller(self.by, self.name, SCOPES[self.role])


class Session(NamedTuple):
    """Somebody who has signed in; moments in microseconds."""

    session_id: str
    person: Person
    created_at: int
    seen_at: int
    expires_at: int


class Sessions:
    """The sessions of a store; shared by threads."""

    def __init__(self, store: Store, settings: SignInSettings, timer: Callable[[], float] = monotonic) -> None:
        self._store, self._timer = store, timer
        self._idle, self._longest = settings.idle * SECOND, settings.longest * SECOND
        self._looked: dict[str, tuple[float, Session]] = {}

    def begin(self, connection: Connection, person: Person, now: int) -> str:
        """Sign somebody in, in a transaction; what the browser is to hold."""
        token, session_id = token_urlsafe(32), token_hex(6)
        row = {"session_hash": _hash(token), "session_id": session_id, **person._asdict()}
        moments = {"created_at": now, "seen_at": now, "expires_at": now + self._longest}
        connection.execute(insert(sessions).values(row | moments))
        how = person.signed_in_by.partition(":")[0]
        note(connection, person.caller, "session.begun", session_id, {"role": person.role, "how": how}, at=now)
        return token

    def find(self, token: str, now: int) -> Session | None:
        """Whose session it is, if it lasts; raises StoreUnavailable."""
        if len(token) != TOKEN:
            return None
        hashed, at = _hash(token), self._timer()
        looked, session = self._looked.get(hashed, (-FRESH, None))
        if session is None or at - looked >= FRESH:
            session = self._store.read(lambda c: _lasting(c, hashed, now))
            self._remember(hashed, at, session)
        if session is None or now >= min(session.expires_at, session.seen_at + self._idle):
            return None
        if now - session.seen_at >= SEEN:
            session = self._seen(hashed, session, now)
        return session

    def end(self, token: str, now: int) -> None:
        """Sign somebody out; what is no session, or has ended, stays as it is."""
        hashed = _hash(token)
        self._looked.pop(hashed, None)

        def work(connection: Connection) -> None:
            row = _row(connection, hashed)
            if row is not None and row.ended_at is None:
                connection.execute(update(sessions).where(_s.session_hash == hashed).values(ended_at=now))
                note(connection, _read(row).person.caller, "session.ended", row.session_id, {}, at=now)

        self._store.write(work)

    def _remember(self, hashed: str, at: float, session: Session | None) -> None:
        if session is None:
            self._looked.pop(hashed, None)
            return
        if len(self._looked) >= _MOST:
            self._looked.clear()
        self._looked[hashed] = at, session

    def _seen(self, hashed: str, session: Session, now: int) -> Session:
        """Note that somebody is still there; where that cannot be written now, the next request will."""
        mine = update(sessions).where(_s.session_hash == hashed, _s.seen_at < now)
        with suppress(StoreUnavailable):
            self._store.write(lambda c: c.execute(mine.values(seen_at=now)))
        seen = session._replace(seen_at=now)
        self._remember(hashed, self._timer(), seen)
        return seen


def prune(connection: Connection, now: int) -> int:
    """Delete sessions that are long over; how many."""
    over = or_(_s.expires_at < now - KEPT, _s.ended_at < now - KEPT)
    return connection.execute(delete(sessions).where(over)).rowcount


def _lasting(connection: Connection, hashed: str, now: int) -> Session | None:
    """A session that was not ended, by its person or with its key."""
    row = _row(connection, hashed)
    if row is None or row.ended_at is not None:
        return None
    if row.signed_in_by.startswith(BY_KEY):
        void = row.key_id is None or (row.key_expires is not None and row.key_expires <= now)
        return None if void else _read(row)
    return _read(row)


_KEY = and_(_k.key_id == func.substr(_s.signed_in_by, len(BY_KEY) + 1), _k.revoked_at.is_(None))
_FOUND = select(sessions, _k.key_id, _k.expires_at.label("key_expires")).outerjoin(api_keys, _KEY)


def _row(connection: Connection, hashed: str) -> Row[Any] | None:
    return connection.execute(_FOUND.where(_s.session_hash == hashed)).one_or_none()


def _read(row: Row[Any]) -> Session:
    person = Person(row.name, cast(Role, row.role), row.signed_in_by)
    return Session(row.session_id, person, row.created_at, row.seen_at, row.expires_at)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
