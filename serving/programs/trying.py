"""Tries an agreement on the leads of today: each is judged by what serves and by what would, nothing is changed.

No lead is locked: reads come in small batches, so that the service goes on meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, Select, func, select

from features.errors import LeadError
from features.stages import grade
from features.tables import Lead
from serving.leads.assess import stage_for
from serving.leads.facts import Needs, lead_at, leads_at
from serving.leads.record import Record, record_of
from serving.leads.standing import Standing, standing_of
from serving.programs.effect import Effect
from serving.programs.service import LEADS, InService
from serving.programs.tally import Seen, Tally
from serving.store.database import Store
from serving.store.many import among
from serving.store.schema import leads, standings

MOST = 100_000  # leads that are judged all; of more, a random sample of so many
BATCH = 500
SEED = 7
Step = Callable[[str, int, int], None]


class Counted(NamedTuple):
    """A lead, the stage it stands in (empty: none yet), and how it is seen by what serves and by what would."""

    lead_id: str
    stage: str
    before: Seen | None
    after: Seen | None


class Trial(NamedTuple):
    """What serves a program (None: nothing yet), what would, and what serves leads."""

    before: InService | None
    after: InService
    leads: InService | None


def tried(
    store: Store, trial: Trial, effect: Effect, now: int, most: int = MOST, step: Step = lambda *_: None
) -> Effect:
    """The effect with its counts; ``step(what, done, of)`` is told of progress. Raises StoreUnavailable."""
    asked = _asked(trial)
    ids, total = store.read(lambda connection: _drawn(connection, asked, most))
    tally = Tally()
    for start in range(0, len(ids), BATCH):
        step("judging leads by both agreements", start, len(ids))
        some = ids[start : start + BATCH]
        for counted in store.read(partial(_judged, trial=trial, lead_ids=some, now=now)):
            tally.add(*counted)
    step("judging leads by both agreements", len(ids), len(ids))
    stages = [stage.stage for stage in trial.after.agreement.stages]
    return tally.on(replace(effect, leads=total), stages)


def _asked(trial: Trial) -> Select[str]:
    """The leads that the program is about: the open ones in it; those that would begin it, where it is new."""
    c = standings.c
    if trial.before is not None:
        return select(c.lead_id).where(c.program == trial.before.program, c.open)
    won = trial.leads.process.converted if trial.leads else []
    return select(c.lead_id).where(c.program == LEADS, c.stage.in_(won))


def _drawn(connection: Connection, asked: Select[str], most: int) -> tuple[list[str], int]:
    """Their ids, or a random sample of them; and how many there are. The same leads give the same sample."""
    total = connection.execute(select(func.count()).select_from(asked.subquery())).scalar_one()
    found: list[str] = []
    random = Random(SEED)
    rows = connection.execute(asked.order_by(standings.c.lead_id).execution_options(yield_per=10_000))
    for n, row in enumerate(rows):
        lead_id = row[0]
        if n < most:
            found.append(lead_id)
        elif (at := random.randrange(n + 1)) < most:  # reservoir sampling (Vitter 1985, algorithm R)
            found[at] = lead_id
    return found, total


def _judged(connection: Connection, trial: Trial, lead_ids: Sequence[str], now: int) -> list[Counted]:
    """Leads as they are seen by both, but for those that are gone meanwhile."""
    before, after, _ = trial
    c = standings.c
    chosen = select(leads).where(among(connection, leads.c.lead_id, lead_ids)).order_by(leads.c.lead_id)
    records = {row.lead_id: record_of(row) for row in connection.execute(chosen)}
    mine = select(standings).where(c.program == after.program, among(connection, c.lead_id, lead_ids))
    stands = {row.lead_id: standing_of(row) for row in connection.execute(mine)}
    read = _read(connection, records, _both(before, after), after.program, now)
    return [_seen_by_both(before, after, lead, at, stands.get(lead.lead_id)) for lead, at in read]


def _read(
    connection: Connection, records: Mapping[str, Record], needs: Needs, program: str, now: int
) -> list[tuple[Lead, int]]:
    """The leads as they are known now, each with its moment: none is earlier than the last act on it."""
    moments = {lead_id: max(now, record.moment) for lead_id, record in records.items()}
    if needs.accounts:
        each = ((record, moments[i]) for i, record in records.items())
        return [(lead_at(connection, record, needs, program, at), at) for record, at in each]
    read = leads_at(connection, records, needs, program, moments) if records else {}
    return [(lead, moments[i]) for i, lead in read.items()]


def _seen_by_both(
    before: InService | None, after: InService, lead: Lead, at: int, standing: Standing | None
) -> Counted:
    new = Standing(lead.lead_id, after.program, True, after.process.first.stage, at, "")
    was = _seen(before, lead, standing, at) if before and standing else None
    return Counted(lead.lead_id, standing.stage if standing else "", was, _seen(after, lead, standing or new, at))


def _both(before: InService | None, after: InService) -> Needs:
    """What either of them reads; what is read beyond one's own needs changes nothing in it."""
    a, b = (before or after).needs, after.needs
    return Needs(
        types=None if a.types is None or b.types is None else a.types | b.types,
        window=None if a.window is None or b.window is None else max(a.window, b.window),
        accounts=a.accounts or b.accounts,
        stages=a.stages or b.stages,
    )


def _seen(service: InService, lead: Lead, standing: Standing, at: int) -> Seen | None:
    """Where a lead would stand, and with which score; None where it cannot be scored."""
    try:
        judged = service.scorer.judge(lead, at, stage_for(service, standing))
    except LeadError:
        return None
    place = standing.place._replace(stage=service.process.now_called(standing.stage))
    moved = service.process.by_itself(place, judged)
    score = judged.scored.score
    return Seen(
        stage=moved.to if moved else place.stage,
        grade=grade(service.agreement, score),
        excluded=judged.decision.exclusion is not None,
        score=score,
    )
