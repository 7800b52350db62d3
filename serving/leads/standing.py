"""A lead's row in one program: its present score, its place in the process, its clock, and what others were told."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from features.sendback import SentBack
from serving.process.clock import Clock
from serving.process.place import Place
from serving.store.rows import put
from serving.store.schema import standings


class Standing(NamedTuple):
    """A row of ``standings``, by the same names; the schema says what each means."""

    lead_id: str
    program: str
    open: bool
    stage: str
    stage_since: int
    owner: str
    assigned_to: str = ""
    waiting_for: str = ""
    score: float | None = None
    probability: float | None = None
    agreed_score: float | None = None
    disagreement: float | None = None
    fit_points: float | None = None
    interest_points: float | None = None
    grade: str = ""
    trend: str = "unknown"
    persona: str = ""
    phase: str = ""
    quadrant: str = ""
    exclusion: str = ""
    scored_at: int | None = None
    score_id: int | None = None
    checksum: str | None = None
    fault: str = ""
    told_score: float | None = None
    told_grade: str = ""
    sla_state: str = "none"
    sla_remind_at: int | None = None
    sla_due_at: int | None = None
    sent_back_from: str = ""
    sent_back_at: int | None = None
    sent_back_score: float | None = None

    @property
    def place(self) -> Place:
        """Its place in the process."""
        back = None
        if self.sent_back_at is not None and self.sent_back_score is not None:
            back = SentBack(self.sent_back_from, self.sent_back_at, self.sent_back_score)
        return Place(self.stage, self.stage_since, self.assigned_to, back)

    @property
    def clock(self) -> Clock:
        """The SLA of its stage."""
        return Clock(self.sla_state, self.sla_remind_at, self.sla_due_at)  # type: ignore[arg-type]


_ONE = select(standings).where(standings.c.lead_id == bindparam("lead"), standings.c.program == bindparam("of"))


def standing_in(connection: Connection, lead_id: str, program: str) -> Standing | None:
    """The lead's row in a program; None when it has none."""
    row = connection.execute(_ONE, {"lead": lead_id, "of": program}).one_or_none()
    return standing_of(row) if row else None


def standings_of(connection: Connection, lead_id: str) -> dict[str, Standing]:
    """The lead's rows, by program."""
    rows = connection.execute(select(standings).where(standings.c.lead_id == lead_id))
    return {row.program: standing_of(row) for row in rows}


def standing_of(row: Row[Any]) -> Standing:
    """A row of the table, with all its columns."""
    return Standing(**row._mapping)


def save_many(connection: Connection, found: Sequence[Standing]) -> None:
    """Store rows that are there already."""
    if not found:
        return
    keys = ("lead_id", "program")
    rest: dict[str, Any] = {name: bindparam(name) for name in Standing._fields if name not in keys}
    c = standings.c
    mine = update(standings).where(c.lead_id == bindparam("of_lead"), c.program == bindparam("of_program"))
    rows = [s._asdict() | {"of_lead": s.lead_id, "of_program": s.program} for s in found]
    connection.execute(mine.values(rest), rows)


def save(connection: Connection, standing: Standing) -> None:
    """Store the row."""
    put(connection, standings, standing._asdict())
