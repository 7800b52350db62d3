"""A company made in parts is one company: names told apart, one truth throughout, written whole or not at all."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.errors import ConfigError
from training.madeup import truth
from training.madeup.company import TABLES, Company, make_company
from training.madeup.parts import PART_EVENTS, make_parts, write_company_in_parts


@pytest.fixture(scope="module")
def parts() -> list[Company]:
    return list(make_parts(2_500, part=1_000))


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    write_company_in_parts(folder, 2_500, part=1_000)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_parts_hold_all_leads_and_none_more_than_a_part(parts: list[Company]) -> None:
    assert [len(part.leads) for part in parts] == [1_000, 1_000, 500]


def test_parts_are_smaller_where_events_are_many() -> None:
    first = next(make_parts(10_000, events_per_lead=2_500))
    assert len(first.leads) == PART_EVENTS / 2_500


def test_a_company_of_one_part_is_the_whole_company() -> None:
    company, (part,) = make_company(2_000), make_parts(2_000)
    for name in (*TABLES, "facts"):
        pd.testing.assert_frame_equal(getattr(part, name), getattr(company, name))


NAMES = [("leads", "lead_id"), ("leads", "email"), ("accounts", "account_id"), ("accounts", "company")]


@pytest.mark.parametrize(("table", "column"), [*NAMES, ("accounts", "domain"), ("truth", "lead_id")])
def test_no_two_rows_of_any_parts_are_named_alike(parts: list[Company], table: str, column: str) -> None:
    named = pd.concat([getattr(part, table)[column] for part in parts])
    assert named.dropna().is_unique


def test_no_two_parts_share_an_event(parts: list[Company]) -> None:
    ids = [set(part.events["event_id"]) for part in parts]
    assert len(set.union(*ids)) == sum(map(len, ids))


def test_parts_differ_in_more_than_their_names(parts: list[Company]) -> None:
    first, second = (part.leads["created_at"] for part in parts[:2])
    assert not first.equals(second)


def test_one_truth_holds_in_every_part(parts: list[Company]) -> None:
    true = pd.concat([part.truth for part in parts])
    summed, p = true[list(truth.TERMS)].sum(axis=1), true["probability"]
    np.testing.assert_allclose(summed, np.log(p / (1 - p)), atol=1e-9)
    assert true["base"].nunique() == 1
    for part in parts:
        pd.testing.assert_frame_equal(part.truth[list(truth.FACTS)], truth.fact_terms(part.facts))


def test_every_part_converts_as_its_truth_says() -> None:
    for part in make_parts(30_000, part=10_000):
        known = part.truth.dropna(subset="converted")
        p = known["probability"]
        error = math.sqrt((p * (1 - p)).sum()) / len(known)
        assert known["converted"].astype(float).mean() == pytest.approx(p.mean(), abs=3 * error)


def test_the_parquet_tables_are_the_parts_one_after_the_other(parts: list[Company], parquet: Path) -> None:
    for name in TABLES:
        made = pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        read = pd.read_parquet(parquet / f"{name}.parquet")
        pd.testing.assert_frame_equal(read.astype(made.dtypes), made)


def test_parquet_holds_moments_in_utc_and_properties_as_json_text(parquet: Path) -> None:
    schema = pq.read_schema(parquet / "events.parquet")
    assert str(schema.field("at").type) == "timestamp[us, tz=UTC]"
    properties = pd.read_parquet(parquet / "events.parquet")["properties"].head(100)
    assert all(isinstance(json.loads(text), dict) for text in properties)


def test_the_parquet_folder_holds_the_finished_files_and_nothing_else(parquet: Path) -> None:
    assert set(files(parquet)) == {*(f"{name}.parquet" for name in TABLES), "README.txt"}
    assert "leads.parquet" in (parquet / "README.txt").read_text("utf-8")


def test_parts_of_the_same_seed_give_the_same_bytes(parquet: Path, tmp_path: Path) -> None:
    write_company_in_parts(tmp_path, 2_500, part=1_000)
    assert files(tmp_path) == files(parquet)


def test_an_interrupted_writing_in_parts_leaves_nothing(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_company_in_parts(tmp_path / "new", 300, part=100, step=stop)
    assert list(tmp_path.iterdir()) == []


def test_each_part_is_told_as_progress(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_company_in_parts(tmp_path, 250, part=100, step=lambda what, done, total: told.append((done, total)))
    assert told == [(0, 250), (100, 250), (200, 250), (250, 250)]


def test_the_number_of_events_written_is_given(tmp_path: Path) -> None:
    events = write_company_in_parts(tmp_path, 50)
    assert events == len(pd.read_parquet(tmp_path / "events.parquet"))


@pytest.mark.parametrize("wrong", [{"leads": 0}, {"part": 0}, {"events_per_lead": math.nan}])
def test_numbers_that_make_no_parts_are_refused(tmp_path: Path, wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        write_company_in_parts(tmp_path / "new", **{"leads": 10, **wrong})
    assert not (tmp_path / "new").exists()
