"""A whole file into the store, batch by batch: each in one transaction, together with how far the import is.

Whoever is killed in between leaves whole batches; importing the same file again stores what is missing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Event
from time import monotonic
from typing import Any, BinaryIO, NamedTuple, TypeVar
from uuid import uuid4

import orjson
from sqlalchemy import Connection, insert, update

from features.errors import DataError, LeadscoreError
from serving.imports.clocks import Clocks
from serving.imports.events import keep_events
from serving.imports.into import Into, Kept, Overtaken
from serving.imports.leads import keep_leads
from serving.imports.opening import Format, opened
from serving.imports.outcomes import keep_outcomes
from serving.imports.raw import Raw
from serving.imports.reading import Events, Leads, Outcomes, Reading, TableName, sorted_out
from serving.imports.refused import MOST_KEPT, Refused
from serving.programs.programs import Programs
from serving.programs.service import LEADS
from serving.store.database import Store, StoreUnavailable
from serving.store.schema import imports

BATCH, MOST_ROWS = 1_000, 5_000  # rows of a transaction, at first and at most
TURN = 0.4  # seconds that a transaction should take: other writers wait for it
CACHE = 65_536  # kB of SQLite's pages while a batch is stored; they are spilled to disk otherwise
USUAL_CACHE = 2_000
_AGAIN = "import it again: nothing is stored twice"
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds, when the store does not answer
T = TypeVar("T")
Step = Callable[[str, int, int], None]


class Order(NamedTuple):
    """What is to be imported, as what, by whom.

    source: what the file is called; program: that outcomes are about; id_column: the column that names the lead
    create: whether leads are made of events and outcomes
    """

    table: TableName
    kind: Format
    source: str
    by: str
    program: str = LEADS
    id_column: str = "lead_id"
    create: bool = False


class Totals(NamedTuple):
    """Rows of a file, and what became of them; ``repeated``: they had come before, and changed nothing."""

    read: int = 0
    stored: int = 0
    repeated: int = 0
    refused: int = 0

    def plus(self, read: int, stored: int, repeated: int, refused: int) -> "Totals":
        """With those of a batch."""
        return Totals(self.read + read, self.stored + stored, self.repeated + repeated, self.refused + refused)


def _ignore(*_: object) -> None: ...


class Import:
    """One file on its way into the store; made once its columns have been found to be in order.

    told: of every batch's refused rows; batch: rows of a transaction; 0: as many as it does quickly
    Raises DataError when the file cannot be read, NoSuchProgram.
    """

    def __init__(
        self,
        store: Store,
        programs: Programs,
        file: BinaryIO,
        order: Order,
        *,
        clock: Callable[[], int],
        told: Callable[[Sequence[Refused]], None] = _ignore,
        batch: int = 0,
    ) -> None:
        self.import_id, self.order, self.totals = f"imp_{uuid4().hex}", order, Totals()
        self._store, self._programs, self._clock, self._told = store, programs, clock, told
        self._rows, self._is_fixed = batch or BATCH, bool(batch)
        self._begun_at = clock()
        self._clocks = Clocks(self._begun_at)
        self._reading = _reading(order, programs, self._begun_at)
        self._file = opened(file, order.kind, order.source, self._reading.wanted)
        self._read = self._reading.begin(self._file.columns)
        self._named_at = self._file.columns.index(self._reading.wanted.needed[0])
        self._report: list[Refused] = []

    def begin(self, connection: Connection) -> None:
        """Write down that it begins."""
        begun = {name: getattr(self.order, name) for name in ("table", "program", "source", "by")}
        row = begun | {"import_id": self.import_id, "begun_at": self._begun_at, "report": "[]", "fault": ""}
        connection.execute(insert(imports).values(row | _state(self._begun_at, 0.0, self.totals)))

    def run(self, step: Step = _ignore, stop: Event | None = None) -> Totals:
        """Read the file to its end, or until ``stop`` is set.

        Raises DataError where the rest cannot be read, StoreUnavailable where the store does not come back.
        """
        stop, ended = stop or Event(), _fault(_BROKEN_OFF)
        try:
            while batch := list(islice(self._file.rows, self._rows)):
                if stop.is_set():
                    raise DataError("stopped before the end of the file", do=_AGAIN)
                self._keep(batch, stop)
                step(f"{self.order.source}: {self.totals.read:,} rows", round(100 * self._file.share()), 100)
            ended = {"share": 1.0}
        except LeadscoreError as error:
            ended = _fault(error)
            raise
        finally:
            self._write(lambda c: self._note(c, ended | {"ended_at": self._clock()}), stop)
        return self.totals

    def _keep(self, batch: Sequence[Raw | Refused], stop: Event) -> None:
        good, bad = sorted_out(batch, self._read, self._named_at)
        rows = self._reading.finish(good)  # type: ignore[arg-type]

        def work(connection: Connection) -> tuple[Totals, list[Refused]]:
            programs, service = self._programs, self._programs.named(self.order.program)
            into = Into(connection, programs, service, self._clocks, self._clock(), self.order.create)
            with _room(connection):
                kept = _KEEP[self.order.table](into, rows)
            refused = sorted([*bad, *kept.refused])
            totals = self.totals.plus(len(batch), kept.stored, kept.repeated, len(refused))
            new = refused[: MOST_KEPT - len(self._report)]
            report = {"report": _told(self._report + new)} if new else {}
            self._note(connection, _state(self._clock(), self._file.share(), totals) | report)
            return totals, refused

        began = monotonic()
        self.totals, refused = self._write(work, stop)
        self._adapt(TURN / max(monotonic() - began, TURN / 10))
        self._report += refused[: MOST_KEPT - len(self._report)]
        self._told(refused)

    def _adapt(self, by: float) -> None:
        """Take more rows at a time, or fewer, as this machine is fast."""
        if not self._is_fixed:
            self._rows = min(MOST_ROWS, max(BATCH // 10, round(self._rows * by)))

    def _note(self, connection: Connection, columns: dict[str, Any]) -> None:
        connection.execute(update(imports).where(imports.c.import_id == self.import_id).values(columns))

    def _write(self, work: Callable[[Connection], T], stop: Event) -> T:
        """Write, patiently: what has been read so far would have to be read again."""
        pauses = iter(PAUSES)
        while True:
            try:
                return self._store.write(work)
            except Overtaken:
                continue
            except StoreUnavailable:
                pause = next(pauses, None)
                if pause is None or stop.wait(pause):
                    raise


_BROKEN_OFF = DataError("broke off before the end of the file", do=_AGAIN)
_KEEP: dict[TableName, Callable[[Into, Any], Kept]] = {
    "leads": keep_leads,
    "events": keep_events,
    "outcomes": keep_outcomes,
}


@contextmanager
def _room(connection: Connection) -> Iterator[None]:
    """Memory for the pages that a batch touches, which are many, as every index is in another order."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA cache_size = {-CACHE}")
    yield
    connection.exec_driver_sql(f"PRAGMA cache_size = {-USUAL_CACHE}")


def _reading(order: Order, programs: Programs, now: int) -> Reading:
    agreement = programs.named(order.program).agreement
    if order.table == "outcomes":
        return Outcomes(now, order.id_column, agreement)
    return Leads(now, order.id_column) if order.table == "leads" else Events(now, order.id_column)


def _state(now: int, share: float, totals: Totals) -> dict[str, Any]:
    return {"moved_at": now, "share": share, **totals._asdict()}


def _told(report: Sequence[Refused]) -> str:
    return orjson.dumps([refused._asdict() for refused in report]).decode()


def _fault(error: LeadscoreError) -> dict[str, Any]:
    return {"fault": orjson.dumps(error.parts()).decode()}
