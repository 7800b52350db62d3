"""Everything that is held of somebody, as one JSON document, written as it is read."""

from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, select

from features.moments import iso
from serving.leads.replay import as_it_was
from serving.people import held
from serving.people.finding import Person
from serving.people.mentions import acts_on, refused_rows
from serving.store.database import Store
from serving.store.schema import leads, scores, webhook_deliveries, webhook_endpoints, webhook_messages

IN_MEMORY = 8_000_000  # bytes; larger documents wait on disk
AT_ONCE = 1_000  # rows


def exported(store: Store, find: Callable[[Connection], list[Person]], now: int) -> BinaryIO:
    """The document, from one state of the store, to be read from its beginning and closed.

    Raises what ``find`` raises, and StoreUnavailable.
    """

    def work(connection: Connection) -> BinaryIO:
        # Not sent while it is read: a slow receiver would hold up the database.
        file = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - the caller closes it
        try:
            for part in _document(connection, find(connection), now):
                file.write(part)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    return store.read(work)


def _document(connection: Connection, people: Iterable[Person], now: int) -> Iterator[bytes]:
    yield b'{"made_at":' + orjson.dumps(iso(now)) + b',"people":['
    for i, person in enumerate(people):
        yield b"," if i else b""
        yield b'{"lead_id":' + orjson.dumps(person.lead_id or "") + b',"ids":' + orjson.dumps(person.ids)
        for name, rows in _sections(connection, person):
            yield b"," + orjson.dumps(name) + b":["
            yield from _listed(rows)
            yield b"]"
        yield b"}"
    yield b"]}"


def _listed(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for i, row in enumerate(rows):
        yield (b"," if i else b"") + orjson.dumps(row)


def _sections(connection: Connection, person: Person) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    """Each table with its rows, from who the person is to what was done to it."""
    for table in reversed(held.TABLES):
        rows = _rows(connection, table, person)
        if table is scores:
            rows = (_with_facts(connection, row) for row in rows)
        if table is webhook_messages:
            rows = (row | {"sent_to": _receivers(connection, row["message_id"])} for row in rows)
        yield ("profile" if table is leads else str(table.name)), rows
    yield "acts", (act | {"at": iso(act["at"])} for act in acts_on(connection, person))
    yield "refused_rows", (row | {"at": iso(row["at"])} for row in refused_rows(connection, person))


def _rows(connection: Connection, table: Any, person: Person) -> Iterator[dict[str, Any]]:
    asked = select(table).where(held.held_of(table, person)).order_by(*table.primary_key)
    for row in connection.execute(asked, execution_options={"yield_per": AT_ONCE}):
        yield held.told(table, row)


def _with_facts(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """A score whose terms say which facts they are of."""
    facts = as_it_was(connection, row["checksum"], row["program"]).card.features
    names = ("value", "agreed", "learned", "points")
    terms = [
        {"fact": fact.name, "label": fact.label, **dict(zip(names, term, strict=True))}
        for fact, term in zip(facts, row["terms"], strict=True)
    ]
    return row | {"terms": terms}


def _receivers(connection: Connection, message_id: str) -> list[dict[str, Any]]:
    """Where a message was sent, and what became of it; an address may hold secrets, its host does not."""
    d, e = webhook_deliveries.c, webhook_endpoints.c
    sent = select(e.url, e.description, d.state, d.last_at).join_from(webhook_deliveries, webhook_endpoints)
    return [
        {
            "host": urlsplit(row.url).hostname or "",
            "description": row.description,
            "state": row.state,
            "last_at": "" if row.last_at is None else iso(row.last_at),
        }
        for row in connection.execute(sent.where(d.message_id == message_id).order_by(d.delivery_id))
    ]
