"""Many leads scored on one machine: read by DuckDB, scored by numpy, written batch by batch."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import joined_columns
from features.engines.connection import Step
from features.engines.duck import DuckEngine
from features.engines.results import Result
from features.engines.sources import Tables
from features.moments import DAY
from serving.bulk.rows import BulkScorer
from serving.bulk.tables import ids_of
from serving.bulk.write import whole_file
from serving.scorer import TREND_DAYS
from training.scorecard import Scorecard


def score_by_duckdb(
    card: Scorecard, tables: Tables, out: Path, *, as_of: int, terms: bool, memory: str | None, step: Step
) -> int:
    """Score all leads of the tables into a file, in their order; how many they are.

    memory: as DuckDB writes it ("4GB"); step: told of progress
    Raises DataError naming the table and the row of what cannot be read; the file then stays as it was.
    """
    scorer = BulkScorer(card, terms=terms, events=tables.events is not None)
    engine = DuckEngine(memory_limit=memory, step=step)
    n = 0
    with whole_file(out, scorer.schema) as write:
        for rows in scored(card, scorer, engine, tables, as_of):
            write(rows)
            n += len(rows)
    return n


def scored(
    card: Scorecard, scorer: BulkScorer, engine: DuckEngine, tables: Tables, as_of: int
) -> Iterator[pa.RecordBatch]:
    """The rows of all leads, in their order.

    Facts over events are read at two moments in one reading, for the trend.
    """
    moments = now_and_before(ids_of(tables), as_of) if scorer.of_events else as_of
    results = engine.read(scorer.asked, tables, moments, missing=card.missing_values, agreement=card.agreement)
    if not scorer.of_events:
        yield from map(scorer.rows, results)
        return
    for now, before in in_pairs(results):
        yield scorer.rows(now, [before.columns[i] for i in scorer.of_events])


def week_before(as_of: int) -> int:
    """The moment that the trend compares with."""
    return as_of - TREND_DAYS * DAY


def now_and_before(ids: pa.Array, as_of: int) -> pa.Table:
    """Two snapshots a lead, one after the other: now, and a week before."""
    leads = pc.take(ids, pa.array(np.repeat(np.arange(len(ids)), 2)))
    return pa.table({"lead_id": leads, "as_of": np.tile([as_of, week_before(as_of)], len(ids))})


def in_pairs(results: Iterable[Result]) -> Iterator[tuple[Result, Result]]:
    """Every second row and the one after it, however the rows are cut into results."""
    rest: Result | None = None
    for result in results:
        whole = result if rest is None else _joined(rest, result)
        even = len(whole) - len(whole) % 2
        rest = None if even == len(whole) else _taken(whole, np.array([even]))
        if even:
            yield _taken(whole, np.arange(0, even, 2)), _taken(whole, np.arange(1, even, 2))


def _joined(first: Result, second: Result) -> Result:
    return Result(
        pa.concat_arrays([first.lead_ids, second.lead_ids]),
        pa.concat_arrays([first.as_of, second.as_of]),
        tuple(joined_columns(both) for both in zip(first.columns, second.columns, strict=True)),
    )


def _taken(result: Result, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Result:
    at = pa.array(rows)
    return Result(result.lead_ids.take(at), result.as_of.take(at), tuple(c.take(rows) for c in result.columns))
