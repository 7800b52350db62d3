"""The data contract: a lead with its profile and its events."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

Scalar = str | float | int | bool | None


class Event(msgspec.Struct, frozen=True):
    """What a lead did, and when (``at``: microseconds since 1970, UTC)."""

    type: str
    at: int
    properties: Mapping[str, Any] = {}
    event_id: str | None = None


class StageChange(NamedTuple):
    """One row of the outcomes table: at a moment, a lead entered a stage."""

    at: int
    stage: str


class Lead(msgspec.Struct, frozen=True):
    """One lead: who it is (``profile``) and what it did (``events``, in any order, repeats allowed).

    stages: its stage changes, in any order; colleagues: the other leads of its account
    """

    lead_id: str
    profile: Mapping[str, Scalar] = {}
    events: tuple[Event, ...] = ()
    created_at: int | None = None
    stages: tuple[StageChange, ...] = ()
    colleagues: tuple["Lead", ...] = ()


def known_events(events: Iterable[Event], as_of: int) -> list[Event]:
    """The events known at ``as_of``: none later, each ``event_id`` once (its earliest), oldest first.

    Events without an id are all kept. Ties in time keep no particular order: no feature depends on it. Of
    two contents sent for one id and moment the lesser is kept, so that the order of arrival does not matter.
    """
    past = sorted((e for e in events if e.at <= as_of), key=_when)
    places: dict[str, int] = {}
    once: list[Event] = []
    for event in past:
        place = len(once) if event.event_id is None else places.setdefault(event.event_id, len(once))
        if place == len(once):
            once.append(event)
        elif event.at == once[place].at:
            once[place] = min(once[place], event, key=_content)
    return once


def _when(event: Event) -> int:
    return event.at


def _content(event: Event) -> str:
    return content_of(event.type, event.properties)


def content_of(kind: str, properties: Mapping[str, Any]) -> str:
    """A text by which two contents sent for one id and moment are told apart, whatever the order of the keys."""
    return f"{kind}\n{json.dumps(dict(properties), sort_keys=True, default=str)}"
