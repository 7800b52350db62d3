"""What falls due by the clock alone: reminders and breaches of SLAs, and scores that grow too old.

Each call does one small batch, and says whether there may be more; whoever is killed in between loses nothing, since
what is due stays due until it is done.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from features.errors import LeadError, LeadscoreError
from features.moments import DAY
from serving.leads.act import moment_in
from serving.leads.announcing import sla_message
from serving.leads.assess import with_fault
from serving.leads.bulk import rescore
from serving.leads.record import lock, touch
from serving.leads.standing import save, standing_in
from serving.process.clock import passed
from serving.programs.programs import Programs
from serving.programs.service import InService
from serving.store.database import Store
from serving.store.schema import standings
from serving.webhooks.outbox import announce

log = logging.getLogger("leadscore")

BATCH = 200
_HOUR = DAY / 24


def watch_clocks(store: Store, programs: Programs, now: int) -> int:
    """Mark SLAs that are due or breached, of what is served, announcing each once; how many of at most ``BATCH``."""
    served = [service.program for service in programs.all()]
    rows = store.read(lambda connection: _late(connection, served, now))
    return sum(store.write(partial(_mark, programs=programs, row=row, now=now)) for row in rows)


def _late(connection: Connection, served: Sequence[str], now: int) -> Sequence[Row[Any, Any]]:
    c = standings.c
    late = or_(
        and_(c.sla_state == "running", c.sla_remind_at <= now),
        and_(c.sla_state.in_(("running", "due")), c.sla_due_at < now),
    )
    return connection.execute(select(c.lead_id, c.program).where(late, c.program.in_(served)).limit(BATCH)).all()


def _mark(connection: Connection, programs: Programs, row: Row[Any, Any], now: int) -> bool:
    """Mark one clock, unless another worker has done it meanwhile, or the lead has moved on."""
    record, service = lock(connection, row.lead_id), programs.named(row.program)
    standing = standing_in(connection, row.lead_id, row.program) if record else None
    if record is None or standing is None or passed(standing.clock, now) == standing.sla_state:
        return False
    marked = standing._replace(sla_state=passed(standing.clock, now))
    at = moment_in(connection, service, record, now)
    save(connection, marked)
    announce(connection, sla_message(service, marked, at))
    touch(connection, record, at)
    return True


def rescore_due(store: Store, programs: Programs, now: int, *, most: int = BATCH) -> int:
    """Score open leads anew whose score is older than agreed, or of another scorecard; how many, at most ``most``.

    Raises StoreUnavailable.
    """
    done = 0
    for service in programs.all():
        ids = store.read(partial(due_leads, service=service, now=now, most=most - done))
        for start in range(0, len(ids), BATCH):
            done += _rescored(store, programs, service, ids[start : start + BATCH], now)
    return done


def _rescored(store: Store, programs: Programs, service: InService, ids: Sequence[str], now: int) -> int:
    """Score leads together; where one of them breaks the code, each by itself, so that the others get their scores."""
    try:
        return rescore(store, programs, service, ids, now)
    except LeadscoreError:
        raise
    except Exception as error:
        if len(ids) > 1:
            return sum(_rescored(store, programs, service, [lead_id], now) for lead_id in ids)
        # Not its traceback: the command prints what is logged.
        log.error("the lead %s cannot be scored: an unexpected %s", ids[0], type(error).__name__)
        return store.write(partial(_set_aside, service=service, lead_id=ids[0]))


def _set_aside(connection: Connection, service: InService, lead_id: str) -> int:
    """Keep the fault beside a lead's last score, so that it is tried again when something happens to it."""
    standing = standing_in(connection, lead_id, service.program) if lock(connection, lead_id) else None
    if standing is not None:
        save(connection, with_fault(service, standing, LeadError("an unexpected error, which was logged")))
    return 1


def due_leads(connection: Connection, service: InService, now: int, most: int) -> Sequence[str]:
    """The leads whose score is too old, those that waited longest first."""
    c, found = standings.c, list[str]()
    for reason in _reasons(service, now):
        if len(found) < most:
            chosen = select(c.lead_id).where(reason).order_by(c.scored_at).limit(most - len(found))
            found += connection.execute(chosen).scalars()
    return found


def count_due(connection: Connection, programs: Programs, now: int) -> int:
    """How many scores are too old, of all programs."""
    counts = (
        connection.execute(select(func.count()).select_from(standings).where(reason)).scalar_one()
        for service in programs.all()
        for reason in _reasons(service, now)
    )
    return sum(counts)


def _reasons(service: InService, now: int) -> Sequence[ColumnElement[bool]]:
    """Why an open lead must be scored anew; no lead fits two of them."""
    c, oldest = standings.c, now - round(service.agreement.process.score_age_hours * _HOUR)
    mine = and_(c.program == service.program, c.open)
    old = and_(c.scored_at <= oldest, c.fault == "")
    other = or_(c.scored_at > oldest, c.fault != "")
    return (
        and_(mine, c.scored_at.is_(None), c.fault == ""),
        and_(mine, old),
        and_(mine, other, c.checksum != service.checksum),
    )
