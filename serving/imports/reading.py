"""Rows of the three tables as they are meant, whatever file they came from."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, TypeVar

from features.agreement import Agreement
from features.errors import DataError, nearest
from features.snapshots import LOST
from features.tables import Scalar
from serving.imports.cells import Times, name, profile_text, properties_text, scalar, words
from serving.imports.occurrences import Occurrences
from serving.imports.opening import Columns
from serving.imports.raw import Raw
from serving.imports.refused import Refused, shown

TableName = Literal["leads", "events", "outcomes"]
TABLES: tuple[TableName, ...] = ("leads", "events", "outcomes")
Cell = Callable[[Raw], Any]
R = TypeVar("R")


class LeadRow(NamedTuple):
    """Who a lead was at a moment.

    valid_from: since when; None where the table has no such column
    again: whether the file has said it of this lead and this moment before
    """

    row: int
    lead: str
    created_at: int
    valid_from: int | None
    account: str
    account_from: int | None
    profile: dict[str, Scalar]
    again: bool = False


class EventRow(NamedTuple):
    """What a lead did; ``event_id``: its own, or made of what the row says and how often it was said before."""

    row: int
    lead: str
    event_id: str
    type: str
    at: int
    known_from: int
    properties: str


class OutcomeRow(NamedTuple):
    """A stage that a lead entered, by the agreement's own spelling."""

    row: int
    lead: str
    at: int
    stage: str
    reason: str
    by: str


class Leads:
    """Reads rows of leads; ``id_column`` names the lead, and every column beside the contract's is its profile."""

    def __init__(self, now: int, id_column: str) -> None:
        self._id = id_column
        self._times = {c: Times(c, now) for c in ("created_at", "valid_from", "account_from")}
        self._seen = Occurrences()
        self.wanted = Columns((id_column, "created_at"), (id_column, "account"), self._times)

    def begin(self, columns: list[str]) -> Callable[[Raw], LeadRow]:
        """How to read a row with these columns; it raises DataError."""
        cells = _cells(columns, self._id, "created_at", "valid_from", "account", "account_from")
        apart = {self._id, *self._times}
        profile = [(i, column) for i, column in enumerate(columns) if column not in apart]
        times, dated = self._times, "valid_from" in columns

        def read(raw: Raw) -> LeadRow:
            lead, created, valid, account, joined = (cell(raw) for cell in cells)
            begin = times["created_at"].needed(created)
            since = times["valid_from"].of(valid)
            fields: dict[str, Scalar] = {c: v for i, c in profile if (v := scalar(raw.cells[i], c)) is not None}
            profile_text(fields)
            return LeadRow(
                raw.row,
                name(lead, self._id),
                begin,
                begin if since is None and dated else since,
                "" if account is None or account == "" else name(account, "account"),
                times["account_from"].of(joined),
                fields,
            )

        return read

    def finish(self, rows: list[LeadRow]) -> list[LeadRow]:
        """With what only the rows before can tell."""
        before = self._seen.before([_digest(row.lead, row.valid_from)[0] for row in rows])
        return [row._replace(again=n > 0) if n else row for row, n in zip(rows, before, strict=True)]


class Events:
    """Reads rows of events."""

    def __init__(self, now: int, id_column: str) -> None:
        self._id = id_column
        self._times = {c: Times(c, now) for c in ("at", "known_from")}
        self._seen = Occurrences()
        self.wanted = Columns((id_column, "at", "type"), (id_column, "event_id", "type", "properties"), self._times)

    def begin(self, columns: list[str]) -> Callable[[Raw], EventRow]:
        """How to read a row with these columns; it raises DataError."""
        cells = _cells(columns, self._id, "event_id", "type", "at", "known_from", "properties")
        times = self._times

        def read(raw: Raw) -> EventRow:
            lead, event_id, kind, at, known, properties = (cell(raw) for cell in cells)
            happened = times["at"].needed(at)
            return EventRow(
                raw.row,
                name(lead, self._id),
                "" if event_id is None or event_id == "" else name(event_id, "event_id"),
                name(kind, "type"),
                happened,
                max(happened, times["known_from"].of(known) or happened),
                properties_text(properties),
            )

        return read

    def finish(self, rows: list[EventRow]) -> list[EventRow]:
        """With an id for those that have none."""
        unnamed = {i: _digest(*row[1:]) for i, row in enumerate(rows) if not row.event_id}
        before = dict(zip(unnamed, self._seen.before([short for short, _ in unnamed.values()]), strict=True))
        return [
            row._replace(event_id=f"row-{unnamed[i][1]}-{before[i] + 1}") if i in unnamed else row
            for i, row in enumerate(rows)
        ]


class Outcomes:
    """Reads rows of outcomes; the stages are those of an agreement, and ``Lost``."""

    def __init__(self, now: int, id_column: str, agreement: Agreement) -> None:
        self._id, self._time = id_column, Times("at", now)
        self._stages = {stage.casefold(): stage for stage in (*(s.stage for s in agreement.stages), LOST)}
        texts = (id_column, "stage", "reason", "by")
        self.wanted = Columns((id_column, "at", "stage"), texts, ("at",))

    def begin(self, columns: list[str]) -> Callable[[Raw], OutcomeRow]:
        """How to read a row with these columns; it raises DataError."""
        cells = _cells(columns, self._id, "at", "stage", "reason", "by")

        def read(raw: Raw) -> OutcomeRow:
            lead, at, stage, reason, by = (cell(raw) for cell in cells)
            return OutcomeRow(
                raw.row,
                name(lead, self._id),
                self._time.needed(at),
                self._stage(name(stage, "stage")),
                words(reason, "reason"),
                words(by, "by"),
            )

        return read

    def finish(self, rows: list[OutcomeRow]) -> list[OutcomeRow]:
        """As they are."""
        return rows

    def _stage(self, told: str) -> str:
        found = self._stages.get(" ".join(told.split()).casefold())
        if found is None:
            stages = list(self._stages.values())
            what = "no stage of the agreement"
            raise DataError(what, where="stage", got=shown(told), allowed=", ".join(stages), do=nearest(told, stages))
        return found


Reading = Leads | Events | Outcomes


def sorted_out(raws: Sequence[Raw | Refused], read: Callable[[Raw], R], lead_at: int) -> tuple[list[R], list[Refused]]:
    """Rows as they are read, and those that cannot be; ``lead_at``: the place of the column that names the lead."""
    good: list[R] = []
    bad: list[Refused] = []
    for raw in raws:
        if isinstance(raw, Refused):
            bad.append(raw)
            continue
        try:
            good.append(read(raw))
        except DataError as error:
            bad.append(Refused.of(raw.row, error, _about(raw.cells[lead_at])))
    return good, bad


def _about(lead: Any) -> str:
    """The lead's name, if it is one."""
    try:
        return name(lead, "")
    except DataError:
        return ""


def _cells(columns: list[str], *names: str) -> list[Cell]:
    """How to find these cells in a row; None where there is no such column."""
    return [_cell(columns.index(n)) if n in columns else _nothing for n in names]


def _cell(i: int) -> Cell:
    return lambda raw: raw.cells[i]


def _nothing(_: Raw) -> None:
    return None


def _digest(*said: object) -> tuple[int, str]:
    """What a row says, as a short digest to count by and a long one to name it by."""
    digest = blake2b(repr(said).encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big"), digest.hex()
