"""Bulk scores on Spark against MLflow's ``spark_udf`` of the same model, on the same flat leads, in turn.

Ours writes score, interval, probability, grade, stage, reasons, a summary and all terms, about forty columns, which is
half of its time; the udf score, probability and agreed score. Both read the same Parquet file and write a Parquet
folder, on two cores of this machine.
"""

import os
import shutil
import warnings
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import mlflow
import pandas as pd
from figures import Figure, at_least
from madeup_model import madeup_model

from features.moments import moment
from serving.bulk.tables import find_tables
from training.madeup.company import make_company, write_company
from training.registry.model import signature
from training.scorecard import Scorecard, save

LEADS, TIMES, ROUNDS = 5_000, 80, 3
AS_OF = "2026-10-01T00:00:00Z"
RESULT = "score double, probability double, agreed_score double"


def run() -> list[Figure]:
    """Write the leads, save the model, then time in turn."""
    if shutil.which("java") is None or find_spec("pyspark") is None:
        print("   skipped: Java or pyspark is not installed (pip install 'leadscore[spark]')")
        return []
    from features.engines.cluster import local_session

    card = madeup_model().card
    with TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        folder = Path(name)
        leads = _leads(card, folder)
        session = local_session("local[2]", "4g")
        try:
            return _measured(session, card, leads, folder)
        finally:
            session.stop()


def _measured(session: Any, card: Scorecard, leads: Path, folder: Path) -> list[Figure]:
    from serving.bulk.spark import score_by_spark

    udf, tables = _udf(session, card, folder), find_tables(card, leads, None).tables
    ours, theirs = folder / "ours", folder / "theirs"
    seconds: list[tuple[float, float]] = []
    for _ in range(ROUNDS + 1):
        start = perf_counter()
        score_by_spark(card, tables, ours, as_of=moment(AS_OF), terms=True, session=session)
        between = perf_counter()
        frame = session.read.parquet(str(leads))
        frame.select("lead_id", udf(*_fields(card)).alias("s")).write.mode("overwrite").parquet(str(theirs))
        seconds.append((between - start, perf_counter() - between))
        print(f"   ours {seconds[-1][0]:.1f} s, spark_udf {seconds[-1][1]:.1f} s", flush=True)
    _same(ours, theirs)
    n, timed = LEADS * TIMES, seconds[1:]
    return [
        Figure("spark: bulk scores with all terms", n / median(o for o, _ in timed), "leads/s"),
        Figure("spark: spark_udf of the same model", n / median(t for _, t in timed), "leads/s"),
        at_least("spark: our leads/s over spark_udf's", median(t / o for o, t in timed), "ratio", 5),
    ]


def _fields(card: Scorecard) -> list[str]:
    return list(dict.fromkeys(f.source.field for f in card.features if f.source.field))


def _leads(card: Scorecard, folder: Path) -> Path:
    """The fields that the model reads of leads that do not exist, each some times under other names."""
    write_company(make_company(LEADS, seed=1), folder)
    once = pd.read_csv(folder / "leads.csv")[["lead_id", *_fields(card)]].astype({"employees": "float64"})
    parts = [once.assign(lead_id=once["lead_id"] + f"-{i}") for i in range(TIMES)]
    pd.concat(parts).to_parquet(folder / "flat.parquet", index=False, row_group_size=20_000)
    return folder / "flat.parquet"


def _udf(session: Any, card: Scorecard, folder: Path) -> Any:
    save(card, folder / "scorecard.json")
    mlflow.pyfunc.save_model(
        folder / "model",
        python_model=str(files("training") / "mlflow_model.py"),
        artifacts={"scorecard": str(folder / "scorecard.json")},
        signature=signature(card.features),
        pip_requirements=["mlflow"],
    )
    from pyspark.sql.functions import struct

    udf = mlflow.pyfunc.spark_udf(session, str(folder / "model"), result_type=RESULT, env_manager="local")
    return lambda *columns: udf(struct(*columns))


def _same(ours: Path, theirs: Path) -> None:
    """Raise AssertionError where the two do not give the same scores."""
    a = pd.read_parquet(ours, columns=["lead_id", "score"]).sort_values("lead_id")["score"].to_numpy()
    b = pd.read_parquet(theirs).sort_values("lead_id")["s"].map(lambda s: s["score"]).to_numpy()
    assert abs(a - b).max() < 1e-9
