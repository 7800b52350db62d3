"""The examples in the docstrings of ``training`` say what the code does."""

import doctest
import importlib
import pkgutil

import pytest

import training

# mlflow_model is not imported here: it is a script that MLflow runs.
MODULES = [
    module.name
    for module in pkgutil.walk_packages(training.__path__, "training.")
    if not module.ispkg and module.name != "training.mlflow_model"
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_modules_are_found() -> None:
    assert {"training.blend", "training.scorecard", "training.guard.evidence"} <= set(MODULES)
