"""The three tables of the data contract: leads with their events, and the outcomes that followed."""

from collections.abc import Collection, Container, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from features.agreement import Agreement
from features.engines import sources as engines
from features.errors import ConfigError, DataError, nearest
from features.moments import DAY
from features.snapshots import LOST, NOT_YET, Changes, Meaning, Timeline, Times, snapshot_rows
from training.config import LEADS, Tables, TrainConfig
from training.event_stream import stream_events
from training.files import EventFiles, TableFiles
from training.history import History, refuse_one_class
from training.people import DATED, people_of
from training.reading import moments, read_table, require


def event_history(
    config: TrainConfig,
    tables: Tables,
    agreement: Agreement,
    frame: pd.DataFrame,
    files: TableFiles,
    history: EventFiles,
    *,
    unfinished: bool = False,
) -> History:
    """Each lead as it was at the declared moments, with what followed within the horizon.

    frame: the table of leads
    unfinished: whether moments are there too whose horizon has not passed, and all outcomes may be the same

    Raises DataError for a column that is not there, an unreadable time or one that has not come yet, or no
    moment with a finished horizon.
    """
    left_out = {*config.ignore, *config.knows_future}
    people = people_of(frame, files.id_column, left_out)
    position = {name: i for i, name in enumerate(people.names)}
    events = stream_events(history.events, files.until, every=tables.snapshots.events is not None)
    _refuse_unknown(set(events.first["lead_id"]), position, history.events.name)
    conversion = agreement.conversion
    changes = stage_changes(history.outcomes, meanings_of(tables, files, agreement), position, files.until)
    timeline = Timeline(
        lead_ids=people.names,
        begins_at=begins_at(people.created_at, changes, tables.program if files.is_store else LEADS),
        changes=changes,
        known_until=int(changes.at.max(initial=0)),
        events=events.of_leads(position) if tables.snapshots.events is not None else None,
    )
    until = max(timeline.known_until, int(people.created_at.max(initial=0))) if unfinished else None
    rows = snapshot_rows(
        tables.snapshots,
        timeline,
        horizon_days=conversion.horizon_days,
        seed=config.learner.seed,
        read_until=until,
    )
    if not len(rows):
        what = "no lead was open at a declared moment" + ("" if unfinished else " whose horizon has fully passed")
        raise DataError(what, where=history.outcomes.name, do="wait, shorten the horizon, or declare other moments")
    if not unfinished:
        refuse_one_class(int(rows.converted.sum()), len(rows), where=history.outcomes.name)
    ids = [timeline.lead_ids[i] for i in rows.lead]
    return History(
        tables=_read_from(frame, files, history, left_out),
        lead_ids=ids,
        as_of=rows.as_of,
        converted=rows.converted,
        converts_ever=rows.converts_ever,
        when=rows.as_of.astype(np.float64),
        horizon=conversion.horizon_days * DAY,
        dated=True,
        profile=people.profiles_at(rows.lead, rows.as_of),
        event_types=events.shares(dict(zip(ids, rows.as_of.tolist(), strict=True))),
        leads=len(people.names),
        known_until=float(timeline.known_until),
    )


def _refuse_unknown(names: Collection[str], known: Container[str], table: str) -> None:
    unknown = {name for name in names if name not in known}
    if unknown:
        what = f"{len(unknown)} lead(s) stand here but not in the table of leads"
        raise DataError(what, where=table, got=f"such as {min(unknown)}")


def _read_from(
    frame: pd.DataFrame, files: TableFiles, history: EventFiles, left_out: Collection[str]
) -> engines.Tables:
    """The tables without the columns that may not be read."""
    kept = {files.id_column, "created_at", files.account, *DATED}
    readable = frame[[c for c in frame.columns if c not in left_out or c in kept]]
    return engines.Tables(
        readable,
        history.events,
        history.outcomes,
        files.id_column,
        files.account,
        accounts=files.accounts,
        lenient=files.is_store,
    )


def stage_changes(
    file: Path, meanings: Mapping[str, Meaning], position: Mapping[str, int], until: int | None
) -> Changes:
    """The stage changes of a table of outcomes, whose they are, and what they mean.

    meanings: of every stage; position: of each lead

    Raises DataError for a column that is not there, an unreadable time or one after ``until``, and for a stage or a
    lead that nobody knows.
    """
    outcomes, table = read_table(file), file.name
    for column in ("lead_id", "at", "stage"):
        require(outcomes, column, what="the column", table=table)
    at = moments(outcomes["at"], table=table, until=until)
    folded = {stage.casefold(): meaning for stage, meaning in meanings.items()}
    told = []
    for row, stage in enumerate(outcomes["stage"].tolist()):
        meaning = folded.get(str(stage).strip().casefold())
        if meaning is None:
            where = f"{table}, row {row + 2}, column 'stage'"
            do = f"{nearest(str(stage), meanings)} (or, where it was renamed: 'tables: {{stages: {{{stage}: NAME}}}}')"
            raise DataError(f"'{stage}' is no stage of the agreement", where=where, do=do)
        told.append(meaning)
    names = [str(name) for name in outcomes["lead_id"].tolist()]
    _refuse_unknown(names, position, table)
    whose = np.array([position[name] for name in names], dtype=np.intp)
    return Changes(whose, np.array(at, dtype=np.int64), np.array(told, dtype=np.int8))


def begins_at(created_at: Times, changes: Changes, program: str) -> Times:
    """Since when each lead is in a program; (leads,). Customers are, since the first stage they had there.

    >>> changes = Changes(np.array([1, 1]), np.array([70, 50]), np.array([0, 0], np.int8))
    >>> begins_at(np.array([10, 20]), changes, "customers") == [NOT_YET, 50]
    array([ True,  True])
    """
    if program == LEADS:
        return created_at
    begins = np.full(len(created_at), NOT_YET)
    np.minimum.at(begins, changes.lead, changes.at)
    return begins


def meanings_of(tables: Tables, files: TableFiles, agreement: Agreement) -> dict[str, Meaning]:
    """What each stage means: from the conversion stage on, every one is the conversion.

    A lead that goes straight to a later stage has reached the conversion too.

    Raises ConfigError for a former stage whose name today is none.
    """
    stages = [s.stage for s in agreement.stages]
    since = stages.index(agreement.conversion.stage)
    meanings = {stage: Meaning.CONVERSION if i >= since else Meaning.OTHER for i, stage in enumerate(stages)}
    meanings[LOST] = Meaning.LOST
    for former, now in tables.stages.items():
        if now not in meanings:
            what = f"'{former}' cannot be called '{now}', which is no stage of the agreement"
            raise ConfigError(what, where="tables.stages", do=nearest(now, meanings))
    adopted = {former: meanings[now] for former, now in files.renamed.items() if now in meanings}
    return adopted | meanings | {former: meanings[now] for former, now in tables.stages.items()}
