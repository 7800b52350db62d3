"""The three tables of the data contract: leads with their events, and the outcomes that followed."""

from collections.abc import Collection, Container, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from features.agreement import Agreement
from features.engines import sources as engines
from features.errors import DataError, nearest
from features.moments import DAY, now
from features.snapshots import LOST, Changes, Meaning, Timeline, snapshot_rows
from training.config import Tables, TrainConfig
from training.event_stream import EventStream, stream_events
from training.history import History, refuse_one_class
from training.reading import lead_names, moments, read_table, refuse_unreadable, require


def event_history(
    config: TrainConfig,
    tables: Tables,
    agreement: Agreement,
    frame: pd.DataFrame,
    folder: Path,
    *,
    unfinished: bool = False,
) -> History:
    """Each lead as it was at the declared moments, with what followed within the horizon.

    unfinished: whether moments are there too whose horizon has not passed, and all outcomes may be the same

    Raises DataError for a column that is not there, an unreadable time or one that has not come yet, or no
    moment with a finished horizon.
    """
    id_column = config.leads.id or "lead_id"
    for column in (id_column, "created_at"):
        require(frame, column, what="the column", table="leads")
    left_out = {*config.ignore, *config.knows_future, id_column, "created_at"}
    profile = frame[[c for c in frame.columns if c not in left_out]]
    refuse_unreadable(profile, "leads")
    position = {name: i for i, name in enumerate(lead_names(frame, id_column))}
    events = stream_events(folder / tables.events, now(), every=tables.snapshots.events is not None)
    _refuse_unknown(set(events.first["lead_id"]), position, tables.events)
    conversion = agreement.conversion
    timeline = _timeline(position, frame, events, agreement, folder, tables)
    until = max(timeline.known_until, int(timeline.created_at.max(initial=0))) if unfinished else None
    rows = snapshot_rows(
        tables.snapshots,
        timeline,
        horizon_days=conversion.horizon_days,
        seed=config.learner.seed,
        read_until=until,
    )
    if not len(rows):
        what = "no lead was open at a declared moment" + ("" if unfinished else " whose horizon has fully passed")
        raise DataError(what, where=tables.outcomes, do="wait, shorten the horizon, or declare other moments")
    if not unfinished:
        refuse_one_class(int(rows.converted.sum()), len(rows), where=tables.outcomes)
    ids = [timeline.lead_ids[i] for i in rows.lead]
    return History(
        tables=_read_from(config, tables, frame, folder, left_out),
        lead_ids=ids,
        as_of=rows.as_of,
        converted=rows.converted,
        converts_ever=rows.converts_ever,
        when=rows.as_of.astype(np.float64),
        horizon=conversion.horizon_days * DAY,
        dated=True,
        profile=profile.iloc[rows.lead],
        event_types=events.shares(dict(zip(ids, rows.as_of.tolist(), strict=True))),
        known_until=float(timeline.known_until),
    )


def _read_from(
    config: TrainConfig, tables: Tables, frame: pd.DataFrame, folder: Path, left_out: set[str]
) -> engines.Tables:
    """The tables without the columns that may not be read."""
    id_column = config.leads.id or "lead_id"
    kept = {id_column, "created_at", config.leads.account}
    readable = frame[[c for c in frame.columns if c not in left_out or c in kept]]
    outcomes = folder / tables.outcomes
    return engines.Tables(readable, folder / tables.events, outcomes, id_column, config.leads.account)


def _refuse_unknown(names: Collection[str], known: Container[str], table: str) -> None:
    unknown = {name for name in names if name not in known}
    if unknown:
        what = f"{len(unknown)} lead(s) stand here but not in the table of leads"
        raise DataError(what, where=table, got=f"such as {min(unknown)}")


def _timeline(
    position: Mapping[str, int],
    frame: pd.DataFrame,
    events: EventStream,
    agreement: Agreement,
    folder: Path,
    tables: Tables,
) -> Timeline:
    changes = stage_changes(read_table(folder / tables.outcomes), agreement, position, tables.outcomes)
    return Timeline(
        lead_ids=list(position),
        created_at=np.array(moments(frame["created_at"], table="leads"), dtype=np.int64),
        changes=changes,
        known_until=int(changes.at.max(initial=0)),
        events=events.of_leads(position) if tables.snapshots.events is not None else None,
    )


def stage_changes(outcomes: pd.DataFrame, agreement: Agreement, position: Mapping[str, int], table: str) -> Changes:
    """The stage changes of a table of outcomes, whose they are, and what they mean; ``position``: of each lead.

    Raises DataError for a column that is not there, an unreadable time or one that has not come yet, and for a stage
    or a lead that nobody knows.
    """
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
