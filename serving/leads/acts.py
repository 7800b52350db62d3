"""What people do with a lead: accept it, send it back, win or lose it, take it on, say what they think of it."""

from typing import Literal, NamedTuple

from sqlalchemy import Connection, insert

from serving.leads.act import moment_in, score_again
from serving.leads.assess import Assessed
from serving.leads.errors import NoSuchLead
from serving.leads.record import Record, lock, touch
from serving.leads.standing import Standing, save, standing_in
from serving.leads.steps import entered
from serving.process.moves import Action, IllegalMove, Why
from serving.programs.programs import Programs
from serving.programs.service import LEADS, InService
from serving.store.schema import feedback

Verdict = Literal["good", "poor"]


class Found(NamedTuple):
    """A lead that is about to be acted on, locked, with its row in a program."""

    service: InService
    record: Record
    standing: Standing


def find_locked(connection: Connection, programs: Programs, lead_id: str, program: str = LEADS) -> Found:
    """The lead; raises NoSuchLead, NoSuchProgram."""
    service = programs.named(program)
    record = lock(connection, lead_id)
    standing = standing_in(connection, lead_id, program) if record else None
    if record is None or standing is None:
        raise no_such_lead(lead_id, program)
    return Found(service, record, standing)


def no_such_lead(lead_id: str, program: str) -> NoSuchLead:
    """That there is no such lead."""
    where = f"the program '{program}'"
    return NoSuchLead(f"there is no lead '{lead_id}'", where=where, do="look it up with GET /v1/leads/lookup?email=")


def act(
    connection: Connection, programs: Programs, lead_id: str, action: Action, why: Why, now: int, program: str = LEADS
) -> Assessed:
    """Move a lead because a person says so; the lead is scored at that moment, and the score kept beside the move.

    Raises NoSuchLead, NoSuchProgram; IllegalMove, which says what is allowed. A lead that cannot be scored may still
    be sent back or given up.
    """
    assessed = score_again(connection, programs, lead_id, now, action).get(program)
    service, record, before = find_locked(connection, programs, lead_id, program)
    decision = assessed.judged.decision if assessed and assessed.judged else None
    moved = service.process.taken(before.place, decision, action, why.reason)
    at = moment_in(connection, service, record, now)
    after = entered(connection, service, before, moved, at, why)
    if decision is not None:
        after = after._replace(waiting_for=service.process.waiting_for(after.place, decision))
    save(connection, after)
    touch(connection, record, at)
    if action != "accept":
        _keep(connection, before, "good" if action == "convert" else "poor", why, at)
    if action == "convert" or service.needs.stages:  # a customer begins another program; some facts read the stage
        return score_again(connection, programs, lead_id, now, action)[program]
    return Assessed(after, assessed.judged if assessed else None)


def assign(connection: Connection, programs: Programs, lead_id: str, to: str, now: int, program: str = LEADS) -> None:
    """Give a lead to a person, or to nobody; raises NoSuchLead, and IllegalMove for a closed lead."""
    service, record, before = find_locked(connection, programs, lead_id, program)
    if not before.open:
        raise IllegalMove(f"the lead is closed ({before.stage})", where="stage", got="assign", allowed="recycle")
    save(connection, before._replace(assigned_to=to))
    touch(connection, record, moment_in(connection, service, record, now))


def say(
    connection: Connection, programs: Programs, lead_id: str, verdict: Verdict, why: Why, now: int, program: str = LEADS
) -> None:
    """Keep what somebody thinks of a lead and its score, without moving it; raises NoSuchLead."""
    service, record, standing = find_locked(connection, programs, lead_id, program)
    at = moment_in(connection, service, record, now)
    _keep(connection, standing, verdict, why, at)
    touch(connection, record, at)


def _keep(connection: Connection, standing: Standing, verdict: Verdict, why: Why, at: int) -> None:
    row = {
        "lead_id": standing.lead_id,
        "program": standing.program,
        "at": at,
        "by": why.by,
        "verdict": verdict,
        "reason": why.reason,
        "note": why.note,
        "score_id": standing.score_id,
    }
    connection.execute(insert(feedback).values(row))
