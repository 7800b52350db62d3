"""The examples in docstrings hold."""

import doctest
import importlib
import pkgutil

import pytest

import serving

ON_A_CLUSTER = "serving.bulk.spark"  # needs Spark, and has no examples
MODULES = [
    module.name
    for module in pkgutil.walk_packages(serving.__path__, "serving.")
    if module.name != ON_A_CLUSTER
    and ".migrations" not in module.name
    and not module.name.startswith("serving.webhooks.")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
