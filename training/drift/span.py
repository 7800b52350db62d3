"""Which leads are recent, and which are those that came before."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.errors import ConfigError, DataError
from features.moments import iso, moment
from training.dataset import Dataset
from training.scorecard import Scorecard

Positions = NDArray[np.intp]


class Span(NamedTuple):
    """The recent rows, the earlier ones that they may be compared with, and the moment that was asked for, if any."""

    recent: Positions
    earlier: Positions
    asked: float | None
    notes: tuple[str, ...]


def span_of(card: Scorecard, data: Dataset, since: str | None) -> Span:
    """Which of the rows are recent: from ``since`` on, or read after the last whose outcome the scorecard has learned.

    Raises ConfigError where neither says it, DataError where there is none.
    """
    asked, learned = _moment(since, dated=data.dated), learned_until(card, data.horizon)
    if asked is None and learned is None:
        what = "nothing says since when leads are recent: the scorecard has learned from none"
        raise ConfigError(what, do="give --since MOMENT")
    after = data.when >= asked if asked is not None else data.when > (learned or 0.0)
    if not after.any():
        last = words_of(float(data.when.max()), dated=data.dated)
        began = f"from {since} on" if since else f"after {words_of(learned or 0.0, dated=data.dated)}"
        do = "bring newer leads, or say which are recent: --since MOMENT"
        raise DataError(f"there is no lead {began}", got=f"the last lead is of {last}", do=do)
    earlier = ~after if learned is None else ~after & (data.when <= learned)
    notes = []
    if asked is not None and learned is not None and asked <= learned:
        until = words_of(learned, dated=data.dated)
        notes.append(f"version {card.model_version} learned from leads up to {until}: those flatter its calibration")
    return Span(np.flatnonzero(after), np.flatnonzero(earlier), asked, tuple(notes))


def _moment(text: str | None, *, dated: bool) -> float | None:
    """A moment in the data's order of time. Raises DataError or ConfigError where it is none."""
    if text is None:
        return None
    if dated:
        return float(moment(text))
    try:
        return float(text)
    except ValueError:
        do = "give a number of the column that orders them"
        raise ConfigError("the leads have no dates", where="--since", got=repr(text), do=do) from None


def learned_until(card: Scorecard, horizon: float) -> float | None:
    """The moment of the last row whose outcome a scorecard has learned; None where that is not known."""
    history = card.history
    return None if history is None or history.known_until is None else history.known_until - horizon


def words_of(at: float, *, dated: bool) -> str:
    """A moment as its day, or as the number that it is.

    >>> words_of(0.0, dated=True), words_of(12.0, dated=False)
    ('1970-01-01', '12')
    """
    return iso(int(at))[:10] if dated else f"{at:.10g}"
