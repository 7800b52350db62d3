"""From stored leads to what a CRM is to hold of them."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from serving.crm.config import CrmConfig
from serving.crm.connector import Record
from serving.crm.fields import NO_REASON_TO_SEND, WORDED, value_of
from serving.leads.announcing import present
from serving.leads.detail import as_it_stands
from serving.leads.standing import Standing, standing_of
from serving.leads.told import told
from serving.programs.service import InService
from serving.store.many import among
from serving.store.schema import leads, stage_changes, standings

APART = "apart"  # not one of those that the CRM is told of
NO_KEY = "no_key"  # nothing says which record there it is


class Seen(NamedTuple):
    """A lead as it was looked at.

    record: what the CRM is to hold of it; None where it is not told, ``state`` and ``why`` then say so
    digest: of the record, but for what is no reason to send; place: of where it is looked for, and its stage
    score_id, change_id: the last score and stage change of what was looked at; 0: none
    """

    lead_id: str
    record: Record | None
    state: str = ""
    why: str = ""
    digest: str = ""
    place: str = ""
    score_id: int = 0
    change_id: int = 0


class _Person(NamedTuple):
    email: str | None
    profile: Mapping[str, Any]


class _Around(NamedTuple):
    """What is known of some leads; ``first``: of each address, the lead that had it first."""

    standings: Mapping[str, Standing]
    people: Mapping[str, _Person]
    last_changes: Mapping[str, int]
    first: Mapping[str, str]


def look(
    connection: Connection, service: InService, config: CrmConfig, lead_ids: Sequence[str], told_of: Collection[str]
) -> list[Seen]:
    """Leads as they stand; ``told_of``: those of whom the CRM was told before, whatever their stage is now."""
    people = _people(connection, lead_ids)
    around = _Around(
        _standings(connection, config.program, lead_ids),
        people,
        _last_changes(connection, config.program, lead_ids),
        _first_of_address(connection, people) if config.find_by == "email" else {},
    )
    return [_seen(connection, service, config, around, lead_id, lead_id in told_of) for lead_id in lead_ids]


def _seen(
    connection: Connection, service: InService, config: CrmConfig, around: _Around, lead_id: str, is_told_of: bool
) -> Seen:
    standing, person = around.standings.get(lead_id), around.people.get(lead_id)
    seen = Seen(lead_id, None, APART, change_id=around.last_changes.get(lead_id, 0))
    if standing is None or standing.score is None or person is None:
        return seen
    seen = seen._replace(score_id=standing.score_id or 0)
    if config.stages and standing.stage not in config.stages and not is_told_of:
        return seen
    key = key_of(config, lead_id, person)
    other = around.first.get(key, lead_id)
    if not key or other != lead_id:
        why = f"the lead {other} has the same address" if key else _no_key(config)
        return seen._replace(state=NO_KEY, why=why)
    record = record_of(connection, service, config, standing, key)
    place = _hashed([config.address, key, standing.stage])
    return seen._replace(record=record, state="", digest=_digest(config, record), place=place)


def record_of(connection: Connection, service: InService, config: CrmConfig, standing: Standing, key: str) -> Record:
    """What the CRM is to hold of a lead that was scored."""
    worded = not WORDED.isdisjoint(config.fields)
    said = told(service, as_it_stands(connection, service, standing), config.language) if worded else present(standing)
    values = {name: value_of(field, said, config.decimals, config.longest) for field, name in config.fields.items()}
    return Record(standing.lead_id, key, values)


def key_of(config: CrmConfig, lead_id: str, person: _Person) -> str:
    """What the lead is found by in the CRM; empty where nothing is known."""
    if config.find_by == "lead_id":
        return lead_id
    if config.find_by == "email":
        return person.email or ""
    value = person.profile.get(config.profile_field)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def _no_key(config: CrmConfig) -> str:
    return "the lead has no e-mail address" if config.find_by == "email" else f"the lead has no {config.profile_field}"


def _digest(config: CrmConfig, record: Record) -> str:
    unread = {config.fields[field] for field in NO_REASON_TO_SEND if field in config.fields}
    values = sorted((name, value) for name, value in record.values.items() if name not in unread)
    return _hashed([config.address, config.object, config.find_in, record.key, values])


def _hashed(value: object) -> str:
    return blake2b(orjson.dumps(value), digest_size=16).hexdigest()


def mapping_of(config: CrmConfig) -> str:
    """A digest of what decides which values are sent, and of whom."""
    asked = [config.address, config.object, config.find_by, config.find_in, config.fields, list(config.stages)]
    return _hashed([*asked, config.decimals, config.longest, config.language])


def _standings(connection: Connection, program: str, lead_ids: Sequence[str]) -> dict[str, Standing]:
    c = standings.c
    rows = connection.execute(select(standings).where(c.program == program, among(connection, c.lead_id, lead_ids)))
    return {row.lead_id: standing_of(row) for row in rows}


def _people(connection: Connection, lead_ids: Sequence[str]) -> dict[str, _Person]:
    c = leads.c
    rows = connection.execute(select(c.lead_id, c.email, c.profile).where(among(connection, c.lead_id, lead_ids)))
    return {row.lead_id: _Person(row.email, orjson.loads(row.profile)) for row in rows}


def _last_changes(connection: Connection, program: str, lead_ids: Sequence[str]) -> dict[str, int]:
    c = stage_changes.c
    mine = (c.program == program, among(connection, c.lead_id, lead_ids))
    rows = connection.execute(select(c.lead_id, func.max(c.id).label("last")).where(*mine).group_by(c.lead_id))
    return {row.lead_id: row.last for row in rows}


def _first_of_address(connection: Connection, people: Mapping[str, _Person]) -> dict[str, str]:
    """Of each address the lead that had it first: a CRM holds one record of it."""
    c, addresses = leads.c, sorted({person.email for person in people.values() if person.email})
    chosen = select(c.lead_id, c.email).where(among(connection, c.email, addresses))
    rows = connection.execute(chosen.order_by(c.created_at.desc(), c.lead_id.desc()))
    return {row.email: row.lead_id for row in rows}
