"""A lead as a caller sends it, read in one go; where that does not do, ``serving.shapes`` says what is wrong.

What is read here is read there, to the same lead; what is refused here may still be read there.
"""

from typing import Annotated, Any, NamedTuple

import msgspec
import orjson
from msgspec import Meta

from features.errors import DataError
from features.moments import moment
from features.tables import Event, Lead
from serving.shapes import MAX_EVENTS, stages_of, unflattened

_Words = Annotated[str, Meta(min_length=1, max_length=200)]
_Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Sent(NamedTuple):
    """A lead as it was sent, the moment that was asked for and the stage that it was said to be in, if any were.

    alone: it is known to have no colleagues
    """

    lead: Lead
    as_of: int | None
    stage_now: str | None
    alone: bool = False


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    """As ``serving.shapes.EventIn``."""

    type: _Words
    at: str
    event_id: _Words | None = None
    properties: dict[str, Any] = {}


class _Lead(msgspec.Struct, forbid_unknown_fields=True):
    """As ``serving.shapes.LeadIn``, without colleagues."""

    lead_id: _Id
    as_of: str | None = None
    created_at: str | None = None
    stage_now: str | None = None
    stage_since: str | None = None
    profile: dict[str, str | int | float | bool | None] = {}
    events: Annotated[list[_Event], Meta(max_length=MAX_EVENTS)] = []


def read(body: bytes) -> Sent | None:
    """The lead that a body holds; None where it is unusual or wrong, which only ``LeadIn`` can tell.

    >>> read(b'{"lead_id": "L-1", "industry": "software"}').lead.profile
    {'industry': 'software'}
    >>> read(b'{"lead_id": ""}') is None
    True
    """
    try:
        data = orjson.loads(body)
        flat = isinstance(data, dict) and "profile" not in data and "events" not in data
        sent = msgspec.convert(unflattened(data) if flat else data, _Lead)
        events = tuple([Event(e.type, moment(e.at), e.properties, e.event_id) for e in sent.events])
        created = moment(sent.created_at) if sent.created_at else None
        since = moment(sent.stage_since) if sent.stage_since else created
        as_of = moment(sent.as_of) if sent.as_of else None
    except (orjson.JSONDecodeError, msgspec.ValidationError, DataError):
        return None
    stage_now = sent.stage_now or None
    return Sent(Lead(sent.lead_id, sent.profile, events, created, stages_of(stage_now, since)), as_of, stage_now)
