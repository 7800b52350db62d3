"""Tables from wherever they are, as Arrow batches."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from features.engines.databases import Query, query_opened
from features.engines.files import file_opened
from features.engines.frames import frame_opened
from features.engines.places import Opened
from features.errors import DataError

Source = Path | Query | Any  # a file, a folder of Parquet files, rows of a database, or a frame


class Tables(NamedTuple):
    """The tables of the data contract.

    id_column, account: the columns of ``leads`` that name a lead and its account (else its email's domain does)
    accounts: when each lead was of which account (``lead_id``, ``account``, ``since``, ``until``), where that changes;
    without it, ``leads`` says it
    dated: whether ``valid_from`` and ``account_from`` in ``leads`` say since when a row and an account count; else
    they are columns like any other
    lenient: whether a value that is no number where one is due is unknown, rather than refused: for a history that
    nobody can mend
    """

    leads: Source
    events: Source | None = None
    outcomes: Source | None = None
    id_column: str = "lead_id"
    account: str = ""
    dated: bool = True
    accounts: Source | None = None
    lenient: bool = False


def opened(source: Source, name: str) -> Opened:
    """Open a table; ``name`` stands for what has no file name.

    Raises DataError when it is not there, not readable as its ending says, or has two columns of one name.
    """
    found = _opened(source, name)
    twice = [column for column, n in Counter(found.columns).items() if n > 1]
    if twice:
        found.batches.close()
        raise DataError(f"the column '{twice[0]}' stands twice", where=str(found.name), do="keep one of them")
    return found


def _opened(source: Source, name: str) -> Opened:
    if isinstance(source, Query):
        return query_opened(source, name)
    return file_opened(source) if isinstance(source, Path) else frame_opened(source, name)
