"""Tables from files into frames, and rows into leads."""

import gzip
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from features.engines.sources import opened
from features.errors import DataError, nearest
from features.moments import iso, moment, of_datetime
from features.tables import Scalar

_FORMATS = ".csv, .csv.gz or .parquet"
_ID_COLUMNS = ("lead_id", "event_id")
_STRANGE = (np.ndarray, list, tuple, set, dict, bytes, bytearray, timedelta, np.timedelta64)
_TYPO = "mend the date, or leave out what is only planned"


def read_table(path: Path, missing: Iterable[str] = (), ids: Iterable[str] = _ID_COLUMNS) -> pd.DataFrame:
    """Read CSV or Parquet; only empty cells and ``missing`` are unknown (``NA`` is a country, ``None`` a text).

    ids: columns that are read as texts (ids, and what text facts read), so that ``007`` stays what it is
    Raises DataError when the file is not there or not readable as its ending says.
    """
    if not path.exists():
        raise DataError("there is no such file", where=str(path), do="give the path with --data")
    try:
        if path.suffix == ".parquet":
            frame = _without_decimals(pd.read_parquet(path))
            return frame.replace(list(missing), None) if missing else frame
        if path.name.endswith((".csv", ".csv.gz")):
            return _read_csv(path, missing, ids)
    except (ValueError, OSError, EOFError) as error:
        raise DataError("cannot read the table", where=str(path), got=str(error).strip()) from None
    raise DataError("unknown kind of file", where=str(path), allowed=_FORMATS)


def _read_csv(path: Path, missing: Iterable[str], ids: Iterable[str]) -> pd.DataFrame:
    for _ in opened(path, path.name).batches:  # refuses rows of the wrong length, which pandas would mend silently
        pass
    return pd.read_csv(
        path,
        index_col=False,
        sep=_separator(path),
        dtype=dict.fromkeys(ids, "str"),
        keep_default_na=False,
        na_values=["", *missing],
        low_memory=False,
        skipinitialspace=True,  # a cell of spaces is empty
    )


def _without_decimals(frame: pd.DataFrame) -> pd.DataFrame:
    """Parquet's decimals as the numbers that they are."""
    exact = [c for c in frame if frame[c].dtype == object and infer_dtype(frame[c], skipna=True) == "decimal"]
    return frame.astype(dict.fromkeys(exact, np.float64)) if exact else frame


def refuse_unreadable(profile: pd.DataFrame, table: str) -> None:
    """Raise DataError for a column of lists, structures, bytes or durations: no fact can read it."""
    for column in profile:
        values = profile[column]
        if values.dtype != object and values.dtype.kind != "m":
            continue
        strange = next((v for v in values.dropna().tolist() if isinstance(v, _STRANGE)), None)
        if strange is not None:
            raise DataError(
                f"the column '{column}' holds values that no fact can read",
                where=table,
                got=f"{type(strange).__name__}, such as {str(strange)[:60]}",
                allowed="numbers, texts, yes or no, dates",
                do="turn it into one of these, or list the column under 'ignore' with a reason",
            )


def _separator(path: Path) -> str:
    """What stands most often in the first line: a comma, or the semicolon or tab that many exports use."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        header = str(file.readline())
    return max(",;\t", key=header.count)


def require(frame: pd.DataFrame, column: str, *, what: str, table: str) -> None:
    """Raise DataError with the nearest name when a column is not there."""
    if column not in frame.columns:
        raise DataError(f"{what} '{column}' is not in the table", where=table, do=nearest(column, map(str, frame)))


def fingerprint(files: Iterable[Path]) -> str:
    """``sha256:`` and a hash of the files' bytes, in their order."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return "sha256:" + digest.hexdigest()


def profiles(frame: pd.DataFrame) -> Iterator[dict[str, Scalar]]:
    """Each row as a profile of plain Python values, unknown ones as None."""
    columns = [[plain(v) for v in frame[c].tolist()] for c in frame]
    names = [str(c) for c in frame]
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def plain(value: Any) -> Scalar:
    """A cell of a frame as a plain Python value, None when unknown."""
    if isinstance(value, _STRANGE):
        return str(value)  # such as a list: no fact can read it, and it cannot be compared with itself
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, str | bool | int | float):
        return value
    return value.item() if isinstance(value, np.generic) else str(value)


def moments(values: pd.Series, *, table: str, until: int | None = None) -> list[int]:
    """A column of times as moments; raises DataError naming the first row that is none, or later than ``until``,
    and where some name their zone and others do not.
    """
    result, zoned = [], None
    for row, value in enumerate(values.tolist()):
        where = f"{table}, row {row + 2}, column '{values.name}'"
        try:
            result.append(_moment(value, until))
        except DataError as error:
            raise DataError(error.what, where=where, got=error.got, allowed=error.allowed, do=error.do) from None
        names_zone = _names_zone(value)
        if zoned not in (None, names_zone):
            raise DataError(
                "some times name their zone and others do not",
                where=where,
                got=repr(str(value)),
                do="write all with an offset or Z, or all without (which means UTC)",
            )
        zoned = names_zone
    return result


def _names_zone(value: Any) -> bool:
    known = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return known.tzinfo is not None


def _moment(value: Any, until: int | None) -> int:
    known = hasattr(value, "tzinfo") and value is not pd.NaT
    at = of_datetime(value) if known else moment(str(value))
    if until is not None and at > until:
        allowed = f"a moment up to the present, {iso(until)}"
        raise DataError("a moment that has not come yet", got=repr(str(value)), allowed=allowed, do=_TYPO)
    return at


def lead_names(frame: pd.DataFrame, column: str | None) -> list[str]:
    """The names of the leads of a frame; without a column they are numbered from 1.

    Raises DataError when a name is missing or stands twice.
    """
    names = [str(i) for i in range(1, len(frame) + 1)] if column is None else lead_ids(frame[column])
    twice = [name for name, n in Counter(names).most_common(1) if n > 1]
    if twice:
        raise DataError(f"the lead '{twice[0]}' stands twice", where="leads", do="keep one row a lead")
    return names


def lead_ids(values: pd.Series) -> list[str]:
    """A column of names of leads as texts; raises DataError when one is missing."""
    empty = np.flatnonzero(values.isna())
    if len(empty):
        where = f"leads, row {empty[0] + 2}, column '{values.name}'"
        raise DataError(f"{len(empty)} lead(s) have no id", where=where, do="fill it, or leave such rows out")
    return [str(v) for v in values.tolist()]
