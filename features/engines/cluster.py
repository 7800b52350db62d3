"""A Spark cluster: a session on it, and functions over Arrow batches run there, whose errors come back as they are.

The executors need this package and pyarrow.
"""

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from features.engines.rows import Rows
from features.errors import ConfigError, DataError, LeadscoreError

SPARK_ERRORS = (PySparkException, Py4JError)  # PySpark passes some of Java's on as they are

_MARK = "leadscore-error:"
_SPARK_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double"}


def local_session(master: str = "local[*]", memory: str = "2g", shuffles: int = 8) -> SparkSession:
    """The Spark session that runs already (``spark-submit``, a notebook), else one on this machine.

    master: as Spark writes it; memory: of the driver, and of each executor; shuffles: partitions after a shuffle
    Raises ConfigError where there is no Java.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    if shutil.which("java") is None:
        raise ConfigError(
            "Spark needs Java, and none is found", allowed="Java 17 or 21", do="install it, or use --engine duckdb"
        )
    builder = SparkSession.builder.master(master).appName("leadscore")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.executor.memory": memory,
        "spark.sql.shuffle.partitions": str(shuffles),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "true" if sys.stderr.isatty() else "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers are whatever ``python3`` is
    with quiet():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def spark_schema(schema: pa.Schema) -> str:
    """An Arrow schema as Spark writes it."""
    kinds = [_SPARK_TYPES.get(f.type, "decimal(22, 0)") for f in schema]
    return ", ".join(f"`{f.name}` {kind}" for f, kind in zip(schema, kinds, strict=True))


def mapped(make: Callable[[], Rows]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function over batches for ``mapInArrow``; made on the executor, whose errors travel to the driver as JSON."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            rows = make()
            for batch in batches:
                yield rows(batch, 0)
        except LeadscoreError as error:
            raise RuntimeError(f"{_MARK}{json.dumps(error.parts())}\n") from None

    return run


@contextmanager
def told() -> Iterator[None]:
    """Turns what an executor raised back into the DataError that it is."""
    try:
        yield
    except SPARK_ERRORS as error:
        _, found, rest = str(error).partition(_MARK)
        if not found:
            raise
        raise DataError(**json.loads(rest.partition("\n")[0])) from None


@contextmanager
def quiet() -> Iterator[None]:
    """PySpark 4 warns of pandas 3, which is not used here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        yield
