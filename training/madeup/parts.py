"""A made-up company of any size: made part by part, and written to Parquet as it comes about.

A part is a company of its own, with its own draws and its own marks, over the same months; the base of the first
is the base of all, so that one truth holds throughout. Rows are in order of time within a part.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from training.madeup.activity import USUAL_EVENTS
from training.madeup.company import TABLES, Company, Part, check_numbers, finished_together, make_company, write_readme

PART = 50_000  # leads
PART_EVENTS = 2_500_000  # about 1 GB while they are made

Step = Callable[[str, int, int], None]


def _say_nothing(what: str, done: int, total: int) -> None: ...


def make_parts(leads: int, seed: int = 7, events_per_lead: float = USUAL_EVENTS, part: int = PART) -> Iterator[Company]:
    """A company of so many ``leads`` in parts of at most ``part`` leads, fewer where events are many.

    A company of one part is the one that ``make_company`` makes. Raises ConfigError as that does.
    """
    check_numbers(leads=(leads, 1), events_per_lead=(events_per_lead, 0), part=(part, 1))
    at_once = min(part, max(1, int(PART_EVENTS / max(events_per_lead, 1))))
    base = None
    for number, first in enumerate(range(0, leads, at_once), start=1):
        size = min(at_once, leads - first)
        made = make_company(size, seed, events_per_lead=events_per_lead, part=Part(number, base))
        base = made.truth["base"].iloc[0].item()
        yield made


def write_company_in_parts(
    folder: Path,
    leads: int,
    seed: int = 7,
    events_per_lead: float = USUAL_EVENTS,
    part: int = PART,
    step: Step = _say_nothing,
) -> int:
    """Write the tables of ``make_parts`` as Parquet, with a README.txt; give the number of rows of events.

    Holds one part in memory. ``step`` is told what is done, and how many of all leads. Whole or not at all, as
    ``write_company``.
    """
    done = events = 0
    with finished_together(folder) as unfinished:
        with ExitStack() as writers:
            tables = {name: _Growing(unfinished / f"{name}.parquet", writers) for name in TABLES}
            step("making up leads", done, leads)
            for made in make_parts(leads, seed, events_per_lead, part):
                for name, table in tables.items():
                    table.add(getattr(made, name))
                done, events = done + len(made.leads), events + len(made.events)
                step("making up leads", done, leads)
        write_readme(unfinished, ".parquet")
    return events


class _Growing:
    """A Parquet file that grows by whole tables; the first sets its columns and their types."""

    def __init__(self, path: Path, writers: ExitStack) -> None:
        self._path, self._writers = path, writers
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pd.DataFrame) -> None:
        table = pa.table({str(column): _array(values) for column, values in rows.items()})
        if self._writer is None:
            self._writer = self._writers.enter_context(pq.ParquetWriter(self._path, table.schema))
        self._writer.write_table(table)


def _array(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return pa.array(values.dt.tz_convert(None).to_numpy(), pa.timestamp("us", tz="UTC"))
    return pa.array(values)
