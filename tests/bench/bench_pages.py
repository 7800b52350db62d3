"""Pages beside the same data as JSON, at 100,000 leads: requests a second, p99, and how long one page takes.

The dashboard is counted over 1,000,000 changes of stage. Each figure of a page is taken in turn with that of its JSON.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import httpx2
import load
import orjson
from bench_list import fill
from databases import databases
from figures import Figure, at_most
from madeup_model import madeup_model
from servers import Server, leadscore
from sqlalchemy import Connection, func, insert, literal, select, update

from features.moments import DAY, now
from serving.desk.figures import figures
from serving.desk.fitting import spread
from serving.desk.periods import Period
from serving.programs.opening import open_programs
from serving.programs.service import InService
from serving.settings import Settings
from serving.store.database import Store
from serving.store.many import insert_many
from serving.store.place import open_store
from serving.store.schema import leads, scores, stage_changes, standings
from training.scorecard import save

LEADS, CHANGES, BATCH = 100_000, 1_000_000, 20_000
ROUNDS, REQUESTS, CONNECTIONS, SECONDS = 5, 100, 4, 5.0
GOAL, COUNTED = 200.0, 1000.0  # milliseconds for the list, and for figures that are then kept for a minute
YEARS = 2 * 365 * DAY
PAIRS = {"list": ("/", "/v1/leads?limit=50"), "card": ("/crm/leads/kim", "/v1/leads/kim")}
LISTS = ("/", "/?stage=SAL&assigned=rep-17", "/?disagreement=any")
PAGES = dict.fromkeys(LISTS, GOAL) | dict.fromkeys(("/dashboard", "/plan", "/quadrant"), COUNTED)


class Get(NamedTuple):
    """A target of ``load`` that is asked for, with or without a key."""

    server: Server
    path: str
    accept: str

    def request(self, body: bytes) -> bytes:
        """A GET, as it goes over the wire."""
        lines = [f"GET {self.path} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {self.accept}"]
        lines += [f"Authorization: Bearer {self.server.key}"] if self.accept == "application/json" else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def run() -> list[Figure]:
    """Fill a store for a server and ask it; then count a million changes in both databases."""
    return [*_served(), *_counted()]


def _served() -> list[Figure]:
    card = madeup_model().card
    with TemporaryDirectory(prefix="bench") as folder:
        home = Path(folder)
        save(card, home / "card.json")
        store = open_store(home)
        fill(store, LEADS)
        service = open_programs(Settings(home=home), store, home / "card.json").leads
        store.write(lambda c: _explained(c, service))
        _apart(store)
        store.close()
        with leadscore(home, card) as server:
            _kim(server)
            return [*_compared(server), *_one_each(server)]


def _explained(connection: Connection, service: InService) -> None:
    """Every lead with a name and with the terms of its score, as the list reads them."""
    profile = {"first_name": "Kim", "last_name": "Berg", "job_title": "Head of IT", "company": "Acme"}
    connection.execute(update(leads).values(profile=orjson.dumps(profile).decode()))
    terms = orjson.dumps([[float(i), 1.0, 2.0, i / 7] for i, _ in enumerate(service.card.features)]).decode()
    s, said = standings.c, (terms, service.checksum)
    given = {c.name: literal("") for c in scores.c if c.name in ("cause", "stage_was", "stage")}
    given |= {"interval_low": s.score, "interval_high": s.score, "probability": literal(0.1), "as_of": s.scored_at}
    given |= {"terms": literal(said[0]), "checksum": literal(said[1])}
    same = {name: s[name] for name in ("lead_id", "program", "score", "agreed_score", "grade")}
    columns = given | same
    connection.execute(insert(scores).from_select(list(columns), select(*columns.values())))
    mine = select(func.max(scores.c.score_id)).where(scores.c.lead_id == s.lead_id).scalar_subquery()
    connection.execute(update(standings).values(score_id=mine, checksum=service.checksum))


def _apart(store: Store) -> None:
    """Points of fit and of interest for every lead, some leads at a time."""
    s = standings.c
    points = {"fit_points": s.score * 0.6 + s.disagreement, "interest_points": s.score * 0.4 - s.disagreement}
    for start in range(0, LEADS, BATCH):
        mine = s.lead_id.between(f"L-{start:07d}", f"L-{start + BATCH - 1:07d}")
        store.write(lambda c, mine=mine: c.execute(update(standings).where(mine).values(points)))


def _kim(server: Server) -> None:
    """A lead with ten events, for the card."""
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{server.port}", headers={"Authorization": f"Bearer {server.key}"}
    ) as client:
        traits = {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": 320}
        client.post("/v1/identify", json={"userId": "kim", "traits": traits}).raise_for_status()
        for i in range(10):
            event = {"userId": "kim", "event": "page_view", "properties": {"path": "/pricing"}, "messageId": f"m{i}"}
            client.post("/v1/track", json=event).raise_for_status()


def _compared(server: Server) -> Iterator[Figure]:
    for name, (page, data) in PAIRS.items():
        html, json = Get(server, page, "text/html"), Get(server, data, "application/json")
        rates: dict[Get, list[float]] = {html: [], json: []}
        for _ in range(ROUNDS):
            for target, found in rates.items():
                found.append(load.rate(target, [b""] * REQUESTS, CONNECTIONS).per_second)  # type: ignore[arg-type]
        per_second = {target: median(found) for target, found in rates.items()}
        yield Figure(f"pages: {name}, page", per_second[html], "requests/s")
        yield Figure(f"pages: {name}, the same as JSON", per_second[json], "requests/s")
        yield Figure(f"pages: {name}, page beside JSON", per_second[html] / per_second[json], "times")
        for kind, target in (("page", html), ("JSON", json)):
            taken = load.latencies(target, b"", per_second[target] / 3, SECONDS, CONNECTIONS)  # type: ignore[arg-type]
            yield Figure(f"pages: {name}, p99 of {kind} at a third of its rate", 1e3 * _p99(taken), "ms")


def _one_each(server: Server) -> Iterator[Figure]:
    """One request at a time, the first one included: figures that are kept for a minute are counted then."""
    for path, goal in PAGES.items():
        target = Get(server, path, "text/html")
        taken = [_milliseconds(partial(load.answer, target, b"")) for _ in range(2 * ROUNDS)]  # type: ignore[arg-type]
        yield at_most(f"pages: {path}, the first one", taken[0], "ms", goal)
        yield at_most(f"pages: {path}, median", median(taken), "ms", goal)


def _counted() -> Iterator[Figure]:
    card = madeup_model().card
    with databases() as stores, TemporaryDirectory(prefix="bench") as folder:
        for name, store in stores.items():
            home = Path(folder) / name
            home.mkdir()
            save(card, home / "card.json")
            service = open_programs(Settings(home=home), store, home / "card.json").leads
            fill(store, LEADS)
            _apart(store)
            _move(store, service)
            yield from _counted_in(name, store, service)


def _counted_in(name: str, store: Store, service: InService) -> Iterator[Figure]:
    at = now()

    def dashboard(days: int) -> None:
        store.read(lambda c: figures(c, service, Period("bench", at - days * DAY, at), at))

    for days in (30, 90, 365, 730):
        took = _median(partial(dashboard, days))
        yield Figure(f"pages: {name}, counting the dashboard of {days} days, 1,000,000 changes", took, "ms")
    took = _median(lambda: store.read(lambda c: spread(c, service)))
    yield at_most(f"pages: {name}, quadrant of 100,000 leads", took, "ms", COUNTED)


def _move(store: Store, service: InService) -> None:
    """Ten changes of stage for each lead, over two years."""
    luck, at, names = random.Random(7), now(), [s.stage for s in service.agreement.stages]
    for start in range(0, LEADS, BATCH):
        rows: list[dict[str, Any]] = []
        for i in range(start, start + BATCH):
            was, moments = "", sorted(at - luck.randrange(YEARS) for _ in range(CHANGES // LEADS))
            for moment in moments:
                stage = luck.choice([n for n in names[:6] if n != was])
                rows.append(_row(f"L-{i:07d}", moment, was, stage))
                was = stage
        store.write(lambda c, rows=rows: insert_many(c, stage_changes, rows))
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _row(lead: str, at: int, was: str, stage: str) -> dict[str, Any]:
    rest = {"action": "import", "reason": "no budget", "note": "", "by": "bench", "sla": "kept"}
    return {"lead_id": lead, "program": "leads", "at": at, "was": was, "stage": stage, **rest}


def _median(work: Callable[[], Any]) -> float:
    return median(_milliseconds(work) for _ in range(ROUNDS))


def _milliseconds(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return 1e3 * (perf_counter() - began)


def _p99(taken: list[float]) -> float:
    return taken[int(0.99 * len(taken))]
