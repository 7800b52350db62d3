"""YAML changed without touching its layout."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from training.review.layout import rewritten

REPO = Path(__file__).parents[3]
FILES = [*sorted(REPO.glob("examples/*/agreement.yaml")), REPO / "training" / "madeup" / "agreement.yaml"]
OTHER_STYLE = """\
fit:
- fact:  a    # the first
  points:
  -   {equals: x,
       points: 5}
  - equals: 'y'
    points: 6

# the end
"""


def read(text: str):
    return YAML(typ="safe").load(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_file_that_is_not_changed_stays_as_it_is(path) -> None:
    text = path.read_text("utf-8")
    assert rewritten(text, lambda data: None) == text


def test_so_does_a_file_in_another_style() -> None:
    assert rewritten(OTHER_STYLE, lambda data: None) == OTHER_STYLE


def test_only_the_line_that_is_changed_is_another() -> None:
    def change(data) -> None:
        data["fit"][0]["points"][1]["points"] = 7

    assert rewritten(OTHER_STYLE, change) == OTHER_STYLE.replace("points: 6", "points: 7")


def test_what_is_added_stands_before_the_blank_line_that_ends_its_list() -> None:
    changed = rewritten(OTHER_STYLE, lambda data: data["fit"].append({"fact": "b"}))
    assert changed == OTHER_STYLE.replace("points: 6\n", "points: 6\n- fact: b\n")


def test_what_is_written_over_several_lines_is_changed_as_a_whole() -> None:
    def change(data) -> None:
        data["fit"][0]["points"][0]["points"] = 8

    changed = rewritten(OTHER_STYLE, change)
    assert read(changed)["fit"][0]["points"][0] == {"equals": "x", "points": 8}
    assert "# the first" in changed
    assert "# the end" in changed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_any_change_comes_through(path) -> None:
    text, expected = path.read_text("utf-8"), read(path.read_text("utf-8"))

    def change(data) -> None:
        data["fit"].append({"fact": "new", "field": "new", "points": [{"equals": "x", "points": 1}]})
        data["stages"][0]["definition"] = "another one: with a colon"
        del data["grades"]

    change(expected)
    assert read(rewritten(text, change)) == expected
