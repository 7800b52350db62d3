"""Scores of stored leads made anew, 20 events each: minutes for a million, and what they go into.

Made anew a day after the first scores, as the service does by the clock: most leads stay where they are.
"""

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, NamedTuple

import orjson
from databases import databases
from figures import Figure
from madeup_model import madeup_model

from features.moments import DAY, now
from serving.leads.due import BATCH, rescore_due
from serving.leads.standing import Standing
from serving.programs.opening import open_programs
from serving.programs.programs import Programs
from serving.settings import Settings
from serving.store.database import Store
from serving.store.many import insert_many
from serving.store.schema import events, leads, profile_versions, standings
from training.scorecard import Scorecard, save

LEADS, EVENTS, FILL = 10_000, 20, 1_000
PATHS = ("/pricing", "/product/a", "/", "/blog/1", "/careers", "/docs")
TITLES = ("Head of IT", "Student", "Operations Manager", "CEO", "HR Manager")


def run() -> list[Figure]:
    """Fill both databases, make every first score, and then every score anew."""
    card, figures = madeup_model().card, []
    with TemporaryDirectory() as home, databases() as stores:
        for name, store in stores.items():
            fill(store, LEADS)
            figures += _measured(name, store, card, Path(home) / name)
    return figures


def _measured(name: str, store: Store, card: Scorecard, home: Path) -> list[Figure]:
    settings = Settings(home=home)
    save(card, settings.scorecard)
    programs = open_programs(settings, store)
    age = round(programs.leads.agreement.process.score_age_hours * DAY / 24)
    first, later = _all_due(store, programs, now()), _all_due(store, programs, now() + age + DAY)
    return [
        Figure(f"rescore: {name}, first scores, most with a move", 1 / first.wall, "leads/s"),
        Figure(f"rescore: {name}, scores made anew", 1 / later.wall, "leads/s"),
        Figure(f"rescore: {name}, a million by one worker", 1e6 * later.wall / 60, "minutes"),
        Figure(f"rescore: {name}, our own processor time a lead", 1e6 * later.processor, "microseconds"),
        Figure(f"rescore: {name}, the same for a million", 1e6 * later.processor / 60, "minutes"),
        Figure(f"rescore: {name}, share of the time in our own process", later.processor / later.wall, "share"),
    ]


class Took(NamedTuple):
    """Seconds a lead; ``processor``: of our own process, in which SQLite works too."""

    wall: float
    processor: float


def _all_due(store: Store, programs: Programs, at: int) -> Took:
    began, worked, done = perf_counter(), process_time(), 0
    while more := rescore_due(store, programs, at, most=BATCH):
        done += more
    took = Took((perf_counter() - began) / LEADS, (process_time() - worked) / LEADS)
    assert done == LEADS, done
    return took


def fill(store: Store, count: int) -> None:
    """Made-up leads, their profiles and events, not scored yet."""
    luck, at = random.Random(7), now() - DAY
    for start in range(0, count, FILL):
        ids = [f"L-{i:07d}" for i in range(start, min(start + FILL, count))]
        rows: dict[Any, list[dict[str, Any]]] = {leads: [], profile_versions: [], events: [], standings: []}
        for lead_id in ids:
            profile = orjson.dumps(_profile(luck)).decode()
            rows[leads].append({"lead_id": lead_id, "created_at": at - 90 * DAY, "moment": at, "profile": profile})
            rows[profile_versions].append({"lead_id": lead_id, "valid_from": at - 90 * DAY, "profile": profile})
            rows[events] += [_event(luck, lead_id, n, at) for n in range(EVENTS)]
            rows[standings].append(Standing(lead_id, "leads", True, "Prospect", at, "marketing")._asdict())
        for table, made in rows.items():
            store.write(lambda c, table=table, made=made: insert_many(c, table, made))


def _profile(luck: random.Random) -> dict[str, Any]:
    title, industry = luck.choice(TITLES), luck.choice(("software", "hospitality", "healthcare"))
    return {"email": "a@acme.example", "job_title": title, "industry": industry, "employees": luck.randrange(5, 3_000)}


def _event(luck: random.Random, lead_id: str, n: int, at: int) -> dict[str, Any]:
    when = at - luck.randrange(60 * DAY)
    return {
        "message_id": f"{lead_id}-{n}",
        "lead_id": lead_id,
        "type": luck.choice(("page_view", "page_view", "page_view", "email_clicked", "webinar_attended")),
        "at": when,
        "received_at": when,
        "known_from": when,
        "properties": orjson.dumps({"path": luck.choice(PATHS)}).decode(),
    }
