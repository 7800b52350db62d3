"""The scorecard as an MLflow model "from code": JSON and this project's own modules, no pickle."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import AnyType

from features.catalog import Feature
from features.texts import number
from training import scorecard
from training.scorecard import Scorecard

_ROOT = Path(__file__).parents[2]
_CODE = _ROOT / "training" / "mlflow_model.py"
_PACKAGES = [str(_ROOT / name) for name in ("features", "training")]
_NEEDS = ["mlflow", "msgspec", "numpy", "pandas", "pyarrow", "ruamel.yaml"]


def log_model(card: Scorecard, example: pd.DataFrame, folder: Path) -> Any:
    """Log the scorecard as the active run's model, with a few rows as its example; ``folder`` is for a while.

    Returns MLflow's own ModelInfo.
    """
    path = folder / "scorecard.json"
    scorecard.save(card, path)
    with _no_byte_code():
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_CODE),
            artifacts={"scorecard": str(path)},
            code_paths=_PACKAGES,
            signature=signature(card.features),
            input_example=input_example(card.features, example),
            pip_requirements=_NEEDS,
        )


@contextmanager
def _no_byte_code() -> Iterator[None]:
    """Keep byte code out of what is logged: MLflow imports the model's code from the folder it then stores."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def input_example(features: tuple[Feature, ...], profile: pd.DataFrame) -> pd.DataFrame:
    """The columns of a few leads that the model reads: numbers as float64, others as objects."""
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
