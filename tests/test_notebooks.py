"""The notebooks are as they should be shared: without outputs, by public names, question by question.

That they run is tested by ``nbmake``, which takes them as tests of their own.
"""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(json.loads(request.param.read_text("utf-8")))


def code(notebook: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_there_are_four() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


def test_outputs_are_not_kept(notebook: dict[str, Any]) -> None:
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


def test_any_python_kernel_runs_it(notebook: dict[str, Any]) -> None:
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_it_uses_public_names_only(notebook: dict[str, Any]) -> None:
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom | ast.Import) else []
            assert not [name for name in names if name.rpartition(".")[2].startswith("_")]


def test_every_question_is_answered_in_words(notebook: dict[str, Any]) -> None:
    """A heading that asks is followed by a cell that writes a sentence, before the next heading."""
    answered: dict[str, bool] = {}
    asked = ""
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and (heading := re.search(r"^## (.*\?)$", text, re.MULTILINE)):
            asked = heading[1]
            answered[asked] = False
        if cell["cell_type"] == "code" and asked and ("Markdown(" in text or "print(" in text):
            answered[asked] = True
    assert len(answered) >= 4
    assert not [question for question, told in answered.items() if not told]


def test_numbers_stand_in_code_not_in_prose(notebook: dict[str, Any]) -> None:
    """What the data decide, such as a share or an AUC, is written by a cell; prose has only what was chosen."""
    prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert not re.findall(r"\d\.\d", prose)
