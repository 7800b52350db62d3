"""What became of every lead, so that scores served at any moment can be held against it."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from features.moments import DAY
from features.snapshots import NEVER, Meaning, first_change
from training.dataset import Dataset
from training.event_tables import meanings_of, stage_changes
from training.files import files_of
from training.leads import Leads
from training.people import people_of
from training.reading import read_table


class Outcomes(NamedTuple):
    """What is known of leads.

    table: by lead id ``converted`` (whether at any time), ``converted_at`` and ``closed_at`` (microseconds; NaN where
    it never was, or where that is not told), ``came`` (its place in the order of time)
    horizon: microseconds that must pass after a score; 0 where outcomes are taken as final
    known_until: nothing is known of what happened after it
    by_score: whether the order of time is that of the moments of scoring, rather than that of the leads
    """

    table: pd.DataFrame
    horizon: float
    known_until: float
    by_score: bool


def outcomes_of(leads: Leads, data: Dataset) -> Outcomes:
    """The outcomes of a configuration's leads; ``data``: the same leads as they were read.

    Raises DataError as reading the tables does.
    """
    horizon = leads.agreement.conversion.horizon_days * DAY
    files, tables = files_of(leads.config, leads.path, leads.data), leads.config.tables
    if tables is None or files.history is None:
        return _of_flat(data, horizon)
    frame = read_table(files.leads, ids=[files.id_column])
    names = people_of(frame, files.id_column, left_out=frame.columns).names
    position = {name: i for i, name in enumerate(names)}
    meanings = meanings_of(tables, files, leads.agreement)
    changes = stage_changes(files.history.outcomes, meanings, position, files.until)
    converted_at, lost_at = (first_change(changes, len(names), m) for m in (Meaning.CONVERSION, Meaning.LOST))
    told = pd.DataFrame({"converted_at": converted_at, "closed_at": np.minimum(converted_at, lost_at)}, index=names)
    told = told.astype(np.float64).where(told < NEVER)
    told["converted"] = converted_at < NEVER
    told["came"] = np.nan
    return Outcomes(told, horizon, float(changes.at.max(initial=0)), by_score=True)


def _of_flat(data: Dataset, horizon: float) -> Outcomes:
    decided = np.full(len(data), np.nan) if data.decided is None else data.decided
    columns = {
        "converted_at": decided,
        "closed_at": decided,
        "converted": data.converted == 1,
        "came": data.when,
    }
    table = pd.DataFrame(columns, index=list(data.lead_ids))
    return Outcomes(table, 0.0 if data.decided is None else horizon, data.known_until, by_score=False)
