"""Many rows at once, as each database takes them fastest."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Table, cast, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

_COUNTED = {"preserve_rowcount": True}  # SQLAlchemy keeps it of no insert otherwise


def among(connection: Connection, column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a column of texts is one of ``values``, however many; they are sent as one parameter."""
    if connection.dialect.name == "postgresql":
        return column == func.any(_array(column, values))
    texts = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
    return column.in_(select(texts.c.value))


def insert_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows that all have the same columns, but for those whose key is there already; how many were inserted."""
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        return connection.execute(_from_arrays(table, rows), execution_options=_COUNTED).rowcount
    fresh = sqlite.insert(table).on_conflict_do_nothing()
    return connection.execute(fresh, list(rows), execution_options=_COUNTED).rowcount


def _from_arrays(table: Table, rows: Sequence[dict[str, Any]]) -> Any:
    """One statement with an array for each column: psycopg would send many statements."""
    names = list(rows[0])
    arrays = [func.unnest(_array(table.c[name], [row[name] for row in rows])) for name in names]
    return postgresql.insert(table).from_select(names, select(*arrays)).on_conflict_do_nothing()


def _array(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    return cast(literal(list(values), ARRAY(column.type)), ARRAY(column.type))
