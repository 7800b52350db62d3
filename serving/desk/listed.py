"""The rows of the list: where each lead stands, who it is, and why."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from serving.desk.reasons import Reason, main_reasons
from serving.desk.who import Lines, known_of
from serving.leads.listing import Filters, page, wanted
from serving.leads.standing import Standing
from serving.programs.service import InService
from serving.store.schema import standings
from serving.words.words import Words

PAGE = 50
COUNTED = 1_000  # more leads than these are said to be more


class Row(NamedTuple):
    """One lead; ``reason``: what adds most to its score."""

    standing: Standing
    who: Lines
    reason: Reason | None


class Listed(NamedTuple):
    """A page of the list.

    cursor: where the next page begins; empty at the end
    fit: how many leads fit, counted up to COUNTED; more: whether there are more
    waiting: how many open leads have no score yet, counted as far; empty: whether the program has no lead at all
    """

    rows: list[Row]
    cursor: str
    fit: int
    more: bool
    waiting: int = 0
    empty: bool = False


def listed(connection: Connection, service: InService, filters: Filters, cursor: str, words: Words) -> Listed:
    """A page of the list, the highest score first; raises LeadError for a cursor that is none of ours."""
    found = page(connection, filters, cursor, PAGE)
    rows = rows_of(connection, service, found.leads, words)
    if not rows and not cursor:
        return Listed([], "", 0, False, _unscored(connection, service.program), _is_empty(connection, service.program))
    fit = _counted(connection, filters) if cursor or found.cursor else len(rows)
    return Listed(rows, found.cursor, min(fit, COUNTED), fit > COUNTED)


def rows_of(connection: Connection, service: InService, leads: Sequence[Standing], words: Words) -> list[Row]:
    """These leads as rows."""
    if not leads:
        return []
    who = known_of(connection, [s.lead_id for s in leads])
    reasons = main_reasons(connection, service, leads, words)
    return [Row(s, who.get(s.lead_id, Lines(s.lead_id, "")), reasons.get(s.lead_id)) for s in leads]


def _counted(connection: Connection, filters: Filters) -> int:
    some = select(standings.c.lead_id).where(*wanted(filters)).limit(COUNTED + 1).subquery()
    found: int = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return found


def _unscored(connection: Connection, program: str) -> int:
    c = standings.c
    some = select(c.lead_id).where(c.program == program, c.open == True, c.score.is_(None)).limit(COUNTED)  # noqa: E712
    found: int = connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    return found


def _is_empty(connection: Connection, program: str) -> bool:
    any_lead = select(standings.c.lead_id).where(standings.c.program == program).limit(1)
    return connection.execute(any_lead).first() is None
