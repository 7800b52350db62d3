"""Events a second that are stored and scored over HTTP, beside single rows that the database itself stores a second.

Each event is of a lead that is known, asks for the score (``?score=true``), and is on disk when it is answered. Beside
it: one row into the same table of the same database by the database's own driver, committed, in a loop. In turn, as the
machine may be busy with other things. SQLite as the store sets it: WAL, ``synchronous=FULL``, one writer at a time.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import orjson
import psycopg
from databases import databases
from figures import Figure
from load import Rate, Target, answer, rate
from madeup_model import madeup_lead, madeup_model
from servers import Server, leadscore

from features.moments import iso, now
from serving.store.database import Store

LEADS, BATCH, TURNS, EVENTS, ROWS, BATCHES = 1_000, 100, 5, 200, 200, 3
CONNECTIONS = (1, 8)
COLUMNS = ("message_id", "lead_id", "type", "at", "received_at", "known_from", "properties")
Insert = Callable[[Any, tuple[Any, ...]], None]


class Turn(NamedTuple):
    """One turn: each way of storing by its name, and the rate of its events."""

    rows: dict[int, float]
    events: dict[int, Rate]
    batch: Rate


def run() -> list[Figure]:
    """Measure both databases."""
    card, figures = madeup_model().card, []
    with databases() as stores:
        for name, store in stores.items():
            with TemporaryDirectory() as home, leadscore(Path(home), card, "--store", _address(store)) as server:
                figures += _figures(name, _turns(server, store))
    return figures


def _turns(server: Server, store: Store) -> list[Turn]:
    numbers = count()
    people = [_person(i) for i in range(LEADS)]
    for start in range(0, LEADS, BATCH):
        answer(Target(server, "/v1/batch"), _json({"batch": people[start : start + BATCH]}))
    return [_turn(server, store, numbers) for _ in range(TURNS + 1)][1:]


def _turn(server: Server, store: Store, numbers: Iterator[int]) -> Turn:
    track, batch = Target(server, "/v1/track?score=true"), Target(server, "/v1/batch?score=true")
    batches = [_json({"batch": [_event(numbers) | {"type": "track"} for _ in range(BATCH)]}) for _ in range(BATCHES)]
    return Turn(
        {n: _rows_a_second(store, numbers, n) for n in ((1,) if store.is_sqlite else CONNECTIONS)},
        {n: rate(track, [_json(_event(numbers)) for _ in range(EVENTS)], n) for n in CONNECTIONS},
        rate(batch, batches, 1),
    )


def _figures(name: str, turns: list[Turn]) -> list[Figure]:
    rows = {n: median(t.rows[n] for t in turns) for n in turns[0].rows}
    events = {n: median(t.events[n].per_second for t in turns) for n in CONNECTIONS}
    best = max(rows, key=rows.__getitem__)
    over_rows = {n: median(t.events[n].per_second / t.rows[best] for t in turns) for n in CONNECTIONS}
    batch = median(t.batch.per_second for t in turns) * BATCH
    ours = f"ingest: {name}, /v1/track with score"
    return [
        *(Figure(f"ingest: {name}, plain rows, {_by(n)}", r, "rows/s") for n, r in rows.items()),
        *(Figure(f"{ours}, {_by(n)}", e, "events/s") for n, e in events.items()),
        *(Figure(f"{ours}, over plain rows, {_by(n)}", r, "ratio") for n, r in over_rows.items()),
        Figure(f"{ours}, processor time", median(t.events[1].processor for t in turns), "microseconds"),
        Figure(f"ingest: {name}, /v1/batch of {BATCH} with scores", batch, "events/s"),
        Figure(f"ingest: {name}, batch over plain rows", batch / rows[best], "ratio"),
    ]


def _by(connections: int) -> str:
    return f"{connections} connection{'s' if connections > 1 else ''}"


def _lead(i: int) -> str:
    return f"L-{i % LEADS:05d}"


def _person(i: int) -> dict[str, Any]:
    traits = {**madeup_lead().profile, "email": f"{i}@acme-{i}.example"}
    return {"type": "identify", "userId": _lead(i), "messageId": f"p-{i}", "traits": traits}


def _event(numbers: Iterator[int]) -> dict[str, Any]:
    i = next(numbers)
    sent = {"userId": _lead(i), "messageId": f"m-{i}", "event": "webinar_attended", "timestamp": iso(now())}
    return sent | {"properties": {"title": "Prices"}}


def _json(message: object) -> bytes:
    return json.dumps(message).encode()


# The database alone


def _rows_a_second(store: Store, numbers: Iterator[int], connections: int) -> float:
    """Rows that so many connections insert and commit, each one after the other."""
    insert = _into_sqlite if store.is_sqlite else _into_postgresql
    shares = [[_row(numbers) for _ in range(ROWS // connections)] for _ in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        opened = [_connected(store) for _ in range(connections)]
        began = perf_counter()
        list(pool.map(lambda work: _all(insert, *work), zip(opened, shares, strict=True)))
        seconds = perf_counter() - began
    for connection in opened:
        connection.close()
    return ROWS / seconds


def _all(insert: Insert, connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        insert(connection, row)


def _row(numbers: Iterator[int]) -> tuple[Any, ...]:
    i, at = next(numbers), now()
    return f"m-{i}", _lead(i), "other", at, at, at, orjson.dumps({"title": "Prices"}).decode()


def _address(store: Store) -> str:
    url = store.engine.url
    if store.is_sqlite:
        return f"sqlite:///{(url.database or '').removeprefix('file:')}"
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _connected(store: Store) -> Any:
    address = _address(store)
    if not store.is_sqlite:
        return psycopg.connect(address, autocommit=True)
    file = address.removeprefix("sqlite:///")
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _into_sqlite(connection: Any, row: tuple[Any, ...]) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    connection.execute(f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({marks})", row)


def _into_postgresql(connection: Any, row: tuple[Any, ...]) -> None:
    marks = ", ".join(["%s"] * len(COLUMNS))
    connection.execute(f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({marks})", row)
