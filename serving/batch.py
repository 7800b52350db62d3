"""A file of leads in, a file of scores out: CSV or Parquet, whole or not at all."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import DataError
from features.tables import Lead
from serving.scorer import Scorer
from training.reading import events_by_lead, leads_of, read_table, require

FLAT = (
    "lead_id score interval_low interval_high probability grade stage stage_next points_to_next trend "
    "reason_1 reason_2 reason_3 reason_4 reason_5 exclusion fast_track agreed_score fit_points interest_points "
    "base model_version agreement_hash as_of"
).split()


def read_leads(source: Path, id_column: str | None) -> list[Lead]:
    """Leads from a flat file, or from a folder that holds leads and events.

    Raises DataError naming the file and the row.
    """
    folder = source.is_dir()
    file = _in(source, "leads") if folder else source
    frame = read_table(file, ids=[id_column or "lead_id"])
    id_column = id_column or ("lead_id" if "lead_id" in frame.columns else None)
    if id_column is not None:
        require(frame, id_column, what="the id column", table=file.name)
    leads = leads_of(frame, frame[id_column] if id_column else None)
    if not folder:
        return leads
    events_file = _in(source, "events")
    events = events_by_lead(read_table(events_file), events_file.name)
    return [Lead(lead.lead_id, lead.profile, tuple(events.get(lead.lead_id, ()))) for lead in leads]


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
            row |= {f"points.{t['fact']}": t["points"] for t in answer["terms"]}
        yield row


def write_rows(rows: list[dict[str, Any]], to: Path) -> None:
    """Write rows as the file's ending says; the file appears whole or not at all."""
    frame = pd.DataFrame(rows)
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
