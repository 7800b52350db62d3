"""A flat export: one row a lead, counts already made, one outcome column."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.engines.sources import Tables
from features.errors import DataError
from features.texts import text
from training.config import Outcome, TrainConfig
from training.history import History, refuse_one_class
from training.reading import lead_names, moments, refuse_unreadable, require

ROW = " lead"  # the column of ids for the engine; no column of a table begins with a space
SHOWN = 5  # values in an error


def flat_history(
    config: TrainConfig, outcome: Outcome, frame: pd.DataFrame, table: str, *, unfinished: bool = False
) -> History:
    """The leads of a flat export in order of time; ``unfinished``: whether all outcomes may be the same.

    Raises DataError for a column that is not there, for an empty outcome or time, naming the row, and for outcomes
    that are all the same, naming the values.
    """
    require(frame, outcome.column, what="the outcome column", table=table)
    if config.order.column is not None:
        require(frame, config.order.column, what="the time column", table=table)
    when = _when(config.order.column, frame, table)
    _refuse_empty(frame[outcome.column], "outcome", table)
    positive = {text(p) for p in outcome.positive}
    converted = [text(v) in positive for v in frame[outcome.column].tolist()]
    if not unfinished:
        where = f"{table}, column '{outcome.column}'"
        refuse_one_class(sum(converted), len(converted), where=where, seen=_values(frame[outcome.column]))
    left_out = {*config.ignore, *config.knows_future, config.leads.id, config.order.column, outcome.column, outcome.at}
    profile = frame[[c for c in frame.columns if c not in left_out]]
    refuse_unreadable(profile, table)
    ids = lead_names(frame, config.leads.id)
    tie = ids if config.leads.id else [""] * len(ids)  # row numbers: leave ties as they are
    order = np.array(sorted(range(len(ids)), key=lambda i: (when[i], tie[i])), dtype=np.intp)
    won = np.array(converted, dtype=np.bool_)[order]
    dated = config.order.column is not None and not pd.api.types.is_numeric_dtype(frame[config.order.column])
    if outcome.at is not None and not dated:
        what = f"'{config.order.column}' holds numbers, and when outcomes came can only be held against dates"
        raise DataError(what, where=table, do="order the leads by a column of dates, or leave 'at' out of the outcome")
    decided = None if outcome.at is None else _decided(outcome.at, frame, converted, table)[order]
    return History(
        tables=Tables(
            _readable(profile, frame, ids, config.leads.account),
            id_column=ROW,
            account=config.leads.account,
            dated=False,
        ),
        lead_ids=[ids[i] for i in order],
        as_of=np.zeros(len(ids), dtype=np.int64),
        converted=won,
        converts_ever=won,
        when=when[order],
        horizon=0.0,
        dated=dated,
        profile=profile.iloc[order],
        event_types={},
        leads=len(frame),
        decided=decided,
        known_until=0.0 if decided is None else float(np.nanmax(np.r_[decided, when])),
    )


def _readable(profile: pd.DataFrame, frame: pd.DataFrame, ids: list[str], account: str) -> pd.DataFrame:
    """What facts may be read from: the profile, the ids, and the account though it be ignored as a fact."""
    added = {account: frame[account]} if account else {}
    return profile.assign(**added, **{ROW: ids})


def _when(column: str | None, frame: pd.DataFrame, table: str) -> NDArray[np.float64]:
    if column is None:
        return np.arange(len(frame), dtype=np.float64)
    _refuse_empty(frame[column], "time", table)
    if pd.api.types.is_numeric_dtype(frame[column]):
        return frame[column].to_numpy(dtype=np.float64)
    return np.array(moments(frame[column], table=table), dtype=np.float64)


def _decided(column: str, frame: pd.DataFrame, converted: list[bool], table: str) -> NDArray[np.float64]:
    """When each lead converted, microseconds; NaN for the others, of whom the column is not read."""
    require(frame, column, what="the column of when leads converted", table=table)
    won = np.array(converted, dtype=np.bool_)
    dates = frame[column].where(won)
    missing = np.flatnonzero(won & dates.isna().to_numpy())
    if len(missing):
        where = f"{table}, row {missing[0] + 2}, column '{column}'"
        do = "fill it, or leave 'at' out of the outcome"
        raise DataError(f"{len(missing)} lead(s) converted, and it is not said when", where=where, do=do)
    decided = np.full(len(frame), np.nan)
    decided[won] = moments(dates[won], table=table)
    return decided


def _values(column: pd.Series) -> str:
    """The values that a column holds, the most frequent first."""
    counts = column.map(str).value_counts()
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return "its values are " + ", ".join(f"'{value}'" for value in counts.index[:SHOWN]) + more


def _refuse_empty(values: pd.Series, what: str, table: str) -> None:
    empty = np.flatnonzero(values.isna())
    if len(empty):
        where = f"{table}, row {empty[0] + 2}, column '{values.name}'"
        raise DataError(f"{len(empty)} row(s) have no {what}", where=where, do="fill it, or leave such rows out")
