"""Scores many stored leads anew in one transaction, with few statements: what ``score_again`` does for each."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from features.errors import LeadError
from serving.leads.act import score_again
from serving.leads.assess import Assessed, judged_from, score_row, settled, with_fault
from serving.leads.facts import leads_at
from serving.leads.record import Record, next_moment, record_of
from serving.leads.standing import Standing, save_many, standing_of
from serving.leads.steps import renamed
from serving.programs.programs import Programs
from serving.programs.service import InService
from serving.store.database import Store
from serving.store.many import among
from serving.store.schema import leads, scores, standings


def rescore(store: Store, programs: Programs, service: InService, lead_ids: Sequence[str], now: int) -> int:
    """Score leads of a program anew, in one transaction; how many of them were there. Raises StoreUnavailable.

    Where colleagues are read, each lead has a transaction of its own: its account is locked with it, and whoever holds
    another lead of that account may be waiting for it.
    """

    def alone(connection: Connection, lead_id: str) -> bool:
        return bool(score_again(connection, programs, lead_id, now, "rescore"))

    if service.needs.accounts:
        return sum(store.write(partial(alone, lead_id=lead_id)) for lead_id in lead_ids)
    return store.write(lambda connection: _together(connection, service, lead_ids, now))


def _together(connection: Connection, service: InService, lead_ids: Sequence[str], now: int) -> int:
    records = _locked(connection, lead_ids)
    moments = {lead_id: next_moment(record, now) for lead_id, record in records.items()}
    before = {
        s.lead_id: renamed(connection, service, s, moments[s.lead_id]) for s in _standings(connection, service, records)
    }
    if not before:
        return 0
    read = leads_at(connection, {i: records[i] for i in before}, service.needs, service.program, moments)
    judged, faulty = _judged(service, before, read, moments)
    ids = _keep_scores(connection, [score_row(service, before[i], judged[i], "rescore") for i in judged])
    after = [
        settled(connection, service, before[i], assessed, score_id).standing
        for (i, assessed), score_id in zip(judged.items(), ids, strict=True)
    ]
    save_many(connection, [*after, *faulty])
    _touch(connection, {i: moments[i] + 1 for i in before})
    return len(before)


def _judged(
    service: InService, before: Mapping[str, Standing], read: Mapping[str, Any], moments: Mapping[str, int]
) -> tuple[dict[str, Assessed], list[Standing]]:
    """Those that can be scored, and those that cannot, with their fault."""
    judged: dict[str, Assessed] = {}
    faulty: list[Standing] = []
    for lead_id, standing in before.items():
        try:
            judged[lead_id] = judged_from(service, read[lead_id], standing, moments[lead_id])
        except LeadError as error:
            faulty.append(with_fault(service, standing, error))
    return judged, faulty


def _locked(connection: Connection, lead_ids: Sequence[str]) -> dict[str, Record]:
    """The leads, locked in one order for all workers."""
    chosen = select(leads).where(among(connection, leads.c.lead_id, lead_ids)).order_by(leads.c.lead_id)
    return {row.lead_id: record_of(row) for row in connection.execute(chosen.with_for_update())}


def _standings(connection: Connection, service: InService, records: Mapping[str, Record]) -> Iterable[Standing]:
    c = standings.c
    mine = select(standings).where(c.program == service.program, among(connection, c.lead_id, list(records)))
    return [standing_of(row) for row in connection.execute(mine)]


def _keep_scores(connection: Connection, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    if not rows:
        return ()
    kept = insert(scores).returning(scores.c.score_id, sort_by_parameter_order=True)
    return connection.execute(kept, rows).scalars().all()


def _touch(connection: Connection, moments: Mapping[str, int]) -> None:
    touched = update(leads).where(leads.c.lead_id == bindparam("lead")).values(moment=bindparam("at"))
    connection.execute(touched, [{"lead": lead_id, "at": at} for lead_id, at in moments.items()])
