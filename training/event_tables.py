"""The three tables of the data contract: leads with their events, and the outcomes that followed."""

from collections.abc import Collection, Container, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from features.agreement import Agreement
from features.errors import DataError, nearest
from features.moments import DAY, now
from features.snapshots import LOST, Changes, Happened, Meaning, Snapshot, Timeline, snapshot_rows
from features.tables import Lead
from training.config import Tables, TrainConfig
from training.history import History, refuse_one_class
from training.reading import events_by_lead, fingerprint, leads_of, moments, read_table, refuse_unreadable, require


def event_history(
    config: TrainConfig, tables: Tables, agreement: Agreement, frame: pd.DataFrame, folder: Path
) -> History:
    """Each lead as it was at the declared moments, with what followed within the horizon.

    Raises DataError for a column that is not there, an unreadable time or one that has not come yet, or no
    moment with a finished horizon.
    """
    events, outcomes = read_table(folder / tables.events), read_table(folder / tables.outcomes)
    profile, leads = _leads(config, frame, events, tables.events)
    conversion = agreement.conversion
    timeline = _timeline(leads, outcomes, agreement, tables)
    rows = snapshot_rows(tables.snapshots, timeline, horizon_days=conversion.horizon_days, seed=config.learner.seed)
    if not len(rows):
        what = "no lead was open at a declared moment whose horizon has fully passed"
        raise DataError(what, where=tables.outcomes, do="wait, shorten the horizon, or declare other moments")
    refuse_one_class(int(rows.converted.sum()), len(rows), where=tables.outcomes)
    read = zip(rows.lead.tolist(), rows.as_of.tolist(), rows.converted.tolist(), strict=True)
    return History(
        snapshots=[Snapshot(leads[lead], as_of, converted) for lead, as_of, converted in read],
        when=rows.as_of.astype(np.float64),
        converts_ever=rows.converts_ever,
        horizon=conversion.horizon_days * DAY,
        profile=profile.iloc[rows.lead],
        fingerprint=fingerprint([frame, events, outcomes]),
    )


def _leads(
    config: TrainConfig, frame: pd.DataFrame, events: pd.DataFrame, table: str
) -> tuple[pd.DataFrame, list[Lead]]:
    id_column = config.leads.id or "lead_id"
    for column in (id_column, "created_at"):
        require(frame, column, what="the column", table="leads")
    left_out = {*config.ignore, *config.knows_future, id_column, "created_at"}
    profile = frame[[c for c in frame.columns if c not in left_out]]
    refuse_unreadable(profile, "leads")
    created = moments(frame["created_at"], table="leads")
    by_lead = events_by_lead(events, table, until=now())
    leads = leads_of(profile, frame[id_column])
    _refuse_unknown(by_lead, {lead.lead_id for lead in leads}, table)
    return profile, [
        Lead(lead.lead_id, lead.profile, tuple(by_lead.get(lead.lead_id, ())), at)
        for lead, at in zip(leads, created, strict=True)
    ]


def _refuse_unknown(names: Collection[str], known: Container[str], table: str) -> None:
    unknown = {name for name in names if name not in known}
    if unknown:
        what = f"{len(unknown)} lead(s) stand here but not in the table of leads"
        raise DataError(what, where=table, got=f"such as {min(unknown)}")


def _timeline(leads: list[Lead], outcomes: pd.DataFrame, agreement: Agreement, tables: Tables) -> Timeline:
    position = {lead.lead_id: i for i, lead in enumerate(leads)}
    changes = _changes(outcomes, agreement, position, tables.outcomes)
    return Timeline(
        lead_ids=list(position),
        created_at=np.array([lead.created_at for lead in leads], dtype=np.int64),
        changes=changes,
        known_until=int(changes.at.max(initial=0)),
        events=_happened(leads) if tables.snapshots.events is not None else None,
    )


def _happened(leads: list[Lead]) -> Happened:
    return Happened(
        lead=np.repeat(np.arange(len(leads)), [len(lead.events) for lead in leads]),
        at=np.array([event.at for lead in leads for event in lead.events], dtype=np.int64),
        event_id=[event.event_id for lead in leads for event in lead.events],
    )


def _changes(outcomes: pd.DataFrame, agreement: Agreement, position: Mapping[str, int], table: str) -> Changes:
    """The stage changes, whose they are, and what they mean."""
    for column in ("lead_id", "at", "stage"):
        require(outcomes, column, what="the column", table=table)
    at = moments(outcomes["at"], table=table, until=now())
    meanings = _meanings(agreement)
    folded = {stage.casefold(): meaning for stage, meaning in meanings.items()}
    told = []
    for row, stage in enumerate(outcomes["stage"].tolist()):
        meaning = folded.get(str(stage).strip().casefold())
        if meaning is None:
            where = f"{table}, row {row + 2}, column 'stage'"
            raise DataError(f"'{stage}' is no stage of the agreement", where=where, do=nearest(str(stage), meanings))
        told.append(meaning)
    names = [str(name) for name in outcomes["lead_id"].tolist()]
    _refuse_unknown(names, position, table)
    whose = np.array([position[name] for name in names], dtype=np.intp)
    return Changes(whose, np.array(at, dtype=np.int64), np.array(told, dtype=np.int8))


def _meanings(agreement: Agreement) -> dict[str, Meaning]:
    """What each stage means: from the conversion stage on, every one is the conversion.

    A lead that goes straight to a later stage has reached the conversion too.
    """
    stages = [s.stage for s in agreement.stages]
    since = stages.index(agreement.conversion.stage)
    meanings = {stage: Meaning.CONVERSION if i >= since else Meaning.OTHER for i, stage in enumerate(stages)}
    return meanings | {LOST: Meaning.LOST}
