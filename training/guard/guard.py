"""Look at every column and fact of a data set before anything is learned from it."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from training.config import TrainConfig
from training.dataset import Dataset
from training.guard.clocks import is_a_clock
from training.guard.dates import lies_after
from training.guard.encoded import encodes_outcomes
from training.guard.ids import ids_tell, order_tells, running_number_tells
from training.guard.known import Known
from training.guard.names import name_tells
from training.guard.presence import tells_by_presence
from training.guard.report import ROW_ORDER, GuardReport, Suspicion
from training.guard.strength import too_strong
from training.guard.values import Values, read_values

LEADS, LATER = 20_000, 10_000  # as many are looked at: enough for every bar, and a matter of a second


def guard(first: Dataset, later: Dataset, config: TrainConfig) -> GuardReport:
    """What ``inspect`` sees; raises LeakageError that names every column that the configuration does not answer for.

    Raises DataError where there is no training lead.
    """
    if not len(first):
        what = "of no lead was the outcome known when the later part begins, so there is nothing to learn from"
        raise DataError(what, do="bring more history, or move 'train_share'")
    report = inspect(first, later, config)
    report.refuse()
    return report


def inspect(first: Dataset, later: Dataset, config: TrainConfig) -> GuardReport:
    """Look at the columns of the training leads with their outcomes, and of the later leads without.

    Looked at are the columns that facts are read from, those that further facts would be (unless ``derive_features`` is
    off), the ids, the order of the rows, and the facts measured over events. One row a lead; of large data sets a
    sample that is the same each time.
    """
    leads, after = _sample(first.once(), LEADS), _sample(later.once(), LATER)
    known = Known(leads.converted, leads.when, first.dated)
    seen = {
        **_columns(leads, after, known, config),
        **_ids(leads, known, config.leads.id or ("lead_id" if config.tables else "")),
        **_facts(leads, after, known),
    }
    return GuardReport(
        suspicions=tuple(Suspicion(c, r, config.known_from.get(c, "")) for c, r in seen.items() if r),
        never_read=config.knows_future,
        answers=config.known_from,
        looked_at=tuple(seen),
        leads=len(leads),
        later_leads=len(after),
    )


Seen = Mapping[str, tuple[str, ...]]


def _sample(data: Dataset, most: int) -> Dataset:
    if len(data) <= most:
        return data
    rows: NDArray[np.intp] = np.sort(np.random.default_rng(0).choice(len(data), most, replace=False))
    return data.take(rows)


def _columns(leads: Dataset, after: Dataset, known: Known, config: TrainConfig) -> Seen:
    read = {f.source.field for f in leads.features}
    seen = {}
    for column in leads.profile.columns:
        if column not in read and not config.derive_features:
            continue
        values = read_values(str(column), leads.profile[column], after.profile[column])
        if values.distinct + (~values.filled).any() >= 2:
            seen[values.name] = tuple(_suspicions(values, known, named=column in read))
    return seen


def _suspicions(values: Values, known: Known, *, named: bool) -> Iterator[str]:
    """What speaks for a column knowing the future; ``named``: whether its name counts, which alone is no evidence."""
    yield from too_strong(values, known)
    yield from encodes_outcomes(values, known.converted)
    yield from tells_by_presence(values, known.converted)
    yield from lies_after(values, known)
    yield from running_number_tells(values, known)
    if named:
        yield from is_a_clock(values)
        yield from name_tells(values, known)


def _ids(leads: Dataset, known: Known, id_column: str) -> Seen:
    seen = {}
    if id_column:
        seen[id_column] = tuple(ids_tell(pd.Series(leads.lead_ids), known))
    rows = leads.profile.index
    if pd.api.types.is_integer_dtype(rows.dtype):
        seen[ROW_ORDER] = tuple(order_tells(rows.to_numpy(np.float64), known))
    return seen


def _facts(leads: Dataset, after: Dataset, known: Known) -> Seen:
    """Facts measured over events are of their moment, if events are: still they can be clocks, or too good."""
    seen = {}
    values, later = leads.frame(), after.frame()
    for feature in leads.features:
        if feature.of_events:
            read = read_values(feature.name, values[feature.name], later[feature.name])
            seen[feature.name] = (*too_strong(read, known), *is_a_clock(read))
    return seen
