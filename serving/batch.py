"""The leads of a file or folder, to look at one by one."""

from pathlib import Path
from typing import NamedTuple

from features.errors import DataError
from features.tables import Lead
from serving.bulk_tables import existing, missing_columns, missing_events, table_in
from training.reading import events_by_lead, leads_of, read_table, require
from training.scorecard import Scorecard


class Read(NamedTuple):
    """Leads from a file or folder, and notes on what was not there."""

    leads: list[Lead]
    notes: list[str]


def read_leads(card: Scorecard, source: Path, id_column: str | None) -> Read:
    """Leads from a flat file, or from a folder that holds leads and events.

    Raises DataError naming the file and the row, and when the file holds nothing that any fact reads.
    """
    existing(source)
    file = table_in(source, "leads") if source.is_dir() else source
    id_column = id_column or card.id_column or None
    frame = read_table(file, ids=[*_texts(card), id_column or "lead_id"])
    if id_column is not None:
        require(frame, id_column, what="the id column", table=file.name)
    id_column = id_column or ("lead_id" if "lead_id" in frame.columns else None)
    leads = leads_of(frame, id_column)
    notes = missing_columns(card, [str(c) for c in frame.columns], file.name)
    if id_column is None:
        notes.append("no column names the leads (--id), so they are numbered from 1")
    if not source.is_dir():
        return Read(leads, notes + missing_events(card))
    return Read(_with_events(leads, table_in(source, "events")), notes)


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
