"""What is deleted because of its age, in small transactions; by the daily job, or ``leadscore people prune``.

A score that is younger than what it read stays replayable. Where events or closed leads were deleted after a score had
read them, ``prunings`` says so, and the replay tells it instead of an alarm.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from features.moments import DAY
from serving.people.pruning import (
    prune_audit,
    prune_closed_leads,
    prune_deliveries,
    prune_events,
    prune_imports,
    prune_messages,
    prune_scores,
)
from serving.store.database import Store


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days each kind of record is kept; None: without end.

    events: after they happened
    scores: after they were computed; the present one of a lead is always kept
    closed_leads: after the lead was won or lost, with everything about it
    audit: what was done by whom
    deliveries: what webhooks told, but for what is still to be delivered
    messages: ids of messages, by which one that comes again counts once
    imports: reports of the rows that imports refused
    """

    events: int | None = None
    scores: int | None = 730
    closed_leads: int | None = None
    audit: int | None = 1_095
    deliveries: int | None = 90
    messages: int | None = 30
    imports: int | None = 90


class Pruned(NamedTuple):
    """How many rows of each kind were deleted; of closed leads, how many leads."""

    events: int = 0
    scores: int = 0
    closed_leads: int = 0
    audit: int = 0
    deliveries: int = 0
    messages: int = 0
    imports: int = 0


_KINDS: dict[str, Callable[[Store, int, int], int]] = {
    "events": prune_events,
    "scores": prune_scores,
    "closed_leads": prune_closed_leads,
    "audit": prune_audit,
    "deliveries": prune_deliveries,
    "messages": prune_messages,
    "imports": prune_imports,
}


def prune(store: Store, retention: Retention, now: int) -> Pruned:
    """Delete what is older than agreed; raises StoreUnavailable, what was deleted by then stays deleted."""
    gone = {}
    for kind, do in _KINDS.items():
        days = getattr(retention, kind)
        gone[kind] = 0 if days is None else do(store, now - days * DAY, now)
    return Pruned(**gone)
