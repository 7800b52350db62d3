"""The prioritised list of 1,000,000 leads: its first page, a page far down, and the filters."""

import random
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from typing import Any

from databases import databases
from figures import Figure, at_most

from features.moments import DAY, now
from serving.leads.listing import Filters, page
from serving.leads.standing import Standing
from serving.store.database import Store
from serving.store.many import insert_many
from serving.store.schema import leads, standings

LEADS, BATCH, ROUNDS, PAGE = 1_000_000, 10_000, 15, 50
STAGES = ("Prospect", "Lead", "MQL", "SAL", "SQL", "Opportunity")
FILTERS: dict[str, dict[str, Any]] = {
    "first page": {},
    "stage MQL": {"stage": "MQL"},
    "owner sales": {"owner": "sales"},
    "quadrant now": {"quadrant": "now"},
    "SLA breached": {"sla": "breached"},
    "rules and history disagree": {"disagreement": "any"},
    "one rep's SALs": {"stage": "SAL", "assigned_to": "rep-17"},
    "one rep's breached SQLs": {"stage": "SQL", "assigned_to": "rep-17", "sla": "breached"},
}


def run() -> list[Figure]:
    """Fill both databases and read pages."""
    figures = []
    with databases() as stores:
        for name, store in stores.items():
            began = perf_counter()
            fill(store, LEADS)
            print(f"   {name}: {LEADS:,} leads in {perf_counter() - began:.0f} s", flush=True)
            for what, filters in FILTERS.items():
                figures.append(at_most(f"list: {name}, {what}", _milliseconds(store, Filters(**filters), ""), "ms", 20))
            deep = _cursor_after(store, 200)
            figures.append(at_most(f"list: {name}, page 201", _milliseconds(store, Filters(), deep), "ms", 20))
    return figures


def fill(store: Store, count: int) -> None:
    """Made-up leads with a standing each; three in a hundred are of interest."""
    luck, at = random.Random(7), now()
    for start in range(0, count, BATCH):
        made = list(_made(luck, at, start, min(BATCH, count - start)))
        store.write(lambda c, rows=made: insert_many(c, leads, [lead for lead, _ in rows]))
        store.write(lambda c, rows=made: insert_many(c, standings, [standing for _, standing in rows]))
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _made(luck: random.Random, at: int, start: int, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for i in range(start, start + count):
        stage = luck.choices(STAGES, (60, 30, 6, 2, 1, 1))[0]
        working = stage in STAGES[3:]
        lead = {"lead_id": f"L-{i:07d}", "created_at": at - DAY, "moment": at, "profile": "{}"}
        score = luck.gauss(20, 12) + 12 * STAGES.index(stage)
        standing = Standing(
            lead_id=lead["lead_id"],
            program="leads",
            open=luck.random() < 0.9,
            stage=stage,
            stage_since=at - luck.randrange(60 * DAY),
            owner="sales" if working else "marketing",
            assigned_to=f"rep-{luck.randrange(40)}" if working else "",
            score=score,
            agreed_score=score,
            disagreement=luck.gauss(0, 4),
            grade="ABCD"[min(3, max(0, int((75 - score) // 25)))],
            quadrant=luck.choices(("now", "nurture", "look closer", "leave"), (2, 10, 8, 80))[0],
            scored_at=at,
            sla_state=luck.choices(("running", "due", "breached"), (8, 1, 1))[0] if working else "none",
        )
        yield lead, standing._asdict()


def _milliseconds(store: Store, filters: Filters, cursor: str) -> float:
    def once() -> float:
        began = perf_counter()
        store.read(lambda c: page(c, filters, cursor, PAGE))
        return 1e3 * (perf_counter() - began)

    once()
    return median(once() for _ in range(ROUNDS))


def _cursor_after(store: Store, pages: int) -> str:
    cursor = ""
    for _ in range(pages):
        cursor = store.read(lambda c, at=cursor: page(c, Filters(), at, PAGE)).cursor
    return cursor
