"""The data contract: a lead with its profile and its events."""

import json
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

Scalar = str | float | int | bool | None


class Event(msgspec.Struct, frozen=True):
    """What a lead did, and when (``at``: microseconds since 1970, UTC).

    known_from: the moment from which the lead is known to have done it, where that is later
    """

    type: str
    at: int
    properties: Mapping[str, Any] = {}
    event_id: str | None = None
    known_from: int | None = None


class StageChange(NamedTuple):
    """One row of the outcomes table: at a moment, a lead entered a stage; known from a later one, if that is told."""

    at: int
    stage: str
    known_from: int | None = None


class ProfileVersion(NamedTuple):
    """What a profile was from a moment on, until the next version."""

    valid_from: int
    profile: Mapping[str, Scalar]


class Lead(msgspec.Struct, frozen=True):
    """One lead: who it is (``profile``) and what it did (``events``, in any order, repeats allowed).

    stages: its stage changes, in any order; colleagues: the other leads of its account
    versions: its profile as it changed, in any order, no two of one moment; with them, ``profile`` is not read
    account_from: since when it is known to be of its account, where that is later than ``created_at``
    """

    lead_id: str
    profile: Mapping[str, Scalar] = {}
    events: tuple[Event, ...] = ()
    created_at: int | None = None
    stages: tuple[StageChange, ...] = ()
    colleagues: tuple["Lead", ...] = ()
    versions: tuple[ProfileVersion, ...] = ()
    account_from: int | None = None


def profile_at(lead: Lead, as_of: int) -> Mapping[str, Scalar]:
    """The profile of a lead as of a moment: the latest version of it by then, nothing before the first.

    >>> lead = Lead("L-1", versions=(ProfileVersion(10, {"employees": 5}), ProfileVersion(20, {"employees": 7})))
    >>> profile_at(lead, 9), profile_at(lead, 19), profile_at(lead, 20)
    ({}, {'employees': 5}, {'employees': 7})
    """
    if not lead.versions:
        return lead.profile
    past = (version for version in lead.versions if version.valid_from <= as_of)
    latest = max(past, key=_since, default=None)
    return {} if latest is None else latest.profile


def _since(version: ProfileVersion) -> int:
    return version.valid_from


def changes_at(lead: Lead, as_of: int) -> list[StageChange]:
    """The changes of stage that had happened and were known as of a moment."""
    return [c for c in lead.stages if c.at <= as_of and _by(c.known_from, as_of)]


def colleagues_at(lead: Lead, as_of: int) -> list[Lead]:
    """The colleagues who were leads of the account by then; none as long as the lead was not known to be of it."""
    if not _by(lead.account_from, as_of):
        return []
    return [c for c in lead.colleagues if _by(c.created_at, as_of) and _by(c.account_from, as_of)]


def _by(since: int | None, as_of: int) -> bool:
    return since is None or since <= as_of


def known_events(events: Iterable[Event], as_of: int) -> list[Event]:
    """The events known at ``as_of``: none later, each ``event_id`` once (its earliest), oldest first.

    Known are those that have happened (``at``) and been heard of (``known_from``) by then. Events without an id are all
    kept. Ties in time keep no particular order: no feature depends on it. Of two contents sent for one id and moment
    the lesser is kept, so that the order of arrival does not matter.
    """
    past = [e for e in events if e.at <= as_of and (e.known_from is None or e.known_from <= as_of)]
    past.sort(key=_when)
    places: dict[str, int] = {}
    once: list[Event] = []
    for event in past:
        place = len(once) if event.event_id is None else places.setdefault(event.event_id, len(once))
        if place == len(once):
            once.append(event)
        elif event.at == once[place].at:
            once[place] = min(once[place], event, key=_content)
    return once


_when = attrgetter("at")


def _content(event: Event) -> str:
    return content_of(event.type, event.properties)


def content_of(kind: str, properties: Mapping[str, Any]) -> str:
    """A text by which two contents sent for one id and moment are told apart, whatever the order of the keys."""
    return f"{kind}\n{json.dumps(dict(properties), sort_keys=True, default=str)}"
