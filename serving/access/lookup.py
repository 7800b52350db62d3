"""Keys in memory: a request is let in without asking the database, and a revoked key is out within about a second."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from hmac import compare_digest
from threading import Event, Lock, Thread
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select, update

from features.moments import now
from serving.access.caller import Caller, with_implied
from serving.access.keys import PREFIX, digest, new_text
from serving.access.refusals import NotKnown
from serving.store.database import Store, StoreUnavailable
from serving.store.schema import api_keys

log = logging.getLogger("leadscore")

POLL = 1.0  # seconds between looks at the database
GAP = 0.05  # at least so many between two looks that unknown keys ask for
PATIENCE = 2.0  # how long a request with an unknown key waits for such a look
GRACE = 900.0  # how long keys are believed while the database is gone
USE_NOTED = 60.0  # seconds between two notes of which keys were used
_LATER = "try again in a few seconds"
_LENGTH = len(new_text())
_ID = slice(len(PREFIX), len(PREFIX) + 12)


class _Known(NamedTuple):
    caller: Caller
    digest: bytes
    expires_at: int | None


class _State(NamedTuple):
    """Changes whenever a key is made or revoked; cheaper to ask for than all keys."""

    keys: int
    revoked: int
    last_made: int | None
    last_revoked: int | None


class Keys:
    """The keys that hold, as of the last look at the database.

    While the database does not answer, the last look counts for ``GRACE`` seconds: a key cannot be revoked then
    either. After that, and for a key that was not there at the last look, the answer is StoreUnavailable, never a
    refusal that may be wrong.
    """

    def __init__(self, store: Store, clock: Callable[[], int] = now, timer: Callable[[], float] = monotonic) -> None:
        self._store, self._clock, self._timer = store, clock, timer
        self._known: dict[bytes, _Known] = {}
        self._state: _State | None = None
        self._looked: float | None = None
        self._used: set[bytes] = set()
        self._used_noted = timer()
        self._refreshing = Lock()
        self._asked, self._stopped, self._follows = Event(), Event(), False
        self._next_look = _unfinished()

    def find(self, text: bytes) -> Caller | None:
        """Whose key it is, by the last look, or None. Raises StoreUnavailable when that look is too long ago."""
        if self._looked is None or self._timer() - self._looked > GRACE:
            raise StoreUnavailable("the store does not answer, so no key can be checked", do=_LATER)
        known = self._known.get(text[_ID])
        if known is None or not compare_digest(known.digest, digest(text)):
            return None
        if known.expires_at is not None and self._clock() >= known.expires_at:
            return None
        self._used.add(text[_ID])
        return known.caller

    async def found(self, text: bytes) -> Caller:
        """Whose key it is; one that the last look did not show may be new, so that another look is waited for.

        Raises NotKnown, or StoreUnavailable where the database cannot tell.
        """
        caller = self.find(text) if self._looked is not None else None
        if caller is not None:
            return caller
        if len(text) != _LENGTH or not text.startswith(PREFIX.encode()):
            raise NotKnown(was_sent=True)
        await self._another_look()
        caller = self.find(text)
        if caller is None:
            raise NotKnown(was_sent=True)
        return caller

    async def _another_look(self) -> None:
        """Wait for a look that begins after now; all who wait share it."""
        if not self._follows:
            await asyncio.to_thread(self.refresh)
            return
        look = self._next_look
        self._asked.set()
        try:
            told = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(look)), PATIENCE)
        except TimeoutError:
            told = False
        if not told:
            raise StoreUnavailable("the store does not answer, so the key cannot be checked", do=_LATER)

    def refresh(self) -> None:
        """Look at the database now; raises StoreUnavailable."""
        with self._refreshing:
            began = self._timer()
            found = self._store.read(self._changed)
            if found is not None:
                self._state, self._known = found
            self._looked = began

    def _changed(self, connection: Connection) -> tuple[_State, dict[bytes, _Known]] | None:
        columns = api_keys.c
        counted = select(
            func.count(), func.count(columns.revoked_at), func.max(columns.created_at), func.max(columns.revoked_at)
        ).select_from(api_keys)
        state = _State(*connection.execute(counted).one())
        if state == self._state:
            return None
        rows = connection.execute(select(api_keys).where(columns.revoked_at.is_(None))).all()
        return state, {
            row.key_id.encode(): _Known(
                Caller(row.key_id, row.name, with_implied(frozenset(row.scopes.split())), row.per_minute),
                bytes.fromhex(row.hash),
                row.expires_at,
            )
            for row in rows
        }

    def note_use(self) -> None:
        """Write which keys were used since this was last done; raises StoreUnavailable."""
        used, self._used, at = self._used, set(), self._clock()
        self._used_noted = self._timer()
        if not used:
            return
        columns = api_keys.c
        before = or_(columns.last_used_at.is_(None), columns.last_used_at < at)
        chosen = columns.key_id.in_([key_id.decode() for key_id in list(used)])  # a request may still add one
        self._store.write(lambda c: c.execute(update(api_keys).where(chosen, before).values(last_used_at=at)))

    @contextmanager
    def followed(self) -> Iterator["Keys"]:
        """Keep up with the database, in a thread of its own, for as long as the service runs."""
        thread = Thread(target=self._follow, name="keys", daemon=True)
        self._follows = True
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._asked.set()
            thread.join(PATIENCE)
            self._follows = False

    def _follow(self) -> None:
        while not self._stopped.is_set():
            look, self._next_look = self._next_look, _unfinished()
            look.set_result(self._done(self.refresh))
            if self._timer() - self._used_noted >= USE_NOTED:
                self._done(self.note_use)
            self._stopped.wait(GAP)
            self._asked.wait(POLL - GAP)
            self._asked.clear()
        self._done(self.note_use)

    def _done(self, work: Callable[[], None]) -> bool:
        try:
            work()
            return True
        except StoreUnavailable as error:
            log.warning("keys: %s: %s", error.what, error.got)
        except Exception:  # whatever it is, the next look may succeed
            log.exception("keys: an unexpected error")
        return False


def _unfinished() -> Future[bool]:
    """A look that nobody can call off, however many give up waiting for it; whether the database answered."""
    look: Future[bool] = Future()
    look.set_running_or_notify_cancel()
    return look
