"""Many leads scored on a Spark cluster: the rows of ``serving.bulk.rows``, made on the executors."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from features.engines.cluster import local_session, mapped, quiet, spark_schema
from features.engines.plan import Plan
from features.engines.results import Result
from features.engines.sources import Tables
from features.engines.spark import SparkEngine
from features.errors import ConfigError
from serving.bulk.rows import BulkScorer
from serving.bulk.scoring import week_before
from serving.bulk.write import whole_folder
from training.scorecard import Scorecard, decode, encode

_SIZE = re.compile(r"[1-9][0-9]*[mg]b?", re.IGNORECASE)
WEEK_BEFORE = "before_"  # the prefix of the columns of a week before


def score_by_spark(
    card: Scorecard,
    tables: Tables,
    out: Path,
    *,
    as_of: int,
    terms: bool,
    memory: str | None = None,
    session: SparkSession | None = None,
) -> int:
    """Score all leads of the tables into a folder of Parquet files, in any order; how many they are.

    session: the cluster; without it, the one that runs, or this machine with so much ``memory`` ("4GB")
    Raises DataError naming the table and the row of what cannot be read; the folder then stays as it was.
    """
    engine = SparkEngine(session or _session(memory))
    with whole_folder(out) as partial_folder, engine.reading():
        scored(card, tables, as_of, terms=terms, engine=engine).write.parquet(str(partial_folder))
        return sum(pq.read_metadata(file).num_rows for file in partial_folder.glob("*.parquet"))


def _session(memory: str | None) -> SparkSession:
    """Raises ConfigError for a size that is none."""
    if memory is None:
        return local_session()
    if not _SIZE.fullmatch(memory):
        raise ConfigError("no size of memory", where="--memory", got=memory, allowed="such as 4GB or 800MB")
    return local_session(memory=memory.lower().removesuffix("b"))


def scored(card: Scorecard, tables: Tables, as_of: int, *, terms: bool, engine: SparkEngine) -> DataFrame:
    """The rows of all leads as a Spark frame, to be used in the engine's ``reading``."""
    events = tables.events is not None
    scorer = BulkScorer(card, terms=terms, events=events)
    plan = Plan(scorer.asked, card.missing_values, card.agreement)
    then = Plan([scorer.asked[i] for i in scorer.of_events], card.missing_values, card.agreement)
    make = partial(_rows, _Made(encode(card), terms, events), plan, then)
    if not scorer.of_events:
        return engine.measured_then(plan, tables, as_of, make, scorer.schema)
    now = engine.measured(plan, tables, as_of).drop("s")
    before = engine.measured(then, tables, week_before(as_of)).drop("s", "as_of")
    renamed = before.toDF(*(WEEK_BEFORE + name for name in before.columns))
    both = now.join(renamed, now["lead"] == renamed[f"{WEEK_BEFORE}lead"])
    with quiet():
        return both.mapInArrow(mapped(make), spark_schema(scorer.schema))


class _Made(NamedTuple):
    """What a scorer is made of, as it travels: the scorecard's bytes, and what ``BulkScorer`` is told."""

    card: bytes
    terms: bool
    events: bool


@lru_cache(maxsize=1)
def _scorer(made: _Made) -> BulkScorer:
    """Made once per Python worker."""
    return BulkScorer(decode(made.card), terms=made.terms, events=made.events)


def _rows(made: _Made, plan: Plan, then: Plan) -> Callable[[pa.RecordBatch, int], pa.RecordBatch]:
    """The function over batches, made on the executor."""
    scorer = _scorer(made)

    def rows(batch: pa.RecordBatch, _: int) -> pa.RecordBatch:
        now = Result.of(batch, plan)
        return scorer.rows(now, Result.of(_week_before(batch), then).columns) if then.asked else scorer.rows(now)

    return rows


def _week_before(batch: pa.RecordBatch) -> pa.RecordBatch:
    names = [name for name in batch.schema.names if name.startswith(WEEK_BEFORE)]
    columns = [batch.column(name) for name in names]
    plain = [name.removeprefix(WEEK_BEFORE) for name in names]
    return pa.record_batch([*columns, batch.column("as_of")], names=[*plain, "as_of"])
