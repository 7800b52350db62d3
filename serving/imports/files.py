"""Which files hold which table, and in which format."""

from pathlib import Path

from features.errors import DataError
from serving.imports.opening import Format
from serving.imports.reading import TABLES, TableName

_KINDS: dict[str, Format] = {".parquet": "parquet", ".csv.gz": "csv.gz", ".csv": "csv"}
FORMATS = ".csv, .csv.gz, .parquet, or a folder"


def kind_of(path: Path) -> Format:
    """The format that a file's name tells; raises DataError.

    >>> kind_of(Path("leads.csv.gz"))
    'csv.gz'
    """
    kind = next((kind for ending, kind in _KINDS.items() if path.name.lower().endswith(ending)), None)
    if kind is None:
        raise DataError("unknown kind of file", where=str(path), allowed=FORMATS)
    return kind


def table_of(path: Path) -> TableName:
    """The table that a file's name tells; raises DataError where it tells none, or several.

    >>> table_of(Path("crm-events-2026.csv"))
    'events'
    """
    named = [table for table in TABLES if table in path.name.lower()]
    if len(named) != 1:
        do = f"say which table it is: --table {'|'.join(TABLES)}"
        raise DataError("the name of the file does not say which table it is", where=str(path), do=do)
    return named[0]


def files_of(path: Path, table: TableName | None = None) -> list[tuple[TableName, Path]]:
    """The files to import, leads first: of a folder those named leads, events and outcomes, or all parts of one table.

    Raises DataError where there is nothing to import.
    """
    if path.is_file():
        return [(table or table_of(path), path)]
    if not path.exists():
        raise DataError("there is no such file", where=str(path))
    parts = sorted(path.glob("*.parquet"))
    named = [(name, file) for name in TABLES for file in _named(path, name)]
    if table is None and named:
        return named
    if not parts:
        allowed = f"files named {', '.join(TABLES)} ({FORMATS}), or the parts of one table, in Parquet"
        raise DataError("nothing to import in the folder", where=str(path), allowed=allowed)
    return [(table or table_of(path), part) for part in parts]


def _named(folder: Path, table: TableName) -> list[Path]:
    """The file of a table in a folder, or its parts where that is a folder itself."""
    inner = folder / table
    found = sorted(inner.glob("*.parquet")) if inner.is_dir() else []
    return found or [file for ending in _KINDS if (file := folder / f"{table}{ending}").is_file()][:1]
