"""Small pieces of SQL that both databases spell their own way."""

from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless its key is there already; whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fresh = insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(fresh).first() is not None


def put(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert a row, or make the one with its key like it."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in row.items() if name not in keys}
    statement = insert(table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest))


def lock_name(connection: Connection, *names: str) -> None:
    """Hold names that nobody else holds until the transaction ends, one after the other as they are given.

    In SQLite one writes at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        each = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(:names ::text[]) AS name")
        connection.execute(each, {"names": list(names)})
