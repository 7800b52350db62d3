"""Small pieces of SQL that both databases spell their own way.

Statements are made once and kept: to make one takes longer than either database takes to execute it.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, text
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless its key is there already; whether it was inserted."""
    return connection.execute(_insert_new(connection.dialect.name, table), row).first() is not None


def put(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert a row, or make the one with its key like it."""
    connection.execute(_put(connection.dialect.name, table, tuple(row)), row)


@lru_cache
def _insert_new(dialect: str, table: Table) -> Executable:
    return _insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)


@lru_cache
def _put(dialect: str, table: Table, names: tuple[str, ...]) -> Executable:
    statement, keys = _insert(dialect, table), [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def lock_name(connection: Connection, *names: str) -> None:
    """Hold names that nobody else holds until the transaction ends, one after the other as they are given.

    In SQLite one writes at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        each = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(:names ::text[]) AS name")
        connection.execute(each, {"names": list(names)})
