"""What events say: each distinct type with its properties is read once."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa

from features.engines.cells import MANY
from features.engines.places import Place
from features.engines.plan import Plan
from features.engines.sql_known import BITS
from features.engines.unread import or_unknown
from features.errors import DataError
from features.measures import UnreadableProperty, amount, millionths
from features.tables import content_of
from features.texts import LARGEST, text_of_any

AMOUNT = pa.decimal128(22, 0)  # of millionths, up to ``LARGEST``
_FORMS = {"text": pa.string(), "word": pa.string(), "number": pa.float64(), "amount": AMOUNT}


class EventKinds:
    """What each distinct (type, properties) says: a content to sort by, its selections as bits, properties as read.

    lenient: as in ``Tables``
    """

    def __init__(self, plan: Plan, table: Place, *, lenient: bool = False) -> None:
        self._selections, self._reads, self._table = plan.selections, plan.reads, table
        self._amounts = {r.property: _amount_of(r.property, lenient) for r in plan.reads}
        self._of_read = [_selections_reading(plan, read.property) for read in plan.reads]
        self._columns = (len(plan.selections) - 1) // BITS + 1
        self.schema = pa.schema(
            [
                *((name, pa.string()) for name in ("type", "properties", "content")),
                *((f"h{j}", pa.int64()) for j in range(self._columns)),
                *((f"v{j}", _FORMS[read.form]) for j, read in enumerate(plan.reads)),
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
        properties = properties_of(written, self._table, row)
        hits = self._selections.of(kind, properties)
        bits = [sum(1 << n % BITS for n in hits if n // BITS == j) for j in range(self._columns)]
        values = [
            self._read(read.form, read.property, properties, row) if of.intersection(hits) else None
            for read, of in zip(self._reads, self._of_read, strict=True)
        ]
        return [content_of(kind, properties), *bits, *values]

    def _read(self, form: str, name: str, properties: Mapping[str, Any], row: int) -> Any:
        value = properties.get(name)
        if form in ("text", "word"):
            return text_of_any(value)
        try:
            number = self._amounts[name](value)
        except UnreadableProperty:
            what, where = f"the property '{name}' cannot be read as a number", self._table.row(row, "properties")
            allowed = f"a number up to {LARGEST:g}, or null when unknown"
            raise DataError(what, where=where, got=repr(value)[:MANY], allowed=allowed) from None
        return None if number is None else Decimal(millionths(number)) if form == "amount" else number


def _amount_of(name: str, lenient: bool) -> Callable[[Any], float | None]:
    read = partial(amount, name)
    return or_unknown(f"the property '{name}'", read) if lenient else read


def properties_of(written: str | None, table: Place, row: int) -> Mapping[str, Any]:
    """The properties of an event, from JSON text; none where it is empty. Raises DataError naming the row."""
    if not written:
        return {}
    try:
        decoded = json.loads(written)
    except (ValueError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        what, where = "an event's properties are no JSON object", table.row(row, "properties")
        raise DataError(what, where=where, got=repr(written)[:MANY], allowed='such as {"path": "/pricing"}')
    return decoded


def _selections_reading(plan: Plan, name: str) -> set[int]:
    """The selections of the features that read a property."""
    features = (plan.features[i] for i in plan.measured)
    return {plan.selections.number(f.source) for f in features if f.source.property == name}
