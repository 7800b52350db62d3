"""A stored lead as the scorer reads it: as it was known at a moment, no more and no less.

What is loaded is what the scorecard reads: events of other types, or older than its longest window, change nothing.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, and_, bindparam, func, select

from features.agreement import Agreement
from features.catalog import Feature, Source
from features.moments import DAY
from features.tables import Event, Lead, Scalar, StageChange
from serving.leads.membership import account_at, members_at
from serving.leads.record import Record
from serving.store.many import among
from serving.store.schema import events, profile_versions, stage_changes

_MARGIN = 8 * DAY  # the trend looks a week further back
_NEWEST_PROFILE = (
    select(profile_versions.c.profile)
    .where(profile_versions.c.lead_id == bindparam("lead"), profile_versions.c.valid_from <= bindparam("as_of"))
    .order_by(profile_versions.c.valid_from.desc())
    .limit(1)
)


class Needs(NamedTuple):
    """What a scorecard and its agreement read.

    types: of events (None: any); window: how far back, microseconds (None: without end)
    accounts: whether it reads the other leads of the account; stages: whether it reads stage changes
    """

    types: frozenset[str] | None
    window: int | None
    accounts: bool
    stages: bool


def needs_of(features: Iterable[Feature], agreement: Agreement) -> Needs:
    """What is read for these features, the exclusions, the fast-tracks and the segments."""
    sources = [*(f.source for f in features), *agreement.exclusions, *agreement.fast_tracks, *_segments(agreement)]
    of_events = [s for s in sources if s.event is not None]
    types = frozenset(s.event for s in of_events if s.event is not None)
    reach = [_reach(s) for s in of_events]
    longest = max((r for r in reach if r is not None), default=0.0)
    return Needs(
        types=None if "any" in types else types,
        window=None if None in reach else round(longest * DAY) + _MARGIN,
        accounts=any(s.over == "account" or s.lead == "colleagues" for s in sources),
        stages=any(s.table == "outcomes" for s in sources),
    )


def _segments(agreement: Agreement) -> list[Source]:
    segments = agreement.segments
    return [*segments.personas, *segments.phases] if segments else []


def _reach(source: Source) -> float | None:
    """Days back that a source reads; None without end."""
    if source.window_days is None or (source.measure == "pace" and source.compare_days is None):
        return None
    return max(source.window_days, source.compare_days or 0.0) + source.delay_days


def lead_at(connection: Connection, record: Record, needs: Needs, program: str, as_of: int) -> Lead:
    """The lead as it was known at ``as_of``, with its colleagues where they are read."""
    return Lead(
        record.lead_id,
        profile_at(connection, record.lead_id, as_of),
        _events(connection, [record.lead_id], needs, as_of).get(record.lead_id, ()),
        record.created_at,
        _stages(connection, record.lead_id, program, as_of) if needs.stages else (),
        _colleagues(connection, record, needs, as_of) if needs.accounts else (),
    )


def leads_at(
    connection: Connection, records: Mapping[str, Record], needs: Needs, program: str, moments: Mapping[str, int]
) -> dict[str, Lead]:
    """Many leads, each as it was known at its own moment; for scores that read no colleagues."""
    assert not needs.accounts
    ids, latest = sorted(records), max(moments.values())
    done = _events(connection, ids, needs, latest)
    profiles = _profiles(connection, ids, moments)
    return {
        i: Lead(
            i,
            profiles.get(i, {}),
            done.get(i, ()),
            records[i].created_at,
            _stages(connection, i, program, moments[i]) if needs.stages else (),
        )
        for i in ids
    }


def _profiles(connection: Connection, ids: list[str], moments: Mapping[str, int]) -> dict[str, dict[str, Scalar]]:
    c = profile_versions.c
    rows = connection.execute(
        select(c.lead_id, c.valid_from, c.profile).where(among(connection, c.lead_id, ids)).order_by(c.valid_from)
    )
    newest = {lead_id: text for lead_id, since, text in rows if since <= moments[lead_id]}
    return {lead_id: orjson.loads(text) for lead_id, text in newest.items()}


def profile_at(connection: Connection, lead_id: str, as_of: int) -> dict[str, Scalar]:
    """All fields as they were at a moment, those of the account included; empty before the first ones."""
    found = connection.execute(_NEWEST_PROFILE, {"lead": lead_id, "as_of": as_of}).scalar_one_or_none()
    return orjson.loads(found) if found is not None else {}


def _events(connection: Connection, lead_ids: list[str], needs: Needs, as_of: int) -> dict[str, tuple[Event, ...]]:
    if needs.types is not None and not needs.types:
        return {}
    c = events.c
    whose = c.lead_id == lead_ids[0] if len(lead_ids) == 1 else among(connection, c.lead_id, lead_ids)
    asked = [whose, c.at <= as_of, c.known_from <= as_of]
    if needs.types is not None:
        asked.append(c.type.in_(sorted(needs.types)))
    if needs.window is not None:
        asked.append(c.at >= as_of - needs.window)
    rows = connection.execute(
        select(c.lead_id, c.type, c.at, c.known_from, c.properties).where(and_(*asked)).order_by(c.at, c.seq)
    )
    found: dict[str, list[Event]] = {}
    for lead_id, kind, at, known_from, properties in rows:
        found.setdefault(lead_id, []).append(Event(kind, at, orjson.loads(properties), None, known_from))
    return {lead_id: tuple(told) for lead_id, told in found.items()}


def _stages(connection: Connection, lead_id: str, program: str, as_of: int) -> tuple[StageChange, ...]:
    c = stage_changes.c
    rows = connection.execute(
        select(c.at, c.stage)
        .where(c.lead_id == lead_id, c.program == program, c.at <= as_of, func.coalesce(c.known_from, c.at) <= as_of)
        .order_by(c.at, c.id)
    )
    return tuple(StageChange(at, stage) for at, stage in rows)


def _colleagues(connection: Connection, record: Record, needs: Needs, as_of: int) -> tuple[Lead, ...]:
    """The other leads of the account that were leads of it by then."""
    account = account_at(connection, record, as_of)
    members = members_at(connection, account, as_of) if account is not None else {}
    members.pop(record.lead_id, None)
    done = _events(connection, sorted(members), needs, as_of) if members else {}
    return tuple(Lead(i, {}, done.get(i, ()), since) for i, since in sorted(members.items()))
