"""From the Segment spec's shapes to messages that can be stored."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import orjson
from pydantic import ValidationError

from features.errors import DataError, LeadError, nearest
from features.moments import DAY, iso, moment
from features.tables import Scalar
from serving.intake.messages import Alias, Group, Identify, Message, Track, Who, flat
from serving.intake.shapes import (
    KINDS,
    MOST_BYTES,
    AliasIn,
    GroupIn,
    IdentifyIn,
    MessageIn,
    MessagesIn,
    PageIn,
    ScreenIn,
    TrackIn,
)
from serving.problems import said

AHEAD = DAY  # a clock may be wrong by so much; what lies further ahead is a wrong date
_COMPANY = {"name": "company"}  # a group's name is the company of its leads


def message_of(sent: MessageIn, now: int, sent_at: str | None = None) -> Message:
    """A message to store; raises LeadError for a date too far ahead, or for too much."""
    message_id = sent.messageId or f"leadscore-{uuid4().hex}"
    who = Who(sent.userId, sent.anonymousId)
    if isinstance(sent, TrackIn | PageIn):
        at = _happened(sent, now, sent_at)
        return Track(message_id, who, _type(sent), at, _text(_properties(sent), "properties"))
    if isinstance(sent, IdentifyIn):
        traits = dict(sent.traits)
        created_at = _created_at(traits, now)
        return Identify(message_id, who, _fields(traits), created_at)
    if isinstance(sent, GroupIn):
        traits = {_COMPANY.get(name, name): value for name, value in sent.traits.items()}
        return Group(message_id, who, sent.groupId, _fields(traits))
    assert isinstance(sent, AliasIn)
    return Alias(message_id, who, sent.previousId)


def messages_of(batch: MessagesIn, now: int) -> tuple[list[Message], list[tuple[int, LeadError]]]:
    """The messages of a batch, and those that cannot be stored, by their place."""
    good: list[Message] = []
    bad: list[tuple[int, LeadError]] = []
    for i, raw in enumerate(batch.batch):
        try:
            good.append(message_of(_shaped(raw), now, batch.sentAt))
        except LeadError as error:
            bad.append((i, error))
    return good, bad


def _shaped(raw: dict[str, Any]) -> MessageIn:
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        do = nearest(str(kind), KINDS)
        raise LeadError("not a type of message", where="type", got=repr(kind)[:80], allowed=", ".join(KINDS), do=do)
    try:
        return KINDS[kind].model_validate(raw)
    except ValidationError as error:
        raise LeadError(**said(error.errors()[0])) from None


def _type(sent: TrackIn | PageIn) -> str:
    if isinstance(sent, TrackIn):
        return sent.event
    return "screen_view" if isinstance(sent, ScreenIn) else "page_view"


def _properties(sent: TrackIn | PageIn) -> dict[str, Any]:
    named = {"name": sent.name} if isinstance(sent, PageIn) and sent.name else {}
    return named | sent.properties


def _happened(sent: MessageIn, now: int, sent_at: str | None) -> int:
    """When it happened; by the caller's clock, put right by how wrong that clock was when the message was sent."""
    at = now
    sent_at = sent.sentAt or sent_at
    if sent.timestamp is not None:
        at = moment(sent.timestamp)
    elif sent.originalTimestamp is not None:
        by_theirs = moment(sent.originalTimestamp)
        at = by_theirs if sent_at is None else now - max(0, moment(sent_at) - by_theirs)
    if at > now + AHEAD:
        allowed = f"a moment up to a day after {iso(now)}, by this server's clock"
        raise LeadError("an event that has not happened yet", where="timestamp", got=iso(at), allowed=allowed)
    return at


def _created_at(traits: dict[str, Any], now: int) -> int | None:
    """The trait ``createdAt``, taken out of the others; None where it is no moment of the past."""
    told = traits.pop("createdAt", traits.pop("created_at", None))
    try:
        at = moment(told) if isinstance(told, str) else None
    except DataError:
        return None
    return at if at is not None and at <= now else None


def _fields(traits: Mapping[str, Any]) -> dict[str, Scalar]:
    _text(traits, "traits")
    return flat(traits)


def _text(value: Mapping[str, Any], where: str) -> str:
    """The value as JSON; raises LeadError when it is too long, or nested too deeply to be stored."""
    try:
        text = orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError):
        raise LeadError("nested too deeply", where=where, allowed="up to 250 levels") from None
    if len(text) > MOST_BYTES:
        raise LeadError("too much for one message", where=where, got=f"{len(text):,} bytes", allowed=f"{MOST_BYTES:,}")
    return text.decode()
