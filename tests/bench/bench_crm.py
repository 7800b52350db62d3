"""Writing back to a CRM: what changed among 100,000 leads is found, and leads are sent to a HubSpot on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench_list import fill
from crmdesk import written
from databases import databases
from desk import programs_of
from figures import Figure, at_least, at_most
from sqlalchemy import select, update
from vendors.hubspot import TOKEN, HubSpot

from features.loading import load_agreement
from features.moments import now
from serving.crm import noticing, progress
from serving.crm.config import CrmConfig
from serving.crm.loading import load_crm
from serving.crm.push import Pusher
from serving.store.database import Store
from serving.store.many import insert_many
from serving.store.schema import crm_sent, leads, scorecards, scores
from training.scorecard import rules_only

LEADS, CHANGED, ROUNDS = 100_000, 1_000, 5
REPO = Path(__file__).parents[2]
FIELDS = "fields: {score: leadscore_score, grade: leadscore_grade, stage: leadscore_stage}"


def run() -> list[Figure]:
    """On both databases."""
    figures = []
    with databases() as stores:
        for name, store in stores.items():
            fill(store, LEADS)
            with _connection() as (vendor, config, folder):
                figures += _on(name, store, vendor, config, folder)
    return figures


@contextmanager
def _connection() -> Iterator[tuple[HubSpot, CrmConfig, Path]]:
    vendor = HubSpot()
    with TemporaryDirectory() as folder:
        yield vendor, load_crm(written(Path(folder), "hubspot", vendor.url, TOKEN, FIELDS)), Path(folder)
    vendor.close()


def _on(name: str, store: Store, vendor: HubSpot, config: CrmConfig, folder: Path) -> list[Figure]:
    card = rules_only(load_agreement(REPO / "training" / "madeup" / "agreement.yaml"))
    programs = programs_of(store, folder, leads=card)
    store.write(lambda c: c.execute(update(leads).values(email=leads.c.lead_id + "@acme.example")))
    vendor.records = {f"l-{i:07d}@acme.example": {} for i in range(LEADS)}
    pusher = Pusher(store, programs, config, random=Random(1))
    began = perf_counter()
    sent = pusher.turn(seconds=15.0).counts["sent"]
    rate = sent / (perf_counter() - began)
    vendor.asked.clear()
    _all_sent(store)
    found = [_seconds_to_find(store, config, luck) for luck in range(ROUNDS)]
    pusher.close()
    return [
        at_least(f"crm: {name}, leads sent to HubSpot on loopback", rate, "leads/s", 500),
        at_most(f"crm: {name}, {CHANGED:,} changed of {LEADS:,} found", 1e3 * median(found), "ms", 500),
        at_most(f"crm: {name}, none changed of {LEADS:,}", 1e3 * _seconds_of_nothing(store, config), "ms", 50),
    ]


def _all_sent(store: Store) -> None:
    """As if every lead had been sent."""
    ids = store.read(lambda c: c.execute(select(leads.c.lead_id)).scalars().all())
    row = {"connector": "hubspot", "program": "leads", "digest": "d", "tried": "", "state": "sent", "attempts": 0}
    rows: list[dict[str, Any]] = [{"lead_id": i, **row, "last_error": "", "score_id": 0, "change_id": 0} for i in ids]
    store.write(lambda c: insert_many(c, crm_sent, rows))
    store.write(lambda c: c.execute(update(crm_sent).values(next_at=None)))


def _seconds_to_find(store: Store, config: CrmConfig, luck: int) -> float:
    """New scores of some leads, found."""
    so_far = store.read(lambda c: progress.progress_of(c, config))
    assert so_far is not None
    chosen = Random(luck).sample(range(LEADS), CHANGED)
    store.write(lambda c: insert_many(c, scores, [_score(f"L-{i:07d}", store) for i in chosen]))
    began = perf_counter()
    noticing.notice(store, config, so_far._replace(walked_to=None), now(), lambda: None)
    return perf_counter() - began


def _seconds_of_nothing(store: Store, config: CrmConfig) -> float:
    so_far = store.read(lambda c: progress.progress_of(c, config))
    assert so_far is not None
    so_far = noticing.notice(store, config, so_far._replace(walked_to=None), now(), lambda: None)
    began = perf_counter()
    noticing.notice(store, config, so_far, now(), lambda: None)
    return perf_counter() - began


def _score(lead_id: str, store: Store) -> dict[str, Any]:
    checksum = _checksum(store)
    numbers = dict.fromkeys(("score", "interval_low", "interval_high", "agreed_score"), 40.0) | {"probability": 0.3}
    texts = {"program": "leads", "cause": "rescore", "grade": "C", "stage_was": "MQL", "stage": "MQL", "terms": "[]"}
    return {"lead_id": lead_id, "as_of": now(), "checksum": checksum, **numbers, **texts}


def _checksum(store: Store) -> str:
    found: str = store.read(lambda c: c.execute(select(scorecards.c.checksum)).scalars().first() or "")
    return found
