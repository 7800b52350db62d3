"""Stores one message, once: the same ``messageId`` again changes nothing."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from features.moments import iso
from serving.intake.identity import ErasedMeanwhile, Named, claim, hold, lead_of, named, were_erased, without_erased
from serving.intake.messages import Alias, Group, Message, Track, Who
from serving.leads.accounts import join, moment_of
from serving.leads.profiles import tell
from serving.leads.record import lock, next_moment, touch
from serving.store.rows import insert_new
from serving.store.schema import events, messages


class Kept(NamedTuple):
    """What became of a message.

    lead_id: of the lead that it is about; None while that is an anonymous visitor
    repeated: it had come before, and nothing was changed; note: what the caller should know of it
    touched: the leads that must be scored anew
    """

    message_id: str
    lead_id: str | None
    repeated: bool = False
    note: str = ""
    touched: tuple[str, ...] = ()


_NO_DEVICE = "somebody who had this anonymousId was erased; it was left out"


def keep(connection: Connection, message: Message, now: int, *, with_accounts: bool = False) -> Kept:
    """Store a message that has just come; ``with_accounts``: some score reads what colleagues do."""
    gone = Kept(message.message_id, None, note="this person was erased; nothing was stored")
    hold(connection, message.who.anonymous_id, message.previous_id if isinstance(message, Alias) else None)
    who = without_erased(connection, message.who)
    if who is None:
        return gone
    try:
        kept = _keep(connection, message._replace(who=who), now, with_accounts)
    except ErasedMeanwhile:
        return gone
    return kept if who == message.who else kept._replace(note=together(kept.note, _NO_DEVICE))


def _keep(connection: Connection, message: Message, now: int, with_accounts: bool) -> Kept:
    if isinstance(message, Track):
        return _keep_event(connection, message, now, with_accounts)
    if not insert_new(connection, messages, {"message_id": message.message_id, "received_at": now}):
        return Kept(message.message_id, lead_of(connection, message.who), repeated=True)
    if isinstance(message, Alias):
        return _keep_alias(connection, message, now)
    found = named(connection, message.who, now)
    record, note = found.record, _left(found)
    if isinstance(message, Group):
        touched = join(connection, record, message.group_id, message.traits, now)
        return Kept(message.message_id, record.lead_id, note=note, touched=touched)
    tell(connection, record, message.traits, now, message.created_at)
    return Kept(message.message_id, record.lead_id, note=note, touched=(record.lead_id,))


def _keep_event(connection: Connection, message: Track, now: int, with_accounts: bool) -> Kept:
    seen = connection.execute(select(events.c.lead_id).where(events.c.message_id == message.message_id)).one_or_none()
    if seen is not None:
        return Kept(message.message_id, seen.lead_id, repeated=True)
    found = _whose(connection, message.who, now)
    record = found.record if found else None
    at = next_moment(record, now) if record else now
    if with_accounts and record and record.account is not None:
        at = moment_of(connection, record.account, at)
    row: dict[str, Any] = {
        "message_id": message.message_id,
        "lead_id": record.lead_id if record else None,
        "anonymous_id": message.who.anonymous_id,
        "type": message.type,
        "at": min(message.at, at),
        "received_at": now,
        "known_from": at,
        "properties": message.properties,
    }
    stored = insert_new(connection, events, row)
    if record:
        touch(connection, record, at)
    ahead = "" if message.at <= at else f"dated {iso(message.at)}, ahead of this server's clock; it counts as of now"
    touched = (record.lead_id,) if record and stored else ()
    note = together(_left(found) if found else "", ahead)
    return Kept(message.message_id, row["lead_id"], not stored, note, touched)


def _whose(connection: Connection, who: Who, now: int) -> Named | None:
    """The lead that did it, locked; None for an anonymous visitor. A user id that is new is a new lead."""
    if who.user_id is not None:
        return named(connection, who, now)
    known = lead_of(connection, who)
    record = lock(connection, known) if known is not None else None
    return Named(record) if record else None


def _keep_alias(connection: Connection, message: Alias, now: int) -> Kept:
    found = named(connection, message.who, now)
    note = _left(found)
    if were_erased(connection, message.previous_id):
        note = together(note, _NO_DEVICE)
    else:
        found = claim(connection, found.record, message.previous_id, now)
        note = together(note, _left(found))
    record = touch(connection, found.record, next_moment(found.record, now))
    return Kept(message.message_id, record.lead_id, note=note, touched=(record.lead_id,))


def _left(found: Named) -> str:
    """What is said where a person is in two leads; empty else."""
    if found.left is None:
        return ""
    return (
        f"this anonymousId was the lead '{found.left}' until now, which stays a lead of its own with its events and "
        f"its profile; close it (lose) or erase it, and send its events with new messageIds if they are to count for "
        f"'{found.record.lead_id}'"
    )


def together(*notes: str) -> str:
    """Several notes as one; empty ones are left out."""
    return "; ".join(note for note in notes if note)
