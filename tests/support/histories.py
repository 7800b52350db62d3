"""Leads with a made-up past: the stages that they went through, as the store keeps them."""

from typing import Any

from sqlalchemy import Connection

from serving.leads.standing import Standing
from serving.store.schema import leads, stage_changes, standings


def put_history(
    connection: Connection, lead: str, *moves: tuple[int, str], program: str = "leads", **said: Any
) -> None:
    """A lead that came into stages at moments, in this order; ``said``: of its last move (reason, sla)."""
    connection.execute(leads.insert().values(lead_id=lead, created_at=moves[0][0], moment=moves[-1][0], profile="{}"))
    was = ""
    for at, stage in moves:
        last = said if (at, stage) == moves[-1] else {}
        rest = {"action": "import", "reason": "", "note": "", "by": "test", "sla": "none"} | last
        row = {"lead_id": lead, "program": program, "at": at, "was": was, "stage": stage}
        connection.execute(stage_changes.insert().values(**row, **rest))
        was = stage
    put_standing(connection, lead, stage=was, stage_since=moves[-1][0], program=program)


def put_standing(connection: Connection, lead: str, **columns: Any) -> None:
    """Where a lead stands."""
    row = Standing(lead, "leads", True, "Prospect", 0, "marketing")._asdict() | columns
    connection.execute(standings.insert().values(**row))


def put_lead(connection: Connection, lead: str, profile: str = "{}", **columns: Any) -> None:
    """A lead that stands somewhere."""
    connection.execute(leads.insert().values(lead_id=lead, created_at=0, moment=0, profile=profile))
    put_standing(connection, lead, **columns)
