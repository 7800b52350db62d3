"""Profiles become columns whose cells read as the values of the profiles do, whatever kinds stand beside each other."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.tables import Scalar
from features.texts import number, text
from training.store_profiles import EXACT, Profiles

whole = st.one_of(st.integers(-9, 9), st.sampled_from([EXACT, EXACT + 1, -EXACT - 1, 2**63, 2**70]))
doubles = st.floats(allow_nan=False, allow_infinity=False)
texts = st.one_of(st.text(), st.sampled_from(["1", "1.0", "true", " 7 ", "1e3"]))
kinds: list[st.SearchStrategy[Any]] = [whole, doubles, texts, st.booleans(), st.one_of(whole, doubles)]


def read(value: Scalar) -> object:
    """As a text, and as a number, or that it is none."""
    try:
        as_number: object = number(value)
    except ValueError:
        as_number = "no number"
    return text(value), as_number


def columns(*parts: list[dict[str, Any]]) -> dict[str, pa.ChunkedArray]:
    profiles = Profiles()
    for part in parts:
        profiles.add([json.dumps(profile) for profile in part])
    return profiles.columns(left_out=("created_at",))


@given(st.lists(st.lists(st.one_of(st.none(), *kinds), max_size=4), max_size=4))
def test_a_cell_reads_as_its_value(drawn: list[list[Any]]) -> None:
    found = columns(*([{"x": v} for v in part] for part in drawn))
    cells = found["x"].to_pylist() if found else []
    assert [read(cell) for cell in cells] == [read(v) for part in drawn for v in part]


@given(
    st.sampled_from(kinds).flatmap(lambda kind: st.lists(st.lists(st.one_of(st.none(), kind), max_size=4), max_size=4))
)
def test_a_cell_of_one_kind_reads_as_its_value(drawn: list[list[Any]]) -> None:
    found = columns(*([{"x": v} for v in part] for part in drawn))
    cells = found["x"].to_pylist() if found else []
    assert [read(cell) for cell in cells] == [read(v) for part in drawn for v in part]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ([1, None, 2.5], pa.float64()),
        ([1, EXACT + 1], pa.string()),
        (["a", None], pa.string()),
        ([True, None], pa.bool_()),
        ([True, 1], pa.string()),
        ([1, "a"], pa.string()),
        ([None, None], pa.null()),
    ],
)
@pytest.mark.parametrize("parts", [1, 2])
def test_a_column_keeps_the_kind_of_all_its_values(told: list[Any], kind: pa.DataType, parts: int) -> None:
    rows = [{"x": v} for v in told]
    found = columns(rows) if parts == 1 else columns(*([row] for row in rows))
    assert found["x"].type == kind


def test_what_a_profile_leaves_out_is_unknown_in_every_part() -> None:
    found = columns([{"a": 1}], [{"b": "x"}, {}], [{"a": 2, "b": "y"}])
    assert {name: column.to_pylist() for name, column in found.items()} == {
        "a": [1.0, None, None, 2.0],
        "b": [None, "x", None, "y"],
    }


def test_columns_stand_in_the_order_of_their_names_without_those_of_the_table() -> None:
    assert list(columns([{"b": 1, "created_at": 2, "a": 3}])) == ["a", "b"]


@pytest.mark.parametrize("written", ["[1]", "7", "{", ""])
def test_what_is_no_object_is_refused(written: str) -> None:
    with pytest.raises(DataError, match="a profile is no JSON object"):
        Profiles().add([written])
