"""Snapshots: leads as they were at chosen moments, with what happened in the horizon after each."""

from collections.abc import Sequence
from enum import IntEnum
from hashlib import blake2b
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.catalog import Strict
from features.moments import DAY

LOST = "Lost"
MOST = 12  # snapshots of a lead by ``every_days``, unless told otherwise
NEVER = np.iinfo(np.int64).max
NOT_YET = NEVER // 2  # with room for any age after it

Days = Annotated[float, msgspec.Meta(gt=0, le=36_525)]  # a hundred years, so that every moment fits 64 bits
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
Positions = NDArray[np.intp]
Times = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Moments(Strict, frozen=True, kw_only=True):
    """At which moments a lead is read, as long as it is open; give at least one, several combine.

    ages: so many days after it was created; in a program for customers, after it came into it
    every_days: at its creation, and every so many days after it
    most: at most so many snapshots of a lead by ``every_days`` (12 unless told), the earliest
    stage_changes: whether at every change of its stage that does not close it
    events: at up to so many of its own events after its creation, drawn by chance but the same in every run
    """

    ages: tuple[Days, ...] = ()
    every_days: Days | None = None
    most: AtLeastOne | None = None
    stage_changes: bool = False
    events: AtLeastOne | None = None

    @property
    def declared(self) -> bool:
        """Whether there is any moment at all."""
        return bool(self.ages or self.every_days or self.stage_changes or self.events)


class Meaning(IntEnum):
    """What a change of stage means for a snapshot."""

    OTHER = 0
    CONVERSION = 1
    LOST = 2


class Changes(NamedTuple):
    """c changes of stage: whose (a position among the leads), when, and what each means (a ``Meaning``)."""

    lead: Positions
    at: Times
    meaning: NDArray[np.int8]


class Happened(NamedTuple):
    """e events: whose (a position among the leads), when, and their ids (None: an event without one)."""

    lead: Positions
    at: Times
    event_id: Sequence[str | None]


class Timeline(NamedTuple):
    """What happened to n leads; moments in microseconds since 1970, rows in any order.

    lead_ids: n names
    begins_at: (n,) since when there is something to be read of it: its creation, or when it came into a program;
        NOT_YET where it never did
    known_until: nothing is known of what happened after it
    events: only read where moments are drawn from them
    """

    lead_ids: Sequence[str]
    begins_at: Times
    changes: Changes
    known_until: int
    events: Happened | None = None


class Rows(NamedTuple):
    """r snapshots, ordered by moment, then by the lead's name.

    lead: (r,) positions among the leads; as_of: (r,) moments
    converted: (r,) whether the lead converts within the horizon after the moment
    converts_ever: (r,) whether it converts at any time, as far as is known
    """

    lead: Positions
    as_of: Times
    converted: Bools
    converts_ever: Bools

    def __len__(self) -> int:
        return len(self.as_of)


def snapshot_rows(
    moments: Moments, timeline: Timeline, *, horizon_days: float, seed: int = 0, read_until: int | None = None
) -> Rows:
    """The snapshots of all leads at the declared moments, each lead and moment once.

    Left out: moments before the lead begins, those at which it was already converted or lost, and those
    whose horizon has not fully passed at ``known_until``. An outcome exactly at the moment is before it; one
    exactly at the horizon's end counts.

    read_until: with it, moments up to it whose horizon has not passed are there too; ``converted`` is as far as known

    >>> changes = Changes(np.array([0]), np.array([40 * DAY]), np.array([Meaning.CONVERSION], np.int8))
    >>> one = Timeline(["L-1"], np.array([0]), changes, known_until=50 * DAY)
    >>> rows = snapshot_rows(Moments(every_days=10), one, horizon_days=20)
    >>> (rows.as_of // DAY).tolist(), rows.converted.tolist()
    ([0, 10, 20, 30], [False, False, True, True])
    """
    horizon, begins = round(horizon_days * DAY), timeline.begins_at
    converts_at = first_change(timeline.changes, len(begins), Meaning.CONVERSION)
    closes_at = np.minimum(converts_at, first_change(timeline.changes, len(begins), Meaning.LOST))
    last = np.minimum(closes_at - 1, timeline.known_until - horizon if read_until is None else read_until)
    found = list(_candidates(moments, timeline, last, seed))
    lead = np.concatenate([np.empty(0, np.intp), *(whose for whose, _ in found)])
    as_of = np.concatenate([np.empty(0, np.int64), *(at for _, at in found)])
    may = (begins[lead] <= as_of) & (as_of <= last[lead])
    lead, as_of = _in_order(lead[may], as_of[may], timeline.lead_ids)
    return Rows(lead, as_of, converts_at[lead] <= as_of + horizon, converts_at[lead] < NEVER)


def draw(seed: int, lead_id: str, event: str | int) -> int:
    """The lot of one event, 64 bits: the events with the least are drawn, whatever the order of the rows.

    event: its id, or its moment where it has none
    """
    return int.from_bytes(blake2b(repr((seed, lead_id, event)).encode(), digest_size=8).digest())


def first_change(changes: Changes, leads: int, meaning: Meaning) -> Times:
    """When each lead first has a change of this meaning, or NEVER; (leads,)."""
    first = np.full(leads, NEVER)
    such = changes.meaning == meaning
    np.minimum.at(first, changes.lead[such], changes.at[such])
    return first


def _candidates(moments: Moments, timeline: Timeline, last: Times, seed: int) -> list[tuple[Positions, Times]]:
    """Whose and when, per kind of moment; some of them still too early or too late."""
    begins, everyone = timeline.begins_at, np.arange(len(timeline.begins_at))
    found = [(everyone, begins + round(age * DAY)) for age in moments.ages]
    if moments.every_days is not None:
        found.append(_at_intervals(begins, last, max(1, round(moments.every_days * DAY)), moments.most or MOST))
    if moments.stage_changes:
        found.append((timeline.changes.lead, timeline.changes.at))
    if moments.events is not None and timeline.events is not None:
        found.append(_drawn(timeline.events, timeline, last, moments.events, seed))
    return found


def _at_intervals(begins: Times, last: Times, step: int, most: int) -> tuple[Positions, Times]:
    number = np.clip((last - begins) // step + 1, 0, most)
    lead = np.repeat(np.arange(len(begins)), number)
    return lead, begins[lead] + _counted(number) * step


def _drawn(events: Happened, timeline: Timeline, last: Times, most: int, seed: int) -> tuple[Positions, Times]:
    """Up to ``most`` events of each lead, those with the least lots; of one id the earliest is the event."""
    soon = np.flatnonzero(events.at <= last[events.lead])
    lead, at = events.lead[soon], events.at[soon]
    ids, names = events.event_id, timeline.lead_ids
    lots = (
        draw(seed, names[who], when if (event := ids[row]) is None else event)
        for row, who, when in zip(soon.tolist(), lead.tolist(), at.tolist(), strict=True)
    )
    lot = np.fromiter(lots, dtype=np.uint64, count=len(soon))
    order = np.lexsort((at, lot, lead))
    lead, at, lot = lead[order], at[order], lot[order]
    once = _changed(lead) | _changed(lot)
    lead, at = lead[once], at[once]
    later = at > timeline.begins_at[lead]
    lead, at = lead[later], at[later]
    chosen = _counted(np.bincount(lead, minlength=len(names))) < most
    return lead[chosen], at[chosen]


def _in_order(lead: Positions, as_of: Times, lead_ids: Sequence[str]) -> tuple[Positions, Times]:
    """By moment, then by name; what stands twice, once."""
    rank = np.empty(len(lead_ids), dtype=np.intp)
    rank[sorted(range(len(lead_ids)), key=lead_ids.__getitem__)] = np.arange(len(lead_ids))
    order = np.lexsort((rank[lead], as_of))
    lead, as_of = lead[order], as_of[order]
    once = _changed(lead) | _changed(as_of)
    return lead[once], as_of[once]


def _changed(values: NDArray[np.generic]) -> Bools:
    """Whether each value differs from the one before it; (n,), the first does."""
    changed = np.ones(len(values), dtype=np.bool_)
    changed[1:] = values[1:] != values[:-1]
    return changed


def _counted(numbers: NDArray[np.integer]) -> NDArray[np.int64]:
    """0, 1, ... up to each number, one after the other: ``[2, 3]`` gives ``[0, 1, 0, 1, 2]``."""
    starts = np.cumsum(numbers) - numbers
    counted: NDArray[np.int64] = np.arange(int(numbers.sum())) - np.repeat(starts, numbers)
    return counted
