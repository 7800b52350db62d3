"""Scores written as they come, to a file or folder that appears whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from features.errors import DataError

Write = Callable[[pa.RecordBatch], None]


@contextmanager
def whole_file(to: Path, schema: pa.Schema) -> Iterator[Write]:
    """Gives a function that writes a batch; the file takes its name when all are written.

    Raises DataError at once for a name that cannot be written, and where the disk is full.
    """
    if to.suffix != ".parquet" and not to.name.endswith((".csv", ".csv.gz")):
        raise DataError("unknown kind of file", where=str(to), allowed=".csv, .csv.gz or .parquet")
    if to.is_dir():
        raise DataError("cannot write the scores", where=str(to), got="a folder", do="name a file")
    partial = beside(to)
    try:
        with ExitStack() as stack:
            writer = stack.enter_context(_writer(to, stack.enter_context(_opened(partial, to)), schema))
            yield writer.write_batch
        partial.replace(to)
    except OSError as error:
        raise _cannot_write(to, error) from None
    finally:
        partial.unlink(missing_ok=True)


def beside(to: Path) -> Path:
    """Where to write what takes its name later."""
    return to.with_name(f".{to.name}.{os.getpid()}.partial")


def _opened(partial: Path, to: Path) -> Any:
    return pa.CompressedOutputStream(str(partial), "gzip") if to.suffix == ".gz" else pa.OSFile(str(partial), "wb")


def _writer(to: Path, sink: Any, schema: pa.Schema) -> Any:
    return pq.ParquetWriter(sink, schema) if to.suffix == ".parquet" else pyarrow.csv.CSVWriter(sink, schema)


def _cannot_write(to: Path, error: OSError) -> DataError:
    return DataError("cannot write the scores", where=str(to), got=error.strerror or str(error))


@contextmanager
def whole_folder(to: Path) -> Iterator[Path]:
    """Gives a path for a folder of Parquet files, which takes its name when it is written.

    An earlier folder of that name is replaced, if it holds nothing but Parquet files.
    Raises DataError for a name that cannot be written.
    """
    if to.suffix not in ("", ".parquet"):
        what = "Spark writes a folder of Parquet files"
        raise DataError(what, where=str(to), got=to.name, allowed="a name without an ending, or with .parquet")
    if to.exists() and not _only_parquet(to):
        raise DataError("there is something else of that name", where=str(to), do="name another folder")
    if not to.parent.is_dir():
        raise DataError("cannot write the scores", where=str(to), got="there is no such folder")
    partial, earlier = beside(to), to.with_name(f".{to.name}.{os.getpid()}.earlier")
    try:
        yield partial
        if to.exists():
            to.rename(earlier)
        partial.rename(to)
    except OSError as error:
        if earlier.exists() and not to.exists():
            earlier.rename(to)
        raise _cannot_write(to, error) from None
    finally:
        for folder in (partial, earlier):
            shutil.rmtree(folder, ignore_errors=True)


def _only_parquet(folder: Path) -> bool:
    """Whether a folder holds what Spark writes: Parquet files, ``_SUCCESS``, and their checksums."""
    return folder.is_dir() and all(
        path.name == "_SUCCESS" or path.suffix in (".parquet", ".crc") for path in folder.iterdir()
    )
