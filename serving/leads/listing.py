"""The prioritised list: open leads, highest score first, page by page.

A page begins where the last one ended (a keyset), so that the millionth row is found as fast as the first.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Double, Select, Text, and_, literal, or_, select, tuple_

from features.errors import LeadError
from serving.leads.standing import Standing, standing_of
from serving.programs.service import LEADS
from serving.store.schema import standings

Disagreement = Literal["any", "history_higher", "rules_higher"]
DISAGREE = 10.0  # points between rules and history from which they are said to disagree


class Filters(NamedTuple):
    """Which leads; None: whatever they have there."""

    program: str = LEADS
    stage: str | None = None
    owner: str | None = None
    assigned_to: str | None = None
    persona: str | None = None
    phase: str | None = None
    quadrant: str | None = None
    sla: str | None = None
    waiting_for: str | None = None
    grade: str | None = None
    disagreement: Disagreement | None = None
    closed: bool = False


class Page(NamedTuple):
    """Some leads, and where the next page begins; empty at the end."""

    leads: list[Standing]
    cursor: str


_EXACT = ("stage", "owner", "assigned_to", "persona", "phase", "quadrant", "waiting_for", "grade")


def page(connection: Connection, filters: Filters, cursor: str, most: int) -> Page:
    """The leads after ``cursor`` (empty: the first ones); raises LeadError for a cursor that is none of ours."""
    query = select(standings).where(and_(*wanted(filters)))
    if cursor:
        query = query.where(_after(cursor))
    rows = connection.execute(_ordered(query).limit(most + 1)).all()
    found = [standing_of(row) for row in rows[:most]]
    return Page(found, _cursor(found[-1]) if len(rows) > most else "")


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(standings.c.score.desc(), standings.c.lead_id.desc())


def wanted(filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions on ``standings`` that these filters are."""
    c = standings.c
    tests = [c.program == filters.program, c.open == (not filters.closed), c.score.is_not(None)]
    given = {name: getattr(filters, name) for name in _EXACT}
    tests += [c[name] == value for name, value in given.items() if value is not None]
    if filters.sla is not None:
        tests.append(c.sla_state == filters.sla)
    if filters.disagreement in ("any", "history_higher"):
        higher = c.disagreement >= DISAGREE
        tests.append(or_(higher, c.disagreement <= -DISAGREE) if filters.disagreement == "any" else higher)
    elif filters.disagreement == "rules_higher":
        tests.append(c.disagreement <= -DISAGREE)
    return tests


def _after(cursor: str) -> ColumnElement[bool]:
    c = standings.c
    match _read(cursor):
        case [int() | float() as score, str() as lead_id] if "\0" not in lead_id:
            return tuple_(c.score, c.lead_id) < tuple_(literal(float(score), Double), literal(lead_id, Text))
    do = "begin again without a cursor"
    raise LeadError("not a cursor of this list", where="cursor", got=cursor[:80], do=do)


def _read(cursor: str) -> Any:
    try:
        return orjson.loads(urlsafe_b64decode(cursor))
    except ValueError:
        return None


def _cursor(last: Standing) -> str:
    return urlsafe_b64encode(orjson.dumps([last.score, last.lead_id])).decode()
