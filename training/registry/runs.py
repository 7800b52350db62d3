"""One training run in MLflow: all that it was made with and found, and its scorecard as a registered version."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import altair as alt
import mlflow
import pandas as pd
from mlflow.tracking import MlflowClient
from msgspec.structs import replace

from training import scorecard
from training.registry.model import input_example, log_model
from training.registry.place import Registry, model_name, reaching
from training.registry.versions import CHALLENGER, PREDICTIONS, TESTED, Version
from training.scorecard import Scorecard


class Run(NamedTuple):
    """What is kept of a run.

    card: the scorecard to be registered; tested: the one that was tested, before it learned from all leads
    files: texts by the path under which they are kept
    predictions: of the later leads (``training.predictions``)
    example: raw columns of a few leads
    page: the model card (HTML) of the version that the run becomes
    """

    card: Scorecard
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    files: Mapping[str, str]
    charts: Mapping[str, alt.TopLevelMixin]
    example: pd.DataFrame
    data_name: str
    tested: Scorecard | None = None
    predictions: pd.DataFrame | None = None
    page: Callable[[Scorecard], str] | None = None


def register(registry: Registry, run: Run) -> Version:
    """Log a run, register its scorecard as a version, and call it the challenger.

    Raises RegistryError when MLflow cannot be reached or refuses; what was begun is then marked as failed, and no
    version is called anything else than before.
    """
    name = model_name(run.card.name)
    with reaching(registry) as client, TemporaryDirectory() as folder:
        experiment = _experiment(client, registry, name)
        with mlflow.start_run(experiment_id=experiment, run_name=run.card.name) as active:
            _log(run, Path(folder))
            card = _with_run(run.card, active.info.run_id)
            version = _new_version(client, name, log_model(card, run.example, Path(folder)), card)
            if run.page is not None:
                mlflow.log_text(run.page(replace(card, model_version=version)), "model_card.html")
        client.set_registered_model_alias(name, CHALLENGER, version)
    return Version(name, version, active.info.run_id)


def _experiment(client: MlflowClient, registry: Registry, name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name, registry.artifacts))


def _log(run: Run, folder: Path) -> None:
    mlflow.log_params(dict(run.params))
    mlflow.log_metrics(dict(run.metrics))
    mlflow.set_tags({"agreement_hash": run.card.agreement_hash, "agreement_version": run.card.agreement.version})
    _log_data(run)
    for path, content in run.files.items():
        mlflow.log_text(content, path)
    for name, chart in run.charts.items():
        chart.save(str(folder / f"{name}.png"), scale_factor=2)
        chart.save(str(folder / f"{name}.vl.json"))
        for ending in ("png", "vl.json"):
            mlflow.log_artifact(str(folder / f"{name}.{ending}"), "plots")
    if run.tested is not None:
        scorecard.save(run.tested, folder / TESTED)
        mlflow.log_artifact(str(folder / TESTED), str(Path(TESTED).parent))
    if run.predictions is not None:
        run.predictions.to_parquet(folder / PREDICTIONS, index=False)
        mlflow.log_artifact(str(folder / PREDICTIONS))


def _log_data(run: Run) -> None:
    history = run.card.history
    digest = history.data_fingerprint.removeprefix("sha256:")[:36] if history else None
    data = mlflow.data.from_pandas(input_example(run.card.features, run.example), name=run.data_name, digest=digest)
    mlflow.log_input(data, context="training")


def _with_run(card: Scorecard, run_id: str) -> Scorecard:
    return replace(card, history=replace(card.history, run_id=run_id)) if card.history else card


def _new_version(client: MlflowClient, name: str, info: Any, card: Scorecard) -> str:
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    tags = {"agreement_version": card.agreement.version, "agreement_hash": card.agreement_hash}
    if card.history:
        tags |= {"data_fingerprint": card.history.data_fingerprint, "code_version": card.history.code_version}
    told = "Its model card is the artifact model_card.html of its run."
    made = client.create_model_version(
        name, source=info.model_uri, run_id=info.run_id, model_id=info.model_id, tags=tags, description=told
    )
    return str(made.version)
