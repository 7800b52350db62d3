"""Forty features of a million made-up leads with fifty events each, one snapshot a lead, as of one moment.

Ours against one hand-written DuckDB query for the same forty, and against a plain pandas merge and groupby at the
largest size that pandas holds in 16 GB. Each way is a process of its own; ratios are of runs in turn. Set
LEADSCORE_BENCH_LEADS for another size.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import engine_yardsticks
from figures import Figure, at_least, at_most

from training.madeup.parts import write_company_in_parts

LEADS = int(os.environ.get("LEADSCORE_BENCH_LEADS", "1000000"))
EVENTS_PER_LEAD = 50
SHARE_IN_PANDAS = 0.35  # of a million leads: 14 GB
ROUNDS = 3


class Took(NamedTuple):
    """One run of one way."""

    leads: int
    wall: float
    cpu: float
    peak: float


def run() -> list[Figure]:
    """Make the company once, then time every way in turn."""
    engine_yardsticks.agree()
    with TemporaryDirectory(prefix="leadscore-bench-") as folder:
        whole, half, part = (Path(folder) / name for name in ("whole", "half", "part"))
        events = _made(whole, LEADS)
        _made(half, LEADS // 2)
        _made(part, int(LEADS * SHARE_IN_PANDAS))
        ours, query = _in_turn(("ours", "query"), whole, Path(folder))
        halves = [_took("ours", half, Path(folder)) for _ in range(ROUNDS)]
        in_part, pandas = _took("ours", part, Path(folder)), _took("pandas", part, Path(folder))
    size = f"{LEADS:,} leads, {events:,} events"
    return [
        Figure(f"features: {size}", median(t.wall for t in ours), "s"),
        Figure("features: processor time of it", median(t.cpu for t in ours), "s"),
        Figure("features: hand-written query", median(t.wall for t in query), "s"),
        at_most("features: ours over the hand-written query", _ratio(ours, query, "wall"), "ratio", 1.5),
        Figure("features: the same in processor time", _ratio(ours, query, "cpu"), "ratio"),
        at_most("features: largest resident memory", max(t.peak for t in ours), "GB", 8.0),
        at_least(f"features: pandas over ours, {in_part.leads:,} leads", pandas.wall / in_part.wall, "ratio", 10.0),
        Figure("features: the same in processor time, pandas", pandas.cpu / in_part.cpu, "ratio"),
        Figure("features: memory of pandas over ours", pandas.peak / in_part.peak, "ratio"),
        at_most("features: time for twice the events", _ratio(ours, halves, "wall"), "ratio", 2.2),
        Figure("features: processor time for twice the events", _ratio(ours, halves, "cpu"), "ratio"),
    ]


def _made(folder: Path, leads: int) -> int:
    print(f"   making up {leads:,} leads", flush=True)
    return write_company_in_parts(folder, leads, 7, EVENTS_PER_LEAD)


def _in_turn(ways: tuple[str, ...], folder: Path, scratch: Path) -> list[list[Took]]:
    rounds = [[_took(way, folder, scratch) for way in ways] for _ in range(ROUNDS)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def _took(way: str, folder: Path, scratch: Path) -> Took:
    script = Path(__file__).with_name("engine_ways.py")
    done = subprocess.run(
        [sys.executable, str(script), way, str(folder), str(scratch)], capture_output=True, text=True, check=True
    )
    took = Took(**json.loads(done.stdout.splitlines()[-1]))
    print(
        f"   {way}: {took.leads:,} leads, {took.wall:.1f} s, {took.cpu:.1f} s of processors, {took.peak:.1f} GB",
        flush=True,
    )
    return took


def _ratio(ours: list[Took], theirs: list[Took], what: str) -> float:
    return median(getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True))
