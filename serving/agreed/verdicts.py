"""The last report of ``leadscore review``, where it was written into the home: --out HOME/review."""

import csv
from math import isfinite
from pathlib import Path
from typing import NamedTuple

FOLDER, FILE = "review", "review.csv"
MOST = 200  # rules
KNOWN = ("agrees", "too high", "too low", "contradicts", "not enough leads", "no rule")


class Verdict(NamedTuple):
    """A rule held against history; points are None where no lead meets it, and ``agreed`` where there is no rule."""

    fact: str
    condition: str
    agreed: float | None
    learned: float | None
    low: float | None
    high: float | None
    leads: int
    converted: int
    verdict: str


class Reviewed(NamedTuple):
    """The verdicts, and when their file was written (microseconds)."""

    at: int
    verdicts: tuple[Verdict, ...]


def last_review(home: Path) -> Reviewed | None:
    """The report in a home; None where there is none that can be read."""
    path = home / FOLDER / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = tuple(_verdict(row) for _, row in zip(range(MOST), csv.DictReader(file), strict=False))
        return Reviewed(path.stat().st_mtime_ns // 1_000, rows)
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return None


def _verdict(row: dict[str, str]) -> Verdict:
    learned, low, high = (_points(row[name]) for name in ("learned", "low", "high"))
    verdict = row["verdict"] if row["verdict"] in KNOWN else "not enough leads"
    agreed = None if verdict == "no rule" else _points(row["agreed"])
    counts = int(float(row["leads"])), int(float(row["converted"]))
    return Verdict(row["fact"], row["condition"], agreed, learned, low, high, *counts, verdict)


def _points(text: str) -> float | None:
    value = float(text) if text else None
    return value if value is not None and isfinite(value) else None
