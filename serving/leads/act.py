"""Scores a lead in every program that it belongs to, inside the transaction of what happened to it."""

from sqlalchemy import Connection

from serving.leads.accounts import moment_of
from serving.leads.assess import Assessed, assess
from serving.leads.record import Record, lock, next_moment, touch
from serving.leads.standing import Standing, save, standings_of
from serving.leads.steps import first_standing, renamed
from serving.programs.programs import Programs
from serving.programs.service import CUSTOMERS, InService


def score_again(connection: Connection, programs: Programs, lead_id: str, now: int, cause: str) -> dict[str, Assessed]:
    """Score a stored lead now; its assessments by program. A lead that is new to a program gets its first stage."""
    record = lock(connection, lead_id)
    if record is None:
        return {}
    standings, done = standings_of(connection, lead_id), {}
    for service in programs.all():
        before = standings.get(service.program) or _first(connection, programs, service, record, standings, now)
        if before is None:
            continue
        at = moment_in(connection, service, record, now)
        before = renamed(connection, service, before, at)
        done[service.program] = assess(connection, service, record, before, at, cause)
        standings[service.program] = done[service.program].standing
        record = touch(connection, record, at + 1)  # the stage changes a moment after the score that changed it
    return done


def moment_in(connection: Connection, service: InService, record: Record, now: int) -> int:
    """The moment of the next act on a lead, told apart from those of its colleagues where they are read."""
    at = next_moment(record, now)
    if service.needs.accounts and record.account is not None:
        return moment_of(connection, record.account, at)
    return at


def _first(
    connection: Connection,
    programs: Programs,
    service: InService,
    record: Record,
    standings: dict[str, Standing],
    now: int,
) -> Standing | None:
    """The standing of a lead that is new to the program; None where the program is not for it."""
    if service.program == CUSTOMERS:
        bought = standings.get(programs.leads.program)
        if bought is None or not programs.leads.process.has_converted(bought.stage):
            return None
    new = first_standing(connection, service, record.lead_id, next_moment(record, now))
    save(connection, new)
    return new
