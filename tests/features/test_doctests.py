"""The examples in the docstrings of ``features`` say what the code does."""

import doctest
import importlib
import pkgutil

import pytest

import features

ON_A_CLUSTER = ("features.engines.spark", "features.engines.cluster")  # need Spark, and have no examples
MODULES = [
    module.name
    for module in pkgutil.walk_packages(features.__path__, "features.")
    if module.name not in ON_A_CLUSTER and not module.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_the_modules_are_found() -> None:
    assert {"features.derive", "features.points", "features.schema"} <= set(MODULES)
