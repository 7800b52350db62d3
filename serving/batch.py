"""A file of leads in, a file of scores out: CSV or Parquet, whole or not at all."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from features.catalog import BOUNDS
from features.errors import DataError
from features.tables import Lead
from serving.scorer import Scorer
from training.reading import events_by_lead, leads_of, read_table, require
from training.scorecard import Scorecard

FLAT = (
    "lead_id score interval_low interval_high probability grade stage stage_next points_to_next missing_for_next trend "
    "summary reason_1 reason_2 reason_3 reason_4 reason_5 exclusion fast_track agreed_score fit_points interest_points "
    "base model_version agreement_hash as_of"
).split()


class Read(NamedTuple):
    """Leads from a file or folder, and notes on what was not there."""

    leads: list[Lead]
    notes: list[str]


def read_leads(card: Scorecard, source: Path, id_column: str | None) -> Read:
    """Leads from a flat file, or from a folder that holds leads and events.

    Raises DataError naming the file and the row, and when the file holds nothing that any fact reads.
    """
    if not source.exists():
        beside = [path.name for path in source.parent.iterdir()] if source.parent.is_dir() else []
        near = get_close_matches(source.name, beside, n=1)
        raise DataError("no such file", where=str(source), do=f"did you mean '{near[0]}'?" if near else "")
    file = _in(source, "leads") if source.is_dir() else source
    id_column = id_column or card.id_column or None
    frame = read_table(file, ids=[*_texts(card), id_column or "lead_id"])
    if id_column is not None:
        require(frame, id_column, what="the id column", table=file.name)
    id_column = id_column or ("lead_id" if "lead_id" in frame.columns else None)
    leads = leads_of(frame, frame[id_column] if id_column else None)
    notes = _missing_columns(card, [str(c) for c in frame.columns], file.name)
    if id_column is None:
        notes.append("no column names the leads (--id), so they are numbered from 1")
    if not source.is_dir():
        return Read(leads, notes + _missing_events(card))
    return Read(_with_events(leads, _in(source, "events")), notes)


def _with_events(leads: list[Lead], file: Path) -> list[Lead]:
    events = events_by_lead(read_table(file), file.name)
    unknown = events.keys() - {lead.lead_id for lead in leads}
    if unknown:
        what = f"{len(unknown)} lead(s) stand here but not in the table of leads"
        raise DataError(what, where=file.name, got=f"such as {min(unknown)}")
    return [Lead(lead.lead_id, lead.profile, tuple(events.get(lead.lead_id, ()))) for lead in leads]


def _texts(card: Scorecard) -> list[str]:
    texts = [f for f in card.features if f.type == "text" and not f.asks_only_whether_known]
    return [f.source.field for f in texts if f.source.field is not None]


def _missing_columns(card: Scorecard, columns: list[str], table: str) -> list[str]:
    """Notes on the fields that facts read and the table does not hold; DataError when it holds none of them."""
    fields = list(dict.fromkeys(f.source.field for f in card.features if f.source.field is not None))
    missing = [field for field in fields if field not in columns]
    if fields and len(missing) == len(fields):
        what = "the file holds none of the fields that the model reads"
        raise DataError(what, where=table, got=", ".join(columns[:10]), allowed=", ".join(fields[:10]))
    notes = []
    for field in missing:
        near = get_close_matches(field, columns, n=1) or get_close_matches(field.casefold(), columns, n=1)
        notes.append(f"no column '{field}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    return notes


def _missing_events(card: Scorecard) -> list[str]:
    of_events = sum(f.of_events for f in card.features)
    note = f"{of_events} facts are about events, of which a flat file holds none: they count as nothing done"
    return [note] if of_events else []


def _in(folder: Path, table: str) -> Path:
    found = [p for ending in (".parquet", ".csv", ".csv.gz") if (p := folder / f"{table}{ending}").exists()]
    if not found:
        raise DataError(f"the folder holds no table of {table}", where=str(folder), allowed=f"{table}.csv or .parquet")
    return found[0]


def score_leads(scorer: Scorer, leads: Iterable[Lead], as_of: int, *, terms: bool) -> Iterator[dict[str, Any]]:
    """One flat row a lead; with ``terms`` also ``points.<fact>`` for every fact, which add up to score - base."""
    for lead in leads:
        answer = scorer.answer(lead, as_of, with_moves=False)
        row = {name: answer[name] for name in FLAT}
        if terms:
            cut = {f"points.{BOUNDS}": 0.0} if scorer.card.agreement.bounds else {}
            row |= cut | {f"points.{t['fact']}": t["points"] for t in answer["terms"]}
        yield row


def write_rows(rows: list[dict[str, Any]], to: Path) -> None:
    """Write rows as the file's ending says; the file appears whole or not at all."""
    frame = pd.DataFrame(rows, columns=None if rows else list(FLAT))
    partial = to.with_name(f".{to.name}.{os.getpid()}.partial{''.join(to.suffixes)}")
    try:
        if to.suffix == ".parquet":
            frame.to_parquet(partial, index=False)
        elif to.name.endswith((".csv", ".csv.gz")):
            frame.to_csv(partial, index=False)
        else:
            raise DataError("unknown kind of file", where=str(to), allowed=".csv, .csv.gz or .parquet")
        partial.replace(to)
    except OSError as error:
        raise DataError("cannot write the scores", where=str(to), got=error.strerror or str(error)) from None
    finally:
        partial.unlink(missing_ok=True)
