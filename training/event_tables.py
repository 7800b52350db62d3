"""The three tables of the data contract: leads with their events, and the outcomes that followed."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from features.agreement import Agreement
from features.errors import DataError, nearest
from features.moments import DAY, now
from features.snapshots import LOST, StageChange, review_snapshots
from features.tables import Lead
from training.config import Tables, TrainConfig
from training.history import History, refuse_one_class
from training.reading import events_by_lead, fingerprint, leads_of, moments, read_table, refuse_unreadable, require


def event_history(
    config: TrainConfig, tables: Tables, agreement: Agreement, frame: pd.DataFrame, folder: Path
) -> History:
    """Each lead as it was ``review_days`` after it was created, with what followed within the horizon.

    Raises DataError for a column that is not there, an unreadable time or one that has not come yet, or no lead
    with a finished horizon.
    """
    events, outcomes = read_table(folder / tables.events), read_table(folder / tables.outcomes)
    profile, leads = _leads(config, frame, events, tables.events)
    conversion = agreement.conversion
    changes, known_until = _changes(outcomes, _conversions(agreement), tables.outcomes)
    _refuse_unknown(changes, leads, tables.outcomes)
    snapshots = review_snapshots(
        leads,
        changes,
        review_days=tables.review_days,
        horizon_days=conversion.horizon_days,
        conversion_stage=conversion.stage,
        known_until=known_until,
    )
    if not snapshots:
        raise DataError("no lead's horizon has fully passed", where=tables.outcomes, do="wait, or shorten the horizon")
    refuse_one_class(sum(s.converted for s in snapshots), len(snapshots), where=tables.outcomes)
    position = {lead.lead_id: i for i, lead in enumerate(leads)}
    return History(
        snapshots=snapshots,
        when=np.array([s.as_of for s in snapshots], dtype=np.float64),
        horizon=conversion.horizon_days * DAY,
        profile=profile.iloc[[position[s.lead.lead_id] for s in snapshots]],
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
    _refuse_unknown(by_lead, leads, table)
    return profile, [
        Lead(lead.lead_id, lead.profile, tuple(by_lead.get(lead.lead_id, ())), at)
        for lead, at in zip(leads, created, strict=True)
    ]


def _refuse_unknown(by_lead: Mapping[str, object], leads: list[Lead], table: str) -> None:
    unknown = by_lead.keys() - {lead.lead_id for lead in leads}
    if unknown:
        what = f"{len(unknown)} lead(s) stand here but not in the table of leads"
        raise DataError(what, where=table, got=f"such as {min(unknown)}")


def _conversions(agreement: Agreement) -> dict[str, str]:
    """Each stage's name to what it counts as: from the conversion stage on, every one is the conversion.

    A lead that goes straight to a later stage has reached the conversion too.
    """
    stages = [s.stage for s in agreement.stages]
    conversion = agreement.conversion.stage
    since = stages.index(conversion)
    return {stage: conversion if i >= since else stage for i, stage in enumerate(stages)} | {LOST: LOST}


def _changes(outcomes: pd.DataFrame, stages: Mapping[str, str], table: str) -> tuple[dict[str, list[StageChange]], int]:
    """The stage changes of each lead by what they count as, and the moment of the last."""
    for column in ("lead_id", "at", "stage"):
        require(outcomes, column, what="the column", table=table)
    at = moments(outcomes["at"], table=table, until=now())
    names = {name.casefold(): meaning for name, meaning in stages.items()}
    changes: dict[str, list[StageChange]] = {}
    rows = zip(outcomes["lead_id"].tolist(), at, outcomes["stage"].tolist(), strict=True)
    for row, (lead_id, when, stage) in enumerate(rows):
        name = names.get(str(stage).strip().casefold())
        if name is None:
            where = f"{table}, row {row + 2}, column 'stage'"
            raise DataError(f"'{stage}' is no stage of the agreement", where=where, do=nearest(str(stage), stages))
        changes.setdefault(str(lead_id), []).append(StageChange(when, name))
    return changes, max(at, default=0)
