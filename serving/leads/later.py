"""Scores that may wait for the job that keeps scores young: of leads that do very much, and of whole companies.

What comes in is stored at once all the same. Reading a lead takes as long as it has done things; were it read anew for
each of them, ten thousand of one lead would hold up everybody else for minutes.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, func, select, update

from features.moments import SECOND
from serving.programs.programs import Programs
from serving.store.many import among
from serving.store.schema import events, leads, standings

MANY = 1_000  # events that are read to score a lead
PAUSE = 10 * SECOND  # at least so long between two scores of such a lead, for what it does
MOST_COLLEAGUES = 50  # that are scored at once when their company changes


def mark_due(connection: Connection, lead_ids: Collection[str]) -> None:
    """Have the leads that were scored, or could not be, scored anew soon: no scorecard has this checksum."""
    c = standings.c
    stale = update(standings).where(among(connection, c.lead_id, [*lead_ids]), c.checksum.is_not(None))
    connection.execute(stale.values(checksum=""))


def to_score_now(
    connection: Connection, programs: Programs, touched: Collection[str], about: Collection[str], now: int
) -> list[str]:
    """Those of the leads that are scored at once; the others are marked to be scored soon.

    touched: whose score may have changed; about: those of them that did something themselves
    """
    others = [lead_id for lead_id in touched if lead_id not in about]
    late = set(others if len(others) > MOST_COLLEAGUES else ())
    late |= {lead_id for lead_id in touched if lead_id not in late and _may_wait(connection, programs, lead_id, now)}
    if late:
        mark_due(connection, late)
    return [lead_id for lead_id in touched if lead_id not in late]


def _may_wait(connection: Connection, programs: Programs, lead_id: str, now: int) -> bool:
    """Whether a lead was scored a moment ago, and has done so much that this took long."""
    c = standings.c
    scored = connection.execute(select(func.min(c.scored_at)).where(c.lead_id == lead_id)).scalar_one()
    return scored is not None and scored > now - PAUSE and _has_done(connection, programs, lead_id) > MANY


def _has_done(connection: Connection, programs: Programs, lead_id: str) -> int:
    """How much would be read, counted no further than is asked."""
    read: Iterable[str] = [lead_id]
    if programs.read_accounts:
        mine = select(leads.c.account).where(leads.c.lead_id == lead_id).scalar_subquery()
        colleagues = select(leads.c.lead_id).where(leads.c.account == mine)
        read = [lead_id, *connection.execute(colleagues).scalars()]
    some = select(1).where(among(connection, events.c.lead_id, [*read])).limit(MANY + 1).subquery()
    counted: int = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return counted
