"""The tables behind ``leadscore score IN``: a flat file, or a folder with leads, events and outcomes."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from features.catalog import Feature
from features.engines.cells import as_text
from features.engines.rows import VALID_FROM
from features.engines.sources import Tables, opened
from features.errors import DataError, nearest
from training.scorecard import Scorecard

ENDINGS = (".parquet", ".csv", ".csv.gz")


class Found(NamedTuple):
    """The tables, and notes on what was not there."""

    tables: Tables
    notes: list[str]


def find_tables(card: Scorecard, source: Path, id_column: str | None) -> Found:
    """The tables of a flat file, or of a folder.

    Raises DataError naming what is not there, and when the table of leads holds nothing that any fact reads.
    """
    existing(source)
    file = table_in(source, "leads") if source.is_dir() else source
    columns = opened(file, "leads").columns
    name = id_column or card.id_column
    if name and name not in columns:
        what = f"the id column '{name}' is not in the table"
        raise DataError(what, where=file.name, do=nearest(name, columns))
    if card.account_column and card.account_column not in columns:
        what = f"the account column '{card.account_column}' is not in the table"
        raise DataError(what, where=file.name, do=nearest(card.account_column, columns))
    notes = missing_columns(card, columns, file.name) + _created_at(card, columns)
    tables = Tables(file, id_column=name or "lead_id", account=card.account_column)
    if tables.id_column not in columns:
        notes.append("no column names the leads (--id), so they are numbered from 1")
        tables = tables._replace(leads=numbered(file))
    if not source.is_dir():
        return Found(tables, notes + missing_events(card) + _missing_stages(card))
    outcomes = table_in(source, "outcomes") if _of_stages(card) else None
    return Found(tables._replace(events=table_in(source, "events"), outcomes=outcomes), notes)


def existing(source: Path) -> None:
    """Raise DataError, with the nearest name beside it, when there is no such file or folder."""
    if not source.exists():
        beside = [path.name for path in source.parent.iterdir()] if source.parent.is_dir() else []
        near = get_close_matches(source.name, beside, n=1)
        raise DataError("no such file", where=str(source), do=f"did you mean '{near[0]}'?" if near else "")


def table_in(folder: Path, table: str) -> Path:
    """The file of a table; raises DataError when the folder has none."""
    found = [p for ending in ENDINGS if (p := folder / f"{table}{ending}").exists()]
    if not found:
        raise DataError(f"the folder holds no table of {table}", where=str(folder), allowed=f"{table}.csv or .parquet")
    return found[0]


def numbered(file: Path) -> pa.Table:
    """The rows of a file with a column ``lead_id``: 1, 2, ..."""
    table = pa.Table.from_batches(opened(file, "leads").batches)
    return table.append_column("lead_id", pc.cast(pa.array(range(1, len(table) + 1)), pa.string()))


def ids_of(tables: Tables) -> pa.Array:
    """The ids of all leads, in their order."""
    found = opened(tables.leads, "leads")
    ids = [as_text(batch.column(tables.id_column)) for batch in found.batches]
    whole = pa.concat_arrays(ids) if ids else pa.array([], pa.string())
    return pc.unique(whole) if VALID_FROM in found.columns else whole


def missing_columns(card: Scorecard, columns: list[str], table: str) -> list[str]:
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


def missing_events(card: Scorecard) -> list[str]:
    """A note on the facts that a flat file holds no events for."""
    of_events = sum(f.of_events for f in card.features)
    note = f"{of_events} facts are about events, of which a flat file holds none: they count as nothing done"
    return [note] if of_events else []


def _missing_stages(card: Scorecard) -> list[str]:
    names = _names(f for f in card.features if f.source.lead == "stage")
    return [f"a flat file holds no outcomes, but they are read by {names}"] if names else []


def _of_stages(card: Scorecard) -> bool:
    return any(f.source.table == "outcomes" for f in card.features)


def _created_at(card: Scorecard, columns: list[str]) -> list[str]:
    names = _names(f for f in card.features if f.source.lead in ("age_days", "days_in_stage") or _late_field(f))
    return [f"no column 'created_at', but it is read by {names}"] if names and "created_at" not in columns else []


def _late_field(feature: Feature) -> bool:
    return feature.source.field is not None and feature.source.delay_days > 0


def _names(features: Iterable[Feature]) -> str:
    return ", ".join(f.name for f in features)
