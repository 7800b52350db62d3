"""The registered model in other people's platforms: served by MLflow, and as a function of Spark."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import mlflow
import pandas as pd
import pytest

from features.engines.sources import Tables
from features.moments import moment
from features.tables import Lead
from serving.batch import read_leads
from serving.scorer import Scorer
from training.reading import read_table

MOMENT = "2026-06-01T00:00:00Z"
URI = "models:/leadscore-madeup@champion"
SCORES = ("score", "probability", "agreed_score")
TOLERANCE = 1e-9
PATIENCE = 120.0


@pytest.fixture(scope="module")
def registry(madeup_home: Path) -> str:
    return f"sqlite:///{madeup_home / 'mlflow.db'}"


@pytest.fixture(scope="module")
def leads(madeup_home: Path, card) -> list[Lead]:
    """Sixty leads of the made-up company with their events, as serving reads them."""
    folder = madeup_home / "madeup"
    tables = Tables(folder / "leads.csv", folder / "events.csv", folder / "outcomes.csv")
    return read_leads(card, tables)[:60]


@pytest.fixture(scope="module")
def rows(madeup_home: Path, card, leads) -> pd.DataFrame:
    """The same leads as the model takes them: a column a field, and the events as JSON."""
    fields = {f.source.field: f.type for f in card.features if f.source.field}
    profile = read_table(madeup_home / "madeup" / "leads.csv").head(60)[list(fields)]
    profile = profile.astype({c: "float64" if t == "number" else object for c, t in fields.items()})
    events = read_table(madeup_home / "madeup" / "events.csv").fillna({"properties": "{}"})
    sent = {lead_id: [_event(row) for row in group.to_dict("records")] for lead_id, group in events.groupby("lead_id")}
    return profile.assign(events=[json.dumps(sent.get(lead.lead_id, [])) for lead in leads], as_of=MOMENT)


def _event(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("event_id", "at", "type")} | {"properties": json.loads(row["properties"])}


@pytest.fixture(scope="module")
def answers(card, leads) -> list[dict[str, Any]]:
    """What the score endpoint answers for them."""
    scorer = Scorer(card)
    return [scorer.answer(lead, moment(MOMENT), with_moves=False) for lead in leads]


def largest_difference(got: pd.DataFrame, answers: list[dict[str, Any]]) -> float:
    expected = pd.DataFrame(answers)[list(SCORES)]
    assert expected["score"].round(6).nunique() > 30
    return float((got[list(SCORES)].reset_index(drop=True) - expected).abs().to_numpy().max())


@pytest.fixture(scope="module")
def url(registry: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the champion, started as anybody would."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", URI, "--env-manager", "local"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    folder = tmp_path_factory.mktemp("served")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # as in an activated venv
    environment = os.environ | {"MLFLOW_TRACKING_URI": registry, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with (folder / "out.txt").open("w+", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out, start_new_session=True)
        with process:
            try:
                wait_until_ready(f"http://127.0.0.1:{port}/ping", process, folder / "out.txt")
                yield f"http://127.0.0.1:{port}/invocations"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], out: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(out.read_text("utf-8")[-2_000:])


@pytest.mark.slow
def test_mlflow_serves_what_the_score_endpoint_answers(url: str, rows: pd.DataFrame, answers) -> None:
    sent = {"dataframe_split": json.loads(rows.to_json(orient="split", index=False))}
    answer = httpx2.post(url, json=sent, timeout=60)
    assert answer.status_code == 200, answer.text[:500]
    assert largest_difference(pd.DataFrame(answer.json()["predictions"]), answers) <= TOLERANCE


@pytest.mark.slow
def test_mlflow_serves_a_lead_of_whom_little_is_known(url: str, card) -> None:
    answer = httpx2.post(url, json={"dataframe_records": [{"industry": "software"}]}, timeout=60)
    (got,) = answer.json()["predictions"]
    expected = Scorer(card).answer(Lead("L-1", {"industry": "software"}), moment(MOMENT), with_moves=False)
    assert abs(got["score"] - expected["score"]) <= TOLERANCE


@pytest.mark.spark
def test_a_function_of_spark_gives_what_the_score_endpoint_answers(
    spark: Any, registry: str, rows: pd.DataFrame, answers
) -> None:
    from pyspark.sql.functions import struct

    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(registry)
    try:
        result = ", ".join(f"{name} double" for name in SCORES)
        score = mlflow.pyfunc.spark_udf(spark, URI, result_type=result, env_manager="local")
    finally:
        mlflow.set_tracking_uri(before)
    frame = spark.createDataFrame(rows.assign(row=range(len(rows))).replace({float("nan"): None}))
    scored = frame.select("row", score(struct(*rows.columns)).alias("s")).orderBy("row").collect()
    got = pd.DataFrame([row["s"].asDict() for row in scored])
    assert largest_difference(got, answers) <= TOLERANCE
