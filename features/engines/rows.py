"""Rows of the tables, read with the reference's own functions: Arrow batches in, Arrow batches out.

A function of a text is evaluated once per distinct value of a batch, so that an engine and the reference cannot
disagree about spelling, classes, numbers, times or JSON.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.catalog import Feature
from features.derive import account_of
from features.engines.cells import Unread, as_text, each_distinct, nulls, refused, texts_of
from features.engines.places import Place, Stretch
from features.engines.plan import Plan
from features.engines.times import TIME, Times
from features.engines.unread import or_unknown
from features.fields import field_reader
from features.snapshots import NEVER
from features.tables import Scalar
from features.texts import LARGEST, text

Rows = Callable[[pa.RecordBatch, int], pa.RecordBatch]

EMAIL = "email"
ACCOUNT_FROM, KNOWN_FROM, VALID_FROM = "account_from", "known_from", "valid_from"


def _empty(*columns: str) -> pa.Table:
    """A table that is not there."""
    return pa.table({column: pa.array([], pa.string()) for column in columns})


class LeadRows:
    """Reads leads: ``lead_id``, ``created``, ``account``, ``joined`` (since when it is of the account, where that is
    said), ``valid_from`` (of a version of its profile), ``row``, and ``f<i>`` for every profile feature of a plan.

    A lead may be without ``created_at``.

    id_column: the column that names a lead; account: the column that names its account, else the domain of its
    ``email``; table: what errors call the table; dated, lenient: as in ``Tables``
    """

    def __init__(
        self, plan: Plan, id_column: str, account: str, table: Place, *, dated: bool = True, lenient: bool = False
    ) -> None:
        self._id, self._account, self._table = id_column, account or EMAIL, table
        self._created = Times("created_at", required=False)
        self._joined = Times(ACCOUNT_FROM, required=False) if dated else None
        self._valid = Times(VALID_FROM) if dated else None
        missing = frozenset(m for m in map(text, plan.missing) if m is not None)
        fields = [(i, plan.features[i]) for i in plan.fields]
        readers = [(f"f{i}", f, field_reader(f, missing)) for i, f in fields]
        self._fields = [(n, f, or_unknown(f"'{f.source.field}'", r) if lenient else r) for n, f, r in readers]
        self._account_of = text if account else _account_of_email
        self._with_accounts = plan.reads_accounts
        self.schema = pa.schema(
            [
                *(("lead_id", pa.string()), ("created", TIME), ("account", pa.string()), ("joined", TIME)),
                *(("valid_from", TIME), ("row", pa.int64())),
                *((name, pa.float64() if f.type == "number" else pa.string()) for name, f, _ in self._fields),
            ]
        )

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The batch as read; ``before``: how many rows stand before it.

        Raises DataError naming the table, the row and the column.
        """
        at = Stretch(self._table, before)
        ids = texts_of(batch, self._id, at)
        created, joined, valid = (
            times.of(batch, at) if times is not None and times.column in batch.schema.names else nulls(batch, TIME)
            for times in (self._created, self._joined, self._valid)
        )
        columns = [ids, created, self._accounts(batch, ids), joined, valid, at.rows(len(batch))]
        for name, feature, read in self._fields:
            columns.append(_field(batch, feature, read, self.schema.field(name).type, at))
        return pa.record_batch(columns, schema=self.schema)

    def _accounts(self, batch: pa.RecordBatch, ids: pa.Array) -> pa.Array:
        """The account of each lead; one without is an account of its own."""
        alone = pc.binary_join_element_wise("lead", ids, ":")
        if not self._with_accounts or self._account not in batch.schema.names:
            return alone
        named = each_distinct(batch.column(self._account), self._account_of, pa.string())
        return pc.coalesce(pc.binary_join_element_wise("account", named, ":"), alone)


def _account_of_email(value: Scalar) -> str | None:
    plain = text(value)
    return None if plain is None else account_of(plain)


def _field(
    batch: pa.RecordBatch, feature: Feature, read: Callable[[Scalar], Any], type_: pa.DataType, at: Stretch
) -> pa.Array:
    """A profile feature of a batch; all unknown where its column is not there."""
    column = feature.source.field or ""
    if column not in batch.schema.names:
        return nulls(batch, type_)
    try:
        return each_distinct(batch.column(column), read, type_)
    except Unread as error:
        what = f"'{column}' cannot be read as a {feature.type}"
        raise refused(batch, column, at, error.value, what, f"up to {LARGEST:g}") from None


class EventRows:
    """Reads events: ``lead_id``, ``event_id``, ``t``, ``type``, ``properties`` as JSON text, ``row``, and ``known``:
    from when on it counts, where that is after ``t``.

    until: the moment after which no event can be
    """

    schema = pa.schema(
        [
            *(("lead_id", pa.string()), ("event_id", pa.string()), ("t", TIME)),
            *(("type", pa.string()), ("properties", pa.string()), ("row", pa.int64()), ("known", TIME)),
        ]
    )

    nothing = _empty("lead_id", "at", "type")

    def __init__(self, table: Place, until: int | None = None) -> None:
        self._table, self._times = table, Times("at", until)
        self._known = _Known()

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The batch as read; raises DataError naming the table, the row and the column."""
        at = Stretch(self._table, before)
        event_ids, properties = (
            as_text(batch.column(c)) if c in batch.schema.names else nulls(batch, pa.string())
            for c in ("event_id", "properties")
        )
        times = self._times.of(batch, at)
        columns = [texts_of(batch, "lead_id", at), event_ids, times, texts_of(batch, "type", at), properties]
        return pa.record_batch([*columns, at.rows(len(batch)), self._known.after(times, batch, at)], schema=self.schema)


class StageRows:
    """Reads outcomes: ``lead_id``, ``t``, ``stage`` in its normal form, ``row``, and ``known`` as ``EventRows``."""

    schema = pa.schema(
        [("lead_id", pa.string()), ("t", TIME), ("stage", pa.string()), ("row", pa.int64()), ("known", TIME)]
    )

    nothing = _empty("lead_id", "at", "stage")

    def __init__(self, table: Place) -> None:
        self._table, self._times, self._known = table, Times("at"), _Known()

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The batch as read; raises DataError naming the table, the row and the column."""
        at = Stretch(self._table, before)
        stages = each_distinct(texts_of(batch, "stage", at), lambda v: text(v) or "", pa.string())
        times = self._times.of(batch, at)
        columns = [texts_of(batch, "lead_id", at), times, stages, at.rows(len(batch))]
        return pa.record_batch([*columns, self._known.after(times, batch, at)], schema=self.schema)


class _Known:
    """When rows came to be known, where that is after they happened."""

    def __init__(self) -> None:
        self._times = Times(KNOWN_FROM, required=False)

    def after(self, times: pa.Array, batch: pa.RecordBatch, at: Stretch) -> pa.Array:
        """The moments for a batch whose rows happened at ``times``; null where they were known by then."""
        if KNOWN_FROM not in batch.schema.names:
            return nulls(batch, TIME)
        known = self._times.of(batch, at)
        return pc.if_else(pc.greater(known, times), known, None)


class AccountRows:
    """Reads when leads were of which account: ``lead_id``, ``account``, ``since``, ``until``, ``row``.

    Without ``since`` it always was, without ``until`` it still is.
    """

    schema = pa.schema(
        [
            *(("lead_id", pa.string()), ("account", pa.string())),
            *(("since", TIME), ("until", TIME), ("row", pa.int64())),
        ]
    )

    def __init__(self, table: Place) -> None:
        self._table = table
        self._times = [(Times(c, required=False), default) for c, default in (("since", -NEVER), ("until", NEVER))]

    def __call__(self, batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
        """The batch as read; raises DataError naming the table, the row and the column."""
        at = Stretch(self._table, before)
        columns = [texts_of(batch, "lead_id", at), texts_of(batch, "account", at)]
        for times, default in self._times:
            known = times.of(batch, at) if times.column in batch.schema.names else nulls(batch, TIME)
            columns.append(pc.fill_null(known, default))
        return pa.record_batch([*columns, at.rows(len(batch))], schema=self.schema)
