"""Rows of the tables, read with the reference's own functions: Arrow batches in, Arrow batches out.

A function of a text is evaluated once per distinct value of a batch, so that an engine and the reference cannot
disagree about spelling, classes, numbers, times or JSON.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.catalog import Feature
from features.derive import account_of
from features.engines.plan import Plan
from features.engines.sql import BITS
from features.errors import DataError, nearest
from features.fields import field_reader
from features.measures import UnreadableProperty, amount, millionths
from features.moments import iso, moment
from features.tables import Scalar, content_of
from features.texts import LARGEST, text, text_of_any

TIME = pa.int64()
AMOUNT = pa.decimal128(22, 0)  # of millionths, up to ``LARGEST``
HEADER = 2  # the first row of a table is on line 2 of its file
EMAIL = "email"


class LeadRows:
    """Reads leads: ``lead_id``, ``created``, ``account``, and ``f<i>`` for every profile feature of a plan.

    id_column: the column that names a lead; account: the column that names its account, else the domain of its
    ``email``; table: what errors call the table
    """

    def __init__(self, plan: Plan, id_column: str = "lead_id", account: str = "", table: str = "leads") -> None:
        self._id, self._account, self._table = id_column, account, table
        self._zones: dict[str, bool] = {}
        missing = frozenset(m for m in map(text, plan.missing) if m is not None)
        fields = [(i, plan.features[i]) for i in plan.fields]
        self._fields = [(f"f{i}", f, field_reader(f, missing)) for i, f in fields]
        self._account_of = text if account else _account_of_email
        self._with_accounts = plan.reads_accounts
        self.schema = pa.schema(
            [
                *(("lead_id", pa.string()), ("created", TIME), ("account", pa.string()), ("row", pa.int64())),
                *((name, pa.float64() if f.type == "number" else pa.string()) for name, f, _ in self._fields),
            ]
        )

    def __call__(self, batch: pa.RecordBatch, first_row: int = 0) -> pa.RecordBatch:
        """The batch as read; ``first_row``: how many rows stand before it.

        Raises DataError naming the table, the row and the column.
        """
        where = _Where(self._table, first_row, self._zones)
        ids = texts_of(batch, self._id, where)
        created = times_of(batch, "created_at", where) if "created_at" in batch.schema.names else _nulls(batch, TIME)
        columns = [ids, created, self._accounts(batch, ids), where.rows(len(batch))]
        for name, feature, read in self._fields:
            columns.append(self._field(batch, feature, read, self.schema.field(name).type, where))
        return pa.record_batch(columns, schema=self.schema)

    def _field(
        self,
        batch: pa.RecordBatch,
        feature: Feature,
        read: Callable[[Scalar], Any],
        type_: pa.DataType,
        where: "_Where",
    ) -> pa.Array:
        column = feature.source.field or ""
        if column not in batch.schema.names:
            return _nulls(batch, type_)
        try:
            return each_distinct(batch.column(column), read, type_)
        except _Unread as error:
            raise where.refuse(
                batch, column, error.value, f"'{column}' cannot be read as a {feature.type}", f"up to {LARGEST:g}"
            ) from None

    def _accounts(self, batch: pa.RecordBatch, ids: pa.Array) -> pa.Array:
        """The account of each lead; one without is an account of its own."""
        column = self._account or EMAIL
        alone = pc.binary_join_element_wise("lead", ids, ":")
        if not self._with_accounts or column not in batch.schema.names:
            return alone
        named = each_distinct(batch.column(column), self._account_of, pa.string())
        return pc.coalesce(pc.binary_join_element_wise("account", named, ":"), alone)


def _account_of_email(value: Scalar) -> str | None:
    plain = text(value)
    return None if plain is None else account_of(plain)


class EventRows:
    """Reads events: ``lead_id``, ``event_id``, ``t``, ``type`` and ``properties`` as JSON text.

    until: the moment after which no event can be
    """

    schema = pa.schema(
        [
            *(("lead_id", pa.string()), ("event_id", pa.string()), ("t", TIME)),
            *(("type", pa.string()), ("properties", pa.string()), ("row", pa.int64())),
        ]
    )

    def __init__(self, table: str = "events", until: int | None = None) -> None:
        self._table, self._until = table, until
        self._zones: dict[str, bool] = {}

    def __call__(self, batch: pa.RecordBatch, first_row: int = 0) -> pa.RecordBatch:
        """The batch as read; raises DataError naming the table, the row and the column."""
        where = _Where(self._table, first_row, self._zones)
        names = batch.schema.names
        return pa.record_batch(
            [
                texts_of(batch, "lead_id", where),
                as_text(batch.column("event_id")) if "event_id" in names else _nulls(batch, pa.string()),
                times_of(batch, "at", where, self._until),
                texts_of(batch, "type", where),
                _json(batch.column("properties")) if "properties" in names else _nulls(batch, pa.string()),
                where.rows(len(batch)),
            ],
            schema=self.schema,
        )


class StageRows:
    """Reads outcomes: ``lead_id``, ``t`` and ``stage`` in its normal form."""

    schema = pa.schema([("lead_id", pa.string()), ("t", TIME), ("stage", pa.string()), ("row", pa.int64())])

    def __init__(self, table: str = "outcomes") -> None:
        self._table = table
        self._zones: dict[str, bool] = {}

    def __call__(self, batch: pa.RecordBatch, first_row: int = 0) -> pa.RecordBatch:
        """The batch as read; raises DataError naming the table, the row and the column."""
        where = _Where(self._table, first_row, self._zones)
        stages = each_distinct(texts_of(batch, "stage", where), lambda v: text(v) or "", pa.string())
        columns = [texts_of(batch, "lead_id", where), times_of(batch, "at", where), stages, where.rows(len(batch))]
        return pa.record_batch(columns, schema=self.schema)


class EventKinds:
    """What each distinct (type, properties) says: a content to sort by, its selections as bits, properties as read."""

    def __init__(self, plan: Plan, table: str = "events") -> None:
        self._selections, self._reads, self._table = plan.selections, plan.reads, table
        self._of_read = [
            {plan.selections.number(f.source) for f in _readers(plan, read.property)} for read in plan.reads
        ]
        self._columns = (len(plan.selections) - 1) // BITS + 1
        forms = {"text": pa.string(), "word": pa.string(), "number": pa.float64(), "amount": AMOUNT}
        self.schema = pa.schema(
            [
                *((name, pa.string()) for name in ("type", "properties", "content")),
                *((f"h{j}", pa.int64()) for j in range(self._columns)),
                *((f"v{j}", forms[read.form]) for j, read in enumerate(plan.reads)),
            ]
        )

    def __call__(self, batch: pa.RecordBatch, _: int = 0) -> pa.RecordBatch:
        """The kinds of a batch with ``type``, ``properties`` and the first ``row`` where they stand.

        Raises DataError for properties that are no JSON object, or whose amount is no number.
        """
        cells = (batch.column(name).to_pylist() for name in ("type", "properties", "row"))
        rows = [self._row(*row) for row in zip(*cells, strict=True)]
        columns = [list(c) for c in zip(*rows, strict=True)] if rows else [[] for _ in self.schema.names[2:]]
        read = [pa.array(c, f.type) for c, f in zip(columns, list(self.schema)[2:], strict=True)]
        return pa.record_batch([batch.column("type"), batch.column("properties"), *read], schema=self.schema)

    def _row(self, kind: str, written: str, row: int) -> list[Any]:
        where = f"{self._table}, row {row}, column 'properties'"
        properties = properties_of(written, where)
        hits = self._selections.of(kind, properties)
        bits = [sum(1 << n % BITS for n in hits if n // BITS == j) for j in range(self._columns)]
        values = [
            self._read(read.form, read.property, properties, where) if of.intersection(hits) else None
            for read, of in zip(self._reads, self._of_read, strict=True)
        ]
        return [content_of(kind, properties), *bits, *values]

    def _read(self, form: str, name: str, properties: Mapping[str, Any], where: str) -> Any:
        value = properties.get(name)
        if form in ("text", "word"):
            return text_of_any(value)
        try:
            number = amount(name, value)
        except UnreadableProperty:
            what = f"the property '{name}' cannot be read as a number"
            allowed = f"a number up to {LARGEST:g}, or null when unknown"
            raise DataError(what, where=where, got=repr(value)[:60], allowed=allowed) from None
        return None if number is None else Decimal(millionths(number)) if form == "amount" else number


def _readers(plan: Plan, name: str) -> Iterable[Feature]:
    return (plan.features[i] for i in plan.measured if plan.features[i].source.property == name)


def properties_of(written: str | None, where: str) -> Mapping[str, Any]:
    """The properties of an event, from JSON text; none where it is empty. Raises DataError for anything else."""
    if not written:
        return {}
    try:
        decoded = json.loads(written)
    except ValueError:
        decoded = None
    if not isinstance(decoded, dict):
        raise DataError("an event's properties are no JSON object", where=where, got=repr(written)[:60])
    return decoded


class _Unread(ValueError):
    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


class _Where:
    """Where a batch stands in its table, for errors; ``zones``: whether the times seen so far name their zone."""

    def __init__(self, table: str, first_row: int, zones: dict[str, bool] | None = None) -> None:
        self.table, self.first_row = table, first_row
        self.zones = {} if zones is None else zones

    def rows(self, n: int) -> pa.Array:
        """The rows of a batch of ``n``, as a person counts them in the file."""
        return pa.array(range(self.first_row + HEADER, self.first_row + HEADER + n), pa.int64())

    def row(self, column: str, at: int) -> str:
        return f"{self.table}, row {self.first_row + at + HEADER}, column '{column}'"

    def refuse(self, batch: pa.RecordBatch, column: str, value: Any, what: str, allowed: str) -> DataError:
        at = next((i for i, v in enumerate(batch.column(column).to_pylist()) if v == value), 0)
        return DataError(what, where=self.row(column, at), got=repr(value)[:60], allowed=allowed)


def each_distinct(values: pa.Array, read: Callable[[Scalar], Any], type_: pa.DataType) -> pa.Array:
    """``read`` of every value, evaluated once per distinct one."""
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), type_)
    if not pa.types.is_dictionary(values.type):
        values = pc.dictionary_encode(values)
    return pa.array([_evaluated(read, v) for v in values.dictionary.to_pylist()], type_).take(values.indices)


def _evaluated(read: Callable[[Scalar], Any], value: Any) -> Any:
    plain = value if value is None or isinstance(value, str | int | float | bool) else str(value)
    try:
        return read(plain)
    except (TypeError, ValueError, OverflowError):
        raise _Unread(value) from None


def texts_of(batch: pa.RecordBatch, column: str, where: _Where) -> pa.Array:
    """A column of names that no row may lack, as texts."""
    if column not in batch.schema.names:
        raise DataError(
            f"the column '{column}' is not in the table", where=where.table, do=nearest(column, batch.schema.names)
        )
    values = as_text(batch.column(column))
    if values.null_count:
        at = pc.index(pc.is_null(values), True).as_py()
        raise DataError(f"a row has no '{column}'", where=where.row(column, at), do="fill it, or leave such rows out")
    return values


def as_text(values: pa.Array) -> pa.Array:
    """A column as texts; numbers as they are written."""
    return values if pa.types.is_string(values.type) else pc.cast(values, pa.string())


def _nulls(batch: pa.RecordBatch, type_: pa.DataType) -> pa.Array:
    return pa.nulls(len(batch), type_)


def _json(values: pa.Array) -> pa.Array:
    """Properties as JSON text, whether they came as text, as structures or as maps."""
    if pa.types.is_null(values.type) or pa.types.is_string(values.type):
        return pc.cast(values, pa.string())
    if pa.types.is_large_string(values.type) or pa.types.is_dictionary(values.type):
        return pc.cast(values, pa.string())
    written = [None if v is None else json.dumps(dict(v), default=str) for v in values.to_pylist()]
    return pa.array(written, pa.string())


def times_of(batch: pa.RecordBatch, column: str, where: _Where, until: int | None = None) -> pa.Array:
    """A column of times as microseconds since 1970, UTC; every row needs one.

    Raises DataError naming the first row that has none, whose text is none, or whose time is later than ``until``;
    and where some times name their zone and others do not.
    """
    if column not in batch.schema.names:
        raise DataError(
            f"the column '{column}' is not in the table", where=where.table, do=nearest(column, batch.schema.names)
        )
    values = batch.column(column)
    if values.null_count:
        at = pc.index(pc.is_null(values), True).as_py()
        raise DataError(f"a row has no '{column}'", where=where.row(column, at), do="fill it, or leave such rows out")
    times = _microseconds(values, column, where)
    latest = pc.max(times).as_py() if len(times) else None
    if until is not None and latest is not None and latest > until:
        at = pc.index(pc.greater(times, until), True).as_py()
        raise DataError(
            "a moment that has not come yet",
            where=where.row(column, at),
            got=iso(times[at].as_py()),
            allowed=f"up to the present, {iso(until)}",
            do="mend the date, or leave out what is only planned",
        )
    return times


def _microseconds(values: pa.Array, column: str, where: _Where) -> pa.Array:
    if pa.types.is_timestamp(values.type):
        return pc.cast(pc.cast(values, pa.timestamp("us", values.type.tz), safe=False), TIME)
    if pa.types.is_date(values.type):
        return pc.cast(pc.cast(values, pa.timestamp("us")), TIME)
    plain = as_text(values)
    for zoned, kind in ((True, pa.timestamp("us", "UTC")), (False, pa.timestamp("us"))):
        try:
            times = pc.cast(pc.cast(plain, kind), TIME)
        except pa.ArrowInvalid:
            continue
        if len(times):
            _same_zones(zoned, column, 0, plain[0].as_py(), where)
        return times
    return pa.array(_one_by_one(plain.to_pylist(), column, where), TIME)


def _one_by_one(written: list[str], column: str, where: _Where) -> list[int]:
    """Times that Arrow does not read all alike; refuses those that are none."""
    moments = []
    for at, value in enumerate(written):
        try:
            moments.append(moment(value))
        except DataError as error:
            raise DataError(error.what, where=where.row(column, at), got=error.got, allowed=error.allowed) from None
        _same_zones(datetime.fromisoformat(value).tzinfo is not None, column, at, value, where)
    return moments


def _same_zones(zoned: bool, column: str, at: int, value: str, where: _Where) -> None:
    """Refuse a mixture of times with and without their zone: nobody can know what the latter mean."""
    if where.zones.setdefault(column, zoned) != zoned:
        raise DataError(
            "some times name their zone and others do not",
            where=where.row(column, at),
            got=f"{value!r}, {'with' if zoned else 'without'} a zone, unlike those before it",
            do="write all with an offset or Z, or all without (which means UTC)",
        )
