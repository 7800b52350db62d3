"""A batch of events into the store: as they happened, where no score could have read them; else known from now on."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, exists, select, update

from features.errors import DataError
from serving.imports.creating import as_known, create, stranger
from serving.imports.into import ERASED, Into, Kept
from serving.imports.known import Known, erased, found, moments, read_by_others
from serving.imports.reading import EventRow, OutcomeRow
from serving.imports.refused import Refused, shown
from serving.leads.later import mark_due
from serving.store.many import among, insert_many
from serving.store.schema import events, leads, profile_versions


class Stored(NamedTuple):
    """An event that the store has."""

    lead_id: str | None
    type: str
    at: int
    properties: str


def keep_events(into: Into, rows: Sequence[EventRow]) -> Kept:
    """Store a batch; raises Overtaken."""
    whose = leads_of(into, rows)
    before = _stored(into.connection, [row.event_id for row in rows])
    new: list[tuple[EventRow, Known]] = []
    refused: list[Refused] = []
    for row in sorted(rows, key=lambda row: row.at):
        lead = whose[row.lead]
        if isinstance(lead, DataError):
            refused.append(Refused.of(row.row, lead, "" if lead.what == ERASED else row.lead))
            continue
        this = Stored(lead.lead_id, row.type, row.at, row.properties)
        known = before.setdefault(row.event_id, this)
        if known is this:
            new.append((row, lead))
        elif fault := _contradiction(known, this):
            do = "give every event its own; of one that was sent twice, keep the earliest"
            refused.append(Refused(row.row, "event_id", fault, shown(row.event_id), "", do, row.lead))
    _save(into, new)
    return Kept(len(new), len(rows) - len(new) - len(refused), refused)


def leads_of(into: Into, rows: Sequence[EventRow] | Sequence[OutcomeRow]) -> dict[str, Known | DataError]:
    """The lead of every name in a batch, or why its rows are refused; strangers become leads if asked for."""
    names = {row.lead for row in rows}
    known = found(into.connection, names)
    gone = erased(into.connection, names)  # once the leads are locked: nobody can be erased from here on
    first: dict[str, int] = {}
    for row in rows:
        if row.lead not in known and row.lead not in gone:
            first[row.lead] = min(row.at, first.get(row.lead, row.at))
    whose: dict[str, Known | DataError] = {**known, **dict.fromkeys(gone, DataError(ERASED))}
    if into.create:
        new = [stranger(name, at) for name, at in first.items()]
        create(into, new)
        return whose | {each.lead_id: as_known(each) for each in new}
    do = "import the leads first, or have them made (--create)"
    return whose | dict.fromkeys(first, DataError("there is no such lead", where="lead_id", do=do))


def _stored(connection: Connection, ids: Sequence[str]) -> dict[str, Stored]:
    c = events.c
    columns = (c.message_id, c.lead_id, c.type, c.at, c.properties)
    rows = connection.execute(select(*columns).where(among(connection, c.message_id, ids)))
    return {row.message_id: Stored(row.lead_id, row.type, row.at, _sorted(row.properties)) for row in rows}


def _sorted(properties: str) -> str:
    return orjson.dumps(orjson.loads(properties), option=orjson.OPT_SORT_KEYS).decode()


def _contradiction(known: Stored, this: Stored) -> str:
    """Why an event cannot be the one that is known by its id; empty where it is that one, sent again later."""
    if known.lead_id != this.lead_id:
        return "another lead's event has this event_id"
    if this.at < known.at:
        return "the event with this event_id is known to have happened later"
    return "another event of this moment has this event_id" if this.at == known.at and this != known else ""


def _save(into: Into, new: Sequence[tuple[EventRow, Known]]) -> None:
    touched = {lead.lead_id: lead for _, lead in new}
    read = read_by_others(into.connection, into.programs, touched.values())
    late = [lead for lead in touched.values() if lead.scored or lead.lead_id in read]
    now = moments(into.connection, into.programs, late, into.now)
    rows = [
        {
            "message_id": row.event_id,
            "lead_id": lead.lead_id,
            "type": row.type,
            "at": row.at,
            "received_at": into.now,
            "known_from": now.get(lead.lead_id, row.known_from),
            "properties": row.properties,
        }
        for row, lead in new
    ]
    insert_many(into.connection, events, rows)
    _begin_earlier(into.connection, new)
    mark_due(into.connection, touched)


def _begin_earlier(connection: Connection, new: Iterable[tuple[EventRow, Known]]) -> None:
    """A lead that was made of its events alone, and not scored yet, begins with the first of them."""
    begins: dict[str, int] = {}
    for row, lead in new:
        if row.at < lead.record.created_at and not lead.record.profile and not lead.scored:
            begins[lead.lead_id] = min(row.at, begins.get(lead.lead_id, row.at))
    if begins:
        told_of = exists().where(profile_versions.c.lead_id == leads.c.lead_id)
        mine = leads.c.lead_id == bindparam("lead")
        earlier = update(leads).where(mine, ~told_of).values(created_at=bindparam("begins"))
        connection.execute(earlier, [{"lead": lead_id, "begins": at} for lead_id, at in begins.items()])
