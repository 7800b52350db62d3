"""Takes messages in: stored, scored, announced, all in one transaction, acknowledged once that is on disk."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from serving.intake.keep import Kept, keep, together
from serving.intake.messages import Message
from serving.intake.order import hold_all
from serving.leads.act import score_again
from serving.leads.assess import Assessed
from serving.leads.later import to_score_now
from serving.programs.programs import Programs
from serving.store.database import Store

_LATER = "this lead has done very much and was scored a moment ago: its score follows soon"


class Received(NamedTuple):
    """What became of the messages, in their order, and of each lead that they are about, by program."""

    kept: list[Kept]
    leads: dict[str, dict[str, Assessed]]


def receive(store: Store, programs: Programs, messages: Sequence[Message], now: int) -> Received:
    """Store messages and score every lead that they are about once, or soon (``leads.later``).

    Raises StoreUnavailable, nothing stored then.
    """

    def work(connection: Connection) -> Received:
        hold_all(connection, messages)
        kept = [keep(connection, message, now, with_accounts=programs.read_accounts) for message in messages]
        touched = dict.fromkeys(lead for one in kept for lead in one.touched)
        scored = to_score_now(connection, programs, touched, {one.lead_id for one in kept if one.lead_id}, now)
        cause = _cause(messages)
        kept = [_with_wait(one, scored) for one in kept]
        return Received(kept, {lead: score_again(connection, programs, lead, now, cause) for lead in scored})

    return store.write(work)


def _with_wait(kept: Kept, scored: Collection[str]) -> Kept:
    """With a note where what was kept does not count in the answer's score yet."""
    waits = kept.lead_id in kept.touched and kept.lead_id not in scored
    return kept._replace(note=together(kept.note, _LATER)) if waits else kept


def _cause(messages: Sequence[Message]) -> str:
    """Why the leads are scored: the kind of the messages, or ``batch`` for several."""
    kinds = {type(message).__name__.lower() for message in messages}
    return kinds.pop() if len(kinds) == 1 else "batch"
