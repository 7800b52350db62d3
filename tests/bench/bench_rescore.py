"""Scores of stored leads made anew, 20 events each: minutes for a million, and what they go into."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import orjson
from databases import databases
from figures import Figure
from madeup_model import madeup_model

from features.moments import DAY, now
from serving.leads.due import BATCH, rescore_due
from serving.leads.standing import Standing
from serving.programs.opening import open_programs
from serving.settings import Settings
from serving.store.database import Store
from serving.store.many import insert_many
from serving.store.schema import events, leads, profile_versions, standings
from training.scorecard import Scorecard, save

LEADS, EVENTS, FILL = 20_000, 20, 1_000
PATHS = ("/pricing", "/product/a", "/", "/blog/1", "/careers", "/docs")
TITLES = ("Head of IT", "Student", "Operations Manager", "CEO", "HR Manager")


def run() -> list[Figure]:
    """Fill both databases and make every score anew."""
    card, figures = madeup_model().card, []
    with databases() as stores, TemporaryDirectory() as home:
        for name, store in stores.items():
            fill(store, LEADS)
            figures += _measured(name, store, card, Path(home) / name)
    return figures


def _measured(name: str, store: Store, card: Scorecard, home: Path) -> list[Figure]:
    settings = Settings(home=home)
    save(card, settings.scorecard)
    programs = open_programs(settings, store)
    began, worked, done = perf_counter(), process_time(), 0
    while more := rescore_due(store, programs, now(), most=BATCH):
        done += more
    seconds, cpu = perf_counter() - began, process_time() - worked
    assert done == LEADS, done
    return [
        Figure(f"rescore: {name}, leads", done / seconds, "leads/s"),
        Figure(f"rescore: {name}, a million by one worker", seconds / done * 1e6 / 60, "minutes"),
        Figure(f"rescore: {name}, share of it in our own process", cpu / seconds, "share"),
    ]


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
