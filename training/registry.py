"""Runs and versions in MLflow: what was learned, from what, how good it is, and which version is the champion."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import altair as alt
import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import AnyType
from msgspec.structs import replace

from features.catalog import Feature
from features.errors import RegistryError, ScorecardError
from features.texts import number
from training import scorecard
from training.scorecard import Scorecard

CHAMPION = "champion"
_CODE = Path(__file__).with_name("mlflow_model.py")
_PACKAGES = [str(Path(__file__).parents[1] / name) for name in ("features", "training")]


class Registry(NamedTuple):
    """Where runs go: an MLflow tracking server or database, and a folder for artifacts (None: the server's)."""

    tracking_uri: str
    artifacts: str | None

    @staticmethod
    def embedded(home: Path) -> "Registry":
        """SQLite and a folder in ``home``: nothing to install, nothing to start."""
        return Registry(f"sqlite:///{(home / 'mlflow.db').resolve()}", (home / "artifacts").resolve().as_uri())


class Run(NamedTuple):
    """What is kept of a run beside the scorecard."""

    card: Scorecard
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    files: Mapping[str, str]
    charts: Mapping[str, alt.TopLevelMixin]
    example: pd.DataFrame
    data_name: str


class Version(NamedTuple):
    """A registered version."""

    name: str
    version: str
    run_id: str


def register(registry: Registry, run: Run, *, champion: bool) -> Version:
    """Log a run, register its scorecard as a model version, and make it the champion if asked.

    Raises RegistryError when MLflow cannot be reached or refuses.
    """
    try:
        return _register(registry, run, champion=champion)
    except MlflowException as error:
        do = "check the tracking server, or leave --tracking-uri out to use the home's own registry"
        raise RegistryError("MLflow refused", where=registry.tracking_uri, got=error.message, do=do) from None


def _register(registry: Registry, run: Run, *, champion: bool) -> Version:
    mlflow.set_tracking_uri(registry.tracking_uri)
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # its good news would tear the progress bar
    name = model_name(run.card.name)
    mlflow.set_experiment(experiment_id=_experiment(registry, name))
    with mlflow.start_run(run_name=run.card.name) as active, TemporaryDirectory() as folder:
        mlflow.log_params(dict(run.params))
        mlflow.log_metrics(dict(run.metrics))
        mlflow.set_tags({"agreement_hash": run.card.agreement_hash, "agreement_version": run.card.agreement.version})
        _log_data(run)
        for path, content in run.files.items():
            mlflow.log_text(content, path)
        _log_charts(run.charts, Path(folder))
        card = _with_run(run.card, active.info.run_id)
        version = _log_model(card, run.example, name, Path(folder))
    if champion:
        MlflowClient().set_registered_model_alias(name, CHAMPION, version)
    return Version(name, version, active.info.run_id)


def _with_run(card: Scorecard, run_id: str) -> Scorecard:
    return replace(card, history=replace(card.history, run_id=run_id)) if card.history else card


def export(registry: Registry, version: Version, to: Path) -> Scorecard:
    """Write a registered version's scorecard where serving reads it, under its version number."""
    mlflow.set_tracking_uri(registry.tracking_uri)
    uri = f"models:/{version.name}/{version.version}"
    folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
    found = next(folder.rglob("scorecard.json"), None)
    if found is None:
        raise ScorecardError("the registered version holds no scorecard", where=uri)
    card = replace(scorecard.load(found), model_version=version.version)
    scorecard.save(card, to)
    return card


def model_name(name: str) -> str:
    """The registered model's name for a configuration's name."""
    return f"leadscore-{name}"


def _experiment(registry: Registry, name: str) -> str:
    client = MlflowClient()
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name, registry.artifacts))


def _log_data(run: Run) -> None:
    history = run.card.history
    digest = history.data_fingerprint.removeprefix("sha256:")[:36] if history else None
    example = _input_example(run.card.features, run.example)
    data = mlflow.data.from_pandas(example, name=run.data_name, digest=digest)
    mlflow.log_input(data, context="training")


def _log_charts(charts: Mapping[str, alt.TopLevelMixin], folder: Path) -> None:
    for name, chart in charts.items():
        path = folder / f"{name}.png"
        chart.save(str(path), scale_factor=2)
        mlflow.log_artifact(str(path), "plots")


def _log_model(card: Scorecard, example: pd.DataFrame, name: str, folder: Path) -> str:
    path = folder / "scorecard.json"
    scorecard.save(card, path)
    with _no_byte_code():
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_CODE),
            artifacts={"scorecard": str(path)},
            code_paths=_PACKAGES,
            signature=signature(card.features),
            input_example=_input_example(card.features, example),
            pip_requirements=["mlflow", "msgspec", "numpy", "pandas", "pyarrow", "ruamel.yaml"],
        )
    return _new_version(name, info)


@contextmanager
def _no_byte_code() -> Iterator[None]:
    """Keep byte code out of what is logged: MLflow imports the model's code from the folder it then stores."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _new_version(name: str, info: Any) -> str:
    client = MlflowClient()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(name, source=info.model_uri, run_id=info.run_id, model_id=info.model_id)
    return str(made.version)


def _input_example(features: tuple[Feature, ...], profile: pd.DataFrame) -> pd.DataFrame:
    """A few rows of the raw columns that the model reads: numbers as float64, others as objects."""
    fields = dict.fromkeys(f.source.field for f in features if f.source.field in profile.columns)
    texts = {f.source.field for f in features if f.type == "text"}
    return pd.DataFrame(
        {c: profile[c].astype(object) if c in texts else profile[c].map(number).astype("float64") for c in fields},
        index=profile.index,
    )


def signature(features: tuple[Feature, ...]) -> ModelSignature:
    """The columns that the model reads and what it answers; every input may be missing.

    A column may hold what its file holds (whole numbers, yes or no): the facts themselves read it, or refuse it.
    """
    fields = dict.fromkeys(f.source.field for f in features if f.source.field)
    inputs = [ColSpec(AnyType(), name, required=False) for name in fields]
    if any(f.of_events for f in features):
        inputs += [ColSpec("string", "events", required=False), ColSpec("string", "as_of", required=False)]
    outputs = [ColSpec("double", name) for name in ("score", "probability", "agreed_score")]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))
