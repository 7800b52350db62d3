"""Brings a CRM up to date: finds what changed, compares it with what was sent, sends the rest, notes what came of it.

One worker at a time does so for a connection, as long as it holds the lease. A record is noted as sent after the CRM
has taken it, and as in doubt before: whoever is killed in between sends that one batch again, as the leads are then.
Nothing is sent before what was sent earlier is noted.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import structlog
from sqlalchemy import Connection

from features.errors import LeadscoreError
from features.moments import SECOND, now
from serving.crm import ledger, metrics, noticing, progress, waits
from serving.crm.config import CrmConfig
from serving.crm.connector import Answer, Connector, Outcome, Record
from serving.crm.errors import CrmError, Unreachable
from serving.crm.ledger import Entry
from serving.crm.opening import connected
from serving.crm.progress import Progress
from serving.crm.records import Seen, look
from serving.crm.splitting import sent
from serving.jobs.leases import give_back, take
from serving.programs.programs import Programs
from serving.programs.service import InService
from serving.signin.cardurl import CardUrls
from serving.signin.links import Links
from serving.store.database import Store, StoreUnavailable

LEASE, RENEWED = 180 * SECOND, 20.0  # the second in seconds of this process's own clock
TURN = 5.0  # seconds that a turn takes at most, where there is more

log = structlog.get_logger("leadscore.crm")


class LeaseLost(Exception):
    """Another worker is at it."""


class Turn(NamedTuple):
    """What came of a turn: whether there is more, how many records ended how, and why it stopped."""

    more: bool
    counts: Mapping[str, int]
    fault: CrmError | None = None
    is_held_elsewhere: bool = False
    paused_until: int = 0


class Pusher:
    """Pushes to one CRM; ``close`` it at the end.

    clock: gives the moment; random: of the waits
    """

    def __init__(
        self,
        store: Store,
        programs: Programs,
        config: CrmConfig,
        *,
        clock: Callable[[], int] = now,
        random: Random | None = None,
    ) -> None:
        self.config = config
        self._store, self._programs, self._clock = store, programs, clock
        self._random = random or Random()
        self._holder = f"{os.getpid()}-{uuid4().hex[:8]}"
        self._renewed = -RENEWED
        self._cards = CardUrls(Links(store, clock), config.public_url)
        self._connector: Connector | None = None

    def close(self) -> None:
        """Close the connection to the CRM, and let another worker go on."""
        if self._connector is not None:
            self._connector.close()
            self._connector = None
        if self._renewed > 0:
            self._renewed = -RENEWED
            with suppress(StoreUnavailable):  # then the lease runs out by itself
                self._store.write(lambda connection: give_back(connection, self._holder))

    def turn(self, *, seconds: float = TURN, whatever: bool = False) -> Turn:
        """Send what is due, for some seconds at most; ``whatever``: also during a pause.

        Raises StoreUnavailable, NoSuchProgram.
        """
        counts: Counter[str] = Counter()
        try:
            return self._turn(counts, monotonic() + seconds, whatever)
        except LeaseLost:
            return Turn(False, counts, is_held_elsewhere=True)

    def walk(self) -> None:
        """Have all leads compared again."""
        at = self._clock()
        self._store.write(lambda connection: progress.begin(connection, self.config, at))

    def _turn(self, counts: Counter[str], until: float, whatever: bool) -> Turn:
        self._beat()
        at = self._clock()
        so_far = self._progress(at)
        so_far = noticing.notice(self._store, self.config, so_far, at, self._beat)
        if so_far.paused_until > at and not whatever:
            return Turn(False, counts, paused_until=so_far.paused_until)
        pauses = so_far.pauses
        while entries := self._store.read(partial(ledger.due, config=self.config, now=at, most=self._most)):
            done = self._batch(entries, counts, pauses)
            if done.fault or done.paused_until:
                return done._replace(more=False)
            pauses, at = 0, self._clock()
            if monotonic() > until:
                return Turn(True, counts)
        return Turn(so_far.walked_to is not None, counts)

    def _progress(self, at: int) -> Progress:
        found = self._store.read(partial(progress.progress_of, config=self.config))
        return found or self._store.write(partial(progress.begin, config=self.config, at=at))

    @property
    def _line(self) -> Connector:
        self._connector = self._connector or connected(self.config, self._beat)
        return self._connector

    @property
    def _most(self) -> int:
        return self._line.most

    def _batch(self, entries: Sequence[Entry], counts: Counter[str], pauses: int) -> Turn:
        """Look at leads and send those that changed."""
        seen = self._looked(entries, self._programs.named(self.config.program))
        at = self._clock()
        pairs = list(zip(entries, seen, strict=True))
        kept = [row for entry, one in pairs if (row := ledger.unsent(entry, one, at)) is not None]
        still = {row.lead_id for row in kept}
        wanted = {one.lead_id: (entry, one) for entry, one in pairs if entry.lead_id not in still}
        self._doubt([entry for entry, _ in wanted.values()])
        answer = self._sent([one.record for _, one in wanted.values() if one.record is not None])
        done = [
            ledger.after(*wanted[lead_id], outcome, self._clock(), self._random)
            for lead_id, outcome in answer.outcomes.items()
        ]
        left = [pair for lead_id, pair in wanted.items() if lead_id not in answer.outcomes]
        paused_until = self._note([*kept, *done, *self._left(left, answer.fault)], answer, pauses)
        counts["unchanged"] += sum(row.state == "sent" for row in kept)
        counts.update(outcome.state for outcome in answer.outcomes.values())
        return Turn(True, counts, answer.fault, paused_until=paused_until)

    def _looked(self, entries: Sequence[Entry], service: InService) -> list[Seen]:
        """Leads as they stand; where one of them breaks the code, each by itself, so that the others are told."""
        ids, known = [e.lead_id for e in entries], {e.lead_id for e in entries if e.digest}
        try:
            return self._store.read(lambda c: look(c, service, self.config, ids, known))
        except LeadscoreError:
            raise
        except Exception:
            if len(entries) > 1:
                return [one for entry in entries for one in self._looked([entry], service)]
            log.exception("a lead cannot be told to the CRM", crm=self.config.name, lead_id=ids[0])
            return [Seen(ids[0], None, "failed", "an unexpected error; it was logged")]

    def _doubt(self, entries: Sequence[Entry]) -> None:
        """Note what is under way, so that a lead that is again as it was before is sent all the same."""
        known = [entry.lead_id for entry in entries if (entry.digest, entry.tried) != (ledger.IN_DOUBT, "")]

        def work(connection: Connection) -> None:
            self._hold(connection)
            ledger.doubt(connection, self.config, known)

        if known:
            self._store.write(work)

    def _left(self, pairs: Sequence[tuple[Entry, Seen]], fault: CrmError | None) -> list[Entry]:
        """The rows of whom nothing is known after a fault."""
        if not isinstance(fault, Unreachable):
            return [entry for entry, _ in pairs]  # nothing was carried out
        at = self._clock()  # others go first the next time: it may be of these that the CRM breaks
        return [ledger.unheard(entry, seen, at) for entry, seen in pairs]

    def _sent(self, records: Sequence[Record]) -> Answer:
        """Send records, each key once."""
        if not records:
            return Answer({})
        first: dict[str, Record] = {}
        for record in records:
            first.setdefault(record.key.casefold(), record)
        answer = sent(self._line, [self._with_card(record) for record in first.values()])
        twice = {
            record.lead_id: Outcome("failed", f"the lead {one.lead_id} is found by the same")
            for record in records
            if (one := first[record.key.casefold()]).lead_id != record.lead_id and one.lead_id in answer.outcomes
        }
        return Answer({**answer.outcomes, **twice}, answer.fault)

    def _with_card(self, record: Record) -> Record:
        """With the address of its card, which is signed as it is sent and stored nowhere here."""
        name = self.config.fields.get("card_url")
        if name is None:
            return record
        url = self._cards.of(record.lead_id, self.config.program, self._clock())
        return record._replace(values={**record.values, name: url})

    def _note(self, rows: Sequence[Entry], answer: Answer, pauses: int) -> int:
        """Store what became of leads, and until when it pauses (0: not), as long as nobody else is at it."""
        at, fault = self._clock(), answer.fault
        asked = self._connector.pause if self._connector and answer.outcomes else 0
        pause = waits.pause(fault, pauses + 1, self._random) if fault else asked
        because = fault.told[:200] if fault else ""
        until = at + pause if pause else 0

        def work(connection: Connection) -> None:
            self._hold(connection)
            ledger.keep(connection, self.config, rows)
            if until or pauses:
                progress.pause_until(connection, self.config, until, pauses + 1 if fault else 0, because)

        self._store.write(work)
        self._tell(answer)
        return until

    def _tell(self, answer: Answer) -> None:
        for state, count in Counter(outcome.state for outcome in answer.outcomes.values()).items():
            metrics.RECORDS.labels(self.config.name, state).inc(count)
        if answer.fault is not None:
            kind = type(answer.fault).__name__
            metrics.FAULTS.labels(self.config.name, kind).inc()
            log.warning("nothing more is sent to the CRM for a while", crm=self.config.name, why=answer.fault.what)

    def _beat(self) -> None:
        """Keep the lease; raises LeaseLost."""
        if monotonic() - self._renewed > RENEWED:
            self._store.write(self._hold)
            self._renewed = monotonic()

    def _hold(self, connection: Connection) -> None:
        at = self._clock()
        if not take(connection, f"crm {self.config.name} {self.config.program}", self._holder, at, at + LEASE):
            raise LeaseLost
