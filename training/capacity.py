"""How many leads sales can work: so many a month, or a share of those that come."""

import re
from typing import NamedTuple

from features.errors import ConfigError
from features.moments import DAY
from training.dataset import Dataset
from training.measures import TOP

DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_SHARE = re.compile(r"(?P<share>\d+(?:\.\d+)?)\s*%")
_RATE = re.compile(rf"(?P<leads>\d+(?:\.\d+)?)\s*/\s*(?P<unit>{'|'.join(DAYS)})")
ALLOWED = "a number of leads in a time, such as 120/month (day, week, month, year), or a share, such as 10%"


class Capacity(NamedTuple):
    """Either ``share`` of all leads (0 to 1), or ``leads`` in so many days."""

    share: float | None = None
    leads: float = 0.0
    unit: str = ""

    def __str__(self) -> str:
        return (
            f"{100 * self.share:.3g} % of the leads"
            if self.share is not None
            else f"{self.leads:g} leads a {self.unit}"
        )

    @property
    def days(self) -> float:
        """In how many days the ``leads`` are worked."""
        return DAYS[self.unit]

    def share_of(self, data: Dataset) -> float:
        """Which share of these leads it is, at most 1.

        A lead counts once, when it is first seen. Raises ConfigError where the leads have no dates.
        """
        if self.share is not None:
            return self.share
        per_day = leads_per_day(data)
        if per_day is None:
            what = "the leads have no dates, so how many come in a month is not known"
            raise ConfigError(what, where="--capacity", got=str(self), do="give a share instead, such as 10%")
        return min(1.0, self.leads / self.days / per_day)


TENTH = Capacity(TOP)


def read_capacity(text: str) -> Capacity:
    """Read a capacity. Raises ConfigError for what is none.

    >>> read_capacity("10 %").share
    0.1
    >>> read_capacity("120/month")
    Capacity(share=None, leads=120.0, unit='month')
    """
    if found := _SHARE.fullmatch(text.strip()):
        capacity = Capacity(share=float(found["share"]) / 100)
    elif found := _RATE.fullmatch(text.strip()):
        capacity = Capacity(None, float(found["leads"]), found["unit"])
    else:
        raise ConfigError("this is no capacity", where="--capacity", got=repr(text), allowed=ALLOWED)
    if not (0 < capacity.share <= 1 if capacity.share is not None else capacity.leads > 0):
        raise ConfigError("nobody can work so many leads", where="--capacity", got=repr(text), allowed=ALLOWED)
    return capacity


def leads_per_day(data: Dataset) -> float | None:
    """How many leads are first seen in a day, from the first to the last; None where they have no dates."""
    first, _ = data.leads()
    if not data.dated or len(first) < 2:
        return None
    days = float(data.when[first[-1]] - data.when[first[0]]) / DAY
    return (len(first) - 1) / days if days > 0 else None
