"""What the store holds of a person, table by table; the only list of it."""

from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, ColumnElement, Row, Table, false

from features.moments import iso
from serving.people.finding import Person
from serving.store.schema import (
    crm_sent,
    events,
    feedback,
    identities,
    leads,
    past_accounts,
    profile_versions,
    scores,
    stage_changes,
    standings,
    visits,
    webhook_messages,
)

# In the order in which rows may be deleted: what refers to others comes before them.
TABLES: tuple[Table, ...] = (
    crm_sent,
    webhook_messages,
    visits,
    feedback,
    stage_changes,
    scores,
    standings,
    events,
    profile_versions,
    past_accounts,
    identities,
    leads,
)
_JSON = {"profile", "properties", "terms", "payload"}
_NUMBERS = {"id", "seq", "score_id", "change_id"}  # whole numbers that are no moments


def held_of(table: Table, person: Person) -> ColumnElement[bool]:
    """Which rows of a table are a person's; of a visitor who is still anonymous there are events only."""
    if person.lead_id is not None:
        return table.c.lead_id == person.lead_id
    return events.c.anonymous_id.in_(person.ids) & events.c.lead_id.is_(None) if table is events else false()


def told(table: Table, row: Row[Any]) -> dict[str, Any]:
    """A row as people read it: moments as ISO 8601, JSON as what it says."""
    return {str(column.name): _value(column, row._mapping[column.name]) for column in table.columns}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if column.name in _JSON:
        return orjson.loads(value)
    is_moment = isinstance(column.type, BigInteger) and column.name not in _NUMBERS
    return iso(value) if is_moment else value
