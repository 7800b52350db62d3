"""What the store says of people: wherever a text stands, and the copy of everything that they are given."""

from typing import Any

import orjson
from desk import Desk

from serving.people.export import exported
from serving.people.finding import people
from serving.store.schema import metadata


def traces(desk: Desk, *wanted: str) -> list[tuple[str, str, str]]:
    """Every table and column that still holds one of these texts."""
    found = []
    for table in metadata.tables.values():
        for row in desk.rows(table):
            said = ((name, str(value).lower()) for name, value in row.items())
            found += [(table.name, name, w) for name, value in said for w in wanted if w.lower() in value]
    return found


def document(desk: Desk, **asked: Any) -> dict[str, Any]:
    """The export of whoever is asked for."""
    with exported(desk.store, lambda c: people(c, **asked), desk.now) as file:
        told: dict[str, Any] = orjson.loads(file.read())
    return told
