"""The last report of ``leadscore drift``, where it was written into the home: --json HOME/drift.json."""

from pathlib import Path

import msgspec

from serving.versions.shapes import Shape, Span

FILE = "drift.json"
MOST = 8  # facts that are shown


class Fact(Shape, frozen=True, kw_only=True):
    """How one fact drifted: by how much it moves the mean score, how far its points moved, and whether that matters."""

    label: str
    shift: float
    moved: float
    surely: bool
    matters: bool


class Score(Shape, frozen=True, kw_only=True):
    """The mean score of the leads learned from, and of recent ones."""

    before: float
    after: float
    matters: bool


class Level(Shape, frozen=True, kw_only=True):
    """How many of the recent leads converted whose time is over, and how many were expected to."""

    leads: int
    converted: Span
    expected: float
    matters: bool


class Calibrated(Shape, frozen=True, kw_only=True):
    """Whether the probabilities of a version came true."""

    version: str
    leads: int
    converted: Span
    predicted: float
    current: bool
    matters: bool


class Report(Shape, frozen=True, kw_only=True):
    """A report, as far as it is shown; ``since``, ``until``: of the recent leads, as words."""

    version: str
    leads: int
    since: str
    until: str
    facts: tuple[Fact, ...]
    score: Score
    level: Level | None
    calibration: tuple[Calibrated, ...]
    matters: bool


class Kept(Shape, frozen=True, kw_only=True):
    """A report, and when its file was written (microseconds)."""

    report: Report
    at: int

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that moved scores most."""
        return self.report.facts[:MOST]


def last_report(home: Path) -> Kept | None:
    """The report in a home; None where there is none that can be read."""
    path = home / FILE
    try:
        return Kept(report=msgspec.json.decode(path.read_bytes(), type=Report), at=path.stat().st_mtime_ns // 1_000)
    except (OSError, msgspec.DecodeError):
        return None
