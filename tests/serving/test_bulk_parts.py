"""The parts of bulk scoring: which terms count most, rows in pairs, files that appear whole or not at all."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Numbers, Texts
from features.engines.results import Result
from features.errors import DataError
from serving.bulk.reasons import largest
from serving.bulk.scoring import in_pairs
from serving.bulk.write import whole_file, whole_folder
from serving.wording import Wording, reasons, texts_of
from serving.words.words import words_of

SCHEMA = pa.schema([("lead_id", pa.string()), ("score", pa.float64())])
ROWS = pa.record_batch([["L-1", 'the "second", L-2'], [1.5, 0.1 + 0.2]], schema=SCHEMA)
WORDING = Wording(words_of("en"), ())
sizes = st.one_of(st.sampled_from([0.0, 0.05, -0.05, np.nextafter(0.05, 0), 3.0, -3.0]), st.floats(-9, 9))


@given(st.integers(1, 8).flatmap(lambda n: st.lists(st.lists(sizes, min_size=n, max_size=n), min_size=1)))
def test_the_largest_terms_are_those_of_the_reasons(rows: list[list[float]]) -> None:
    got = largest([np.array(c) for c in zip(*rows, strict=True)])
    for i, points in enumerate(rows):
        said = texts_of(reasons([WORDING.weighed(str(j), p) for j, p in enumerate(points)]))
        assert [str(j) if j >= 0 else "" for j in got[:, i]] == [r.partition(": ")[0] for r in said]


@given(st.lists(st.integers(1, 5), max_size=6).filter(lambda cut: sum(cut) % 2 == 0))
def test_rows_come_in_pairs_however_they_are_cut(cut: list[int]) -> None:
    ends = np.cumsum([0, *cut])
    words = tuple(str(i) for i in range(ends[-1]))
    parts = [
        Result(
            pa.array(words[a:b], pa.string()),
            pa.array(range(a, b), pa.int64()),
            (Numbers(np.arange(a, b, dtype=float)), Texts(np.arange(b - a, dtype=np.int32), words[a:b])),
        )
        for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]
    both = list(in_pairs(parts))
    for at in (0, 1):
        rows = [row for pair in both for row in range(len(pair[at]))]
        assert len(rows) == ends[-1] // 2
        assert [v for pair in both for v in pair[at].as_of.to_pylist()] == list(range(at, ends[-1], 2))
        assert [v for pair in both for v in pair[at].columns[0].plain()] == list(range(at, ends[-1], 2))
        assert [v for pair in both for v in pair[at].columns[1].plain()] == list(words[at::2])


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv", "scores.csv.gz"])
def test_a_file_appears_when_all_is_written(tmp_path: Path, name: str) -> None:
    with whole_file(tmp_path / name, SCHEMA) as write:
        write(ROWS)
        assert not (tmp_path / name).exists()
        write(ROWS)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    read = pyarrow.parquet.read_table if name.endswith("parquet") else pyarrow.csv.read_csv
    assert read(tmp_path / name).to_pylist() == ROWS.to_pylist() * 2


def test_what_goes_wrong_between_leaves_the_earlier_file(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("earlier", "utf-8")
    with suppress(KeyboardInterrupt), whole_file(tmp_path / "scores.csv", SCHEMA) as write:
        write(ROWS)
        raise KeyboardInterrupt
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [("scores.csv", "earlier")]


def test_a_folder_of_scores_replaces_the_earlier_one(tmp_path: Path) -> None:
    for name in ("part-1.parquet", "part-2.parquet"):
        with whole_folder(tmp_path / "scores") as partial:
            partial.mkdir()
            (partial / name).touch()
            (partial / "_SUCCESS").touch()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["_SUCCESS", "part-2.parquet", "scores"]


def test_what_goes_wrong_between_leaves_the_earlier_folder(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "part-1.parquet").touch()
    with suppress(KeyboardInterrupt), whole_folder(tmp_path / "scores") as partial:
        partial.mkdir()
        raise KeyboardInterrupt
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["part-1.parquet", "scores"]


@pytest.mark.parametrize("name", ["scores.csv", "mine", "file", "nowhere/scores"])
def test_a_folder_that_is_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    (tmp_path / "file").touch()
    with pytest.raises(DataError) as error, whole_folder(tmp_path / name):
        pass
    assert error.value.where == str(tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "letter.txt", "mine"]
