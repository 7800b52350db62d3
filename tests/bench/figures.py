"""What a benchmark gives, and the data that benchmarks read."""

import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Figure(NamedTuple):
    """One measured figure; ``met`` is None where no goal was set."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None


def at_most(name: str, value: float, unit: str, goal: float) -> Figure:
    """A figure that should not be larger than its goal."""
    return Figure(name, value, unit, f"<= {goal:g}", value <= goal)


def at_least(name: str, value: float, unit: str, goal: float) -> Figure:
    """A figure that should not be smaller than its goal."""
    return Figure(name, value, unit, f">= {goal:g}", value >= goal)


def shared_file(name: str) -> Path | None:
    """A file of the real data, or None (said aloud) where it is absent."""
    path = Path(os.environ.get("LEADSCORE_SHARED_DATA", ROOT.parent / "shared" / "data")) / name
    if path.exists():
        return path
    print(f"   skipped: no {name} in {path.parent} (set LEADSCORE_SHARED_DATA)")
    return None
