"""The database goes away and comes back under a running service."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from asking import SOON, Asking, tracked
from killable import Killable
from pg import Postgres
from sqlalchemy import make_url

Serve = Callable[..., Killable]
Asks = Callable[[Killable], Asking]


def goes_on_scoring(ask: Asking) -> None:
    """What needs no database is answered as always; what serves is told all the same."""
    for answered in (ask.score(), ask.get("/healthz")):
        assert (answered.status, answered.seconds < SOON) == (200, True)
    assert ask.get("/v1/model").status == 200


def recovers(ask: Asking, kept: list[str]) -> None:
    """By itself: it takes what it refused, and has kept what it acknowledged, each once."""
    assert ask.patiently("POST", "/v1/track", tracked("L-1", "m-2")).status == 200
    assert sorted(ask.events_of("L-1")) == sorted([*kept, "m-2"])
    assert ask.get("/readyz").status == 200


def test_postgresql_stops_and_starts_again(serve: Serve, asks: Asks, harmed: Postgres) -> None:
    ask = asks(serve(store=harmed.new_database()))
    assert ask.track("L-1", "m-1").status == 200
    harmed.stop()
    try:
        refused = [ask.track("L-1", "m-2"), ask.get("/v1/leads/L-1"), ask.get("/readyz")]
        goes_on_scoring(ask)
    finally:
        harmed.start()
    assert [answered.not_now for answered in refused] == [True] * 3
    assert max(answered.seconds for answered in refused) < 2 * SOON
    recovers(ask, ["m-1"])


def test_one_process_of_postgresql_dies(serve: Serve, asks: Asks, harmed: Postgres) -> None:
    url = harmed.new_database()
    ask = asks(serve(store=url))
    assert ask.track("L-1", "m-1").status == 200
    harmed.kill_backend(harmed.backends(str(make_url(url).database))[0])
    goes_on_scoring(ask)
    recovers(ask, ["m-1"])


def test_postgresql_stands_still(serve: Serve, asks: Asks, harmed: Postgres) -> None:
    """Its connections stay open and nothing comes. Who asked it already waits; who comes later is told soon."""
    ask = asks(serve(store=harmed.new_database()))
    assert ask.track("L-1", "m-1").status == 200
    with ThreadPoolExecutor(24) as pool:
        harmed.freeze()
        try:
            asked = [pool.submit(ask.track, "L-1", f"waits-{n}") for n in range(24)]
            goes_on_scoring(ask)
            first = next(as_completed(asked)).result()
            late = ask.get("/v1/leads/L-1")
        finally:
            harmed.thaw()
        answers = [future.result() for future in asked]
    assert (first.not_now, late.not_now) == (True, True)
    assert {answered.status for answered in answers} == {200, 503}
    recovers(ask, ["m-1", *(f"waits-{n}" for n, answered in enumerate(answers) if answered.status == 200)])


def test_another_process_holds_sqlite_for_long(serve: Serve, asks: Asks, home: Path) -> None:
    ask = asks(serve())
    assert ask.track("L-1", "m-1").status == 200
    other = sqlite3.connect(home / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(ask.track, f"L-{n}", f"waits-{n}") for n in range(50)]
        goes_on_scoring(ask)
        reads = [ask.get("/v1/leads/L-1"), ask.get("/readyz")]
        answers = [future.result() for future in asked]
    other.execute("ROLLBACK")
    other.close()
    assert [answered.status for answered in reads] == [200, 200]
    assert [answered.not_now for answered in answers] == [True] * 50
    recovers(ask, ["m-1"])


def test_the_file_of_sqlite_is_taken_away_and_put_back(serve: Serve, asks: Asks, home: Path) -> None:
    ask = asks(serve())
    assert ask.track("L-1", "m-1").status == 200
    (home / "store.db").rename(home / "away.db")
    refused = [ask.track("L-1", "m-2"), ask.get("/v1/leads/L-1"), ask.get("/readyz")]
    goes_on_scoring(ask)
    (home / "away.db").rename(home / "store.db")
    assert [answered.not_now for answered in refused] == [True] * 3
    recovers(ask, ["m-1"])
