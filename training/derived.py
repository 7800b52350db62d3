"""Facts derived from the data where nothing is declared, so that a newcomer gets a good first model.

Every column that no agreed fact already reads becomes a profile fact, also where agreed facts only ask whether
it is known; every event type becomes a count in 30 days; and the days since the last event of any type.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import count

import pandas as pd
from msgspec.structs import replace

from features.catalog import BOUNDS, Feature, Source

WINDOW_DAYS = 30.0
MOST_VALUES = 20
ROWS_PER_VALUE = 10
FEWEST = 0.01  # of the leads must have had an event of a type


def derived_features(frame: pd.DataFrame, agreed: Sequence[Feature], event_types: Mapping[str, float]) -> list[Feature]:
    """The facts that the data suggest beside the ``agreed`` ones; a name that is taken gets a number.

    frame: the raw columns, one row a lead; event_types: with the share of leads that had such an event
    """
    taken = {f.name for f in agreed} | {BOUNDS}
    features = []
    for feature in [*_columns(frame, agreed), *_events(event_types, agreed)]:
        name = _free(feature.name, taken)
        taken.add(name)
        features.append(replace(feature, name=name))
    return features


def _free(name: str, taken: Container[str]) -> str:
    return next(free for n in count(1) if (free := name if n == 1 else f"{name}_{n}") not in taken)


def _columns(frame: pd.DataFrame, agreed: Sequence[Feature]) -> Iterable[Feature]:
    read = {f.source.field for f in agreed if not f.asks_only_whether_known}
    asked = {f.source.field for f in agreed} - read
    for column in frame.columns:
        values = frame[column].dropna()
        if column in read or values.nunique() + (len(values) < len(frame)) < 2:
            continue
        number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        most = MOST_VALUES if column in asked else max(MOST_VALUES, len(frame) / ROWS_PER_VALUE)
        if not number and values.nunique() > most:
            continue  # nearly every lead has its own: a name, an address, a free text
        yield Feature(
            name=slug(str(column)),
            label=str(column).replace("_", " "),
            kind="fit",
            type="number" if number else "text",
            source=Source(field=str(column)),
        )


def _events(event_types: Mapping[str, float], agreed: Sequence[Feature]) -> Iterable[Feature]:
    plain = {f.source.event for f in agreed if f.of_events and not f.source.where}
    for kind in sorted(k for k, share in event_types.items() if share >= FEWEST and k not in plain):
        source = Source(event=kind, window_days=WINDOW_DAYS)
        name = f"{slug(kind, 'event')}_{WINDOW_DAYS:.0f}d"
        label = f"'{kind.replace('_', ' ')}' events in {WINDOW_DAYS:.0f} days"
        yield Feature(name=name, label=label, kind="interest", type="number", source=source)
    if event_types:
        source = Source(event="any", measure="days_since_last")
        label = "days since the last event"
        yield Feature(name="days_since_last_event", label=label, kind="interest", type="number", source=source)


def slug(name: str, otherwise: str = "column") -> str:
    """A column's name as a fact's name; ``otherwise`` where no letter or digit stands in it.

    >>> slug("Total Time Spent on Website")
    'total_time_spent_on_website'
    >>> slug("%")
    'column'
    """
    return re.sub(r"\W+", "_", name.strip()).strip("_").lower() or otherwise
