import doctest
import importlib
import pkgutil

import pytest

import serving.crm


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(serving.crm.__path__)])
def test_the_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"serving.crm.{name}")).failed == 0
