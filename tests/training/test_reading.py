"""Tables are read as what they say: ids, unknowns, numbers and times; and each content has its fingerprint."""

import gzip
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from training.reading import fingerprint, moments, profiles, read_table, refuse_unreadable

TEXT = "lead_id,size,country\n007,1.5,NA\n7,,None\n"


def written(folder, name: str, text: str):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["leads.csv", "leads.csv.gz"])
def test_only_an_empty_cell_is_unknown(name, tmp_path) -> None:
    rows = list(profiles(read_table(written(tmp_path, name, TEXT))))
    assert rows == [
        {"lead_id": "007", "size": 1.5, "country": "NA"},
        {"lead_id": "7", "size": None, "country": "None"},
    ]


def test_texts_that_mean_unknown_are(tmp_path) -> None:
    rows = list(profiles(read_table(written(tmp_path, "leads.csv", TEXT), ["NA"])))
    assert [row["country"] for row in rows] == [None, "None"]


@pytest.mark.parametrize("separator", [";", "\t"], ids=["semicolon", "tab"])
def test_semicolons_and_tabs_may_part_the_columns(separator, tmp_path) -> None:
    path = written(tmp_path, "leads.csv", TEXT.replace(",", separator))
    assert read_table(path).equals(read_table(written(tmp_path, "commas.csv", TEXT)))


def test_a_quoted_semicolon_parts_nothing(tmp_path) -> None:
    frame = read_table(written(tmp_path, "leads.csv", 'a,"b;c",d\n1,2,3\n'))
    assert list(frame) == ["a", "b;c", "d"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_a_file_is_the_number_that_python_reads(tmp_path_factory, value) -> None:
    path = written(tmp_path_factory.getbasetemp(), "number.csv", f"size\n{value!r}\n0.5\n")
    assert read_table(path)["size"][0] == value


def test_parquet_reads_as_csv_does(tmp_path) -> None:
    frame = read_table(written(tmp_path, "leads.csv", TEXT))
    frame.to_parquet(tmp_path / "leads.parquet")
    assert list(profiles(read_table(tmp_path / "leads.parquet", ["NA"]))) == list(
        profiles(read_table(tmp_path / "leads.csv", ["NA"]))
    )


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("leads.xlsx", b"PK", "unknown kind of file"),
        ("leads.csv", b"", "cannot read the table"),
        ("leads.csv", b'a,b\n"1,2\n', "cannot read the table"),
        ("leads.csv", "größe\n1\n".encode("latin-1"), "cannot read the table"),
        ("leads.csv.gz", b"no gzip", "cannot read the table"),
        ("leads.parquet", b"no parquet", "cannot read the table"),
    ],
    ids=["another kind", "empty", "an open quote", "no UTF-8", "no gzip", "no Parquet"],
)
def test_a_file_that_cannot_be_read_is_refused(name, content, what, tmp_path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=what) as error:
        read_table(tmp_path / name)
    assert name in error.value.where


@pytest.mark.parametrize(
    "values",
    [["2026-01-01T10:00:00+02:00"], [pd.Timestamp("2026-01-01T08:00:00")], [pd.Timestamp("2026-01-01T08:00:00Z")]],
    ids=["text with offset", "naive", "aware"],
)
def test_times_are_utc(values) -> None:
    assert moments(pd.Series(values), table="leads") == moments(pd.Series(["2026-01-01T08:00:00"]), table="leads")


def test_an_empty_time_is_refused_with_its_row() -> None:
    values = pd.Series([pd.Timestamp("2026-01-01"), pd.NaT], name="at")
    with pytest.raises(DataError) as error:
        moments(values, table="events.parquet")
    assert error.value.where == "events.parquet, row 3, column 'at'"


# Parquet's own types


def test_decimals_are_numbers(tmp_path) -> None:
    pd.DataFrame({"price": [Decimal("1.50"), None]}).to_parquet(tmp_path / "leads.parquet")
    assert list(profiles(read_table(tmp_path / "leads.parquet"))) == [{"price": 1.5}, {"price": None}]


@pytest.mark.parametrize(
    ("value", "kind"),
    [([1, 2], "ndarray"), ({"a": 1}, "dict"), (b"x", "bytes"), (timedelta(days=1), "Timedelta")],
    ids=["list", "structure", "bytes", "duration"],
)
def test_values_that_no_fact_can_read_are_refused_with_their_column(value, kind, tmp_path) -> None:
    pd.DataFrame({"ok": [1, 2], "odd": [None, value]}).to_parquet(tmp_path / "leads.parquet")
    with pytest.raises(DataError, match="the column 'odd'") as error:
        refuse_unreadable(read_table(tmp_path / "leads.parquet"), "leads.parquet")
    assert error.value.got.startswith(kind)
    assert "'ignore'" in error.value.do


def test_a_list_that_no_fact_reads_is_passed_over(tmp_path) -> None:
    pd.DataFrame({"odd": [[1, 2], [3, 4]], "size": [1.0, 2.0]}).to_parquet(tmp_path / "leads.parquet")
    assert [row["size"] for row in profiles(read_table(tmp_path / "leads.parquet"))] == [1.0, 2.0]


def test_dates_yes_and_no_and_texts_are_not_refused(tmp_path) -> None:
    frame = pd.DataFrame({"day": [date(2026, 1, 1), None], "vip": [True, None], "name": ["a", None]})
    frame.to_parquet(tmp_path / "leads.parquet")
    refuse_unreadable(read_table(tmp_path / "leads.parquet"), "leads.parquet")


# Fingerprints


@given(st.binary(max_size=9), st.binary(max_size=9), st.binary(max_size=9), st.binary(max_size=9))
def test_files_have_the_same_fingerprint_when_each_has_the_same_bytes(a, b, c, d) -> None:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in "abcd"]
        for path, content in zip(paths, (a, b, c, d), strict=True):
            path.write_bytes(content)
        assert (fingerprint(paths[:2]) == fingerprint(paths[2:])) is ((a, b) == (c, d))


@pytest.mark.parametrize("content", ["a,b\n1\n", "a,b\n1,2,3\n", "a,a\n1,2\n"], ids=["short", "long", "twice"])
def test_rows_of_the_wrong_length_and_columns_that_stand_twice_are_refused(content, tmp_path) -> None:
    (tmp_path / "leads.csv").write_text(content)
    with pytest.raises(DataError):
        read_table(tmp_path / "leads.csv")


def test_times_with_and_without_a_zone_are_refused_together() -> None:
    with pytest.raises(DataError, match="some times name their zone and others do not") as error:
        moments(pd.Series(["2026-01-01T10:00:00Z", "2026-01-02"], name="at"), table="outcomes.csv")
    assert error.value.where == "outcomes.csv, row 3, column 'at'"
