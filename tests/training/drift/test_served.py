"""Served scores joined with what became of the leads: which count, with which outcome."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.moments import DAY, iso
from training.drift.outcomes import Outcomes
from training.drift.served import read_scores, served

HORIZON = 90
KNOWN_UNTIL = 200
NEVER = np.nan


def outcomes(*, by_score: bool = True, horizon: float = HORIZON) -> Outcomes:
    """won: converts on day 50; late: on day 150; lost: closed on day 10; open: neither."""
    closed = {"won": 50.0, "late": 150.0, "lost": 10.0, "open": NEVER}
    converted = {"won": 50.0, "late": 150.0}
    table = pd.DataFrame(
        {
            "converted_at": [converted.get(name, NEVER) * DAY for name in closed],
            "closed_at": [day * DAY for day in closed.values()],
            "converted": [name in converted for name in closed],
            "came": [1.0, 2.0, 3.0, 4.0],
        },
        index=list(closed),
    )
    return Outcomes(table, horizon * DAY, KNOWN_UNTIL * DAY, by_score)


def scores(*rows: tuple[str, float, str]) -> pd.DataFrame:
    """Scores of a lead on a day by a version; the probability is the row's number in hundredths."""
    return pd.DataFrame(
        {
            "lead_id": [lead for lead, _, _ in rows],
            "probability": [(i + 1) / 100 for i in range(len(rows))],
            "at": [day * DAY for _, day, _ in rows],
            "version": [version for _, _, version in rows],
        }
    )


def joined(found) -> list[tuple[float, int, str]]:
    return sorted(zip(found.probability.tolist(), found.converted.tolist(), found.versions.tolist(), strict=True))


def nothing_learned(_: str) -> None:
    return None


def test_each_score_is_held_against_what_followed_within_its_horizon() -> None:
    table = scores(("won", 0, "1"), ("late", 0, "1"), ("late", 60, "1"), ("late", 61, "2"), ("lost", 5, "1"))
    found = served(table, outcomes(), nothing_learned)
    # late converts on day 150: not within 90 days of day 0, but exactly 90 days after day 60
    assert joined(found) == [(0.01, 1, "1"), (0.02, 0, "1"), (0.03, 1, "1"), (0.04, 1, "2"), (0.05, 0, "1")]
    assert found.served
    assert found.leads == 3


def test_scores_of_closed_leads_and_of_unfinished_horizons_do_not_count() -> None:
    table = scores(("won", 50, "1"), ("lost", 20, "1"), ("open", 111, "1"), ("open", 110, "1"))
    found = served(table, outcomes(), nothing_learned)
    assert joined(found) == [(0.04, 0, "1")]  # 110 + 90 = 200: known
    assert found.notes == ("2 scores of leads that were closed already", "1 score whose horizon has not passed")


def test_a_lead_counts_once_a_month_and_version_by_its_first_score() -> None:
    table = scores(("open", 3, "1"), ("open", 1, "1"), ("open", 2, "2"), ("open", 40, "1"))  # day 40 is in February
    found = served(table, outcomes(), nothing_learned)
    assert joined(found) == [(0.02, 0, "1"), (0.03, 0, "2"), (0.04, 0, "1")]
    assert found.notes == ("1 score of a lead that had one in the same month",)
    assert len(np.unique(found.whose)) == 1


def test_scores_from_which_their_version_has_learned_do_not_count() -> None:
    table = scores(("open", 1, "1"), ("open", 40, "1"), ("open", 2, "2"))
    found = served(table, outcomes(), {"1": 30.0 * DAY, "2": None}.get)
    assert joined(found) == [(0.02, 0, "1"), (0.03, 0, "2")]


def test_only_scores_since_a_moment_count_where_one_is_given() -> None:
    table = scores(("open", 1, "1"), ("open", 40, "1"))
    assert joined(served(table, outcomes(), nothing_learned, since=40.0 * DAY)) == [(0.02, 0, "1")]


def test_scores_of_leads_that_the_data_do_not_hold_are_told() -> None:
    found = served(scores(("open", 1, "1"), ("stranger", 1, "1")), outcomes(), nothing_learned)
    assert found.notes == ("1 score of leads that the data do not hold",)
    with pytest.raises(DataError, match="no score is of a lead of the data") as refused:
        served(scores(("stranger", 1, "1")), outcomes(), nothing_learned)
    assert refused.value.got == "stranger"


def test_nothing_may_be_left() -> None:
    found = served(scores(("lost", 20, "1")), outcomes(), nothing_learned)
    assert (len(found), found.leads) == (0, 0)


def test_of_a_flat_export_leads_stand_in_their_own_order_and_outcomes_are_final() -> None:
    table = scores(("won", 0, "1"), ("open", 300, "1"), ("late", 0, "1"))
    final = outcomes(by_score=False, horizon=0)
    final = final._replace(table=final.table.assign(closed_at=NEVER, converted_at=NEVER))
    found = served(table, final, {"1": 1.0}.get)  # it has learned from the lead that came first
    assert joined(found) == [(0.02, 0, "1"), (0.03, 1, "1")]


# Files


def written(path: Path, **columns: list[object]) -> Path:
    rows = {"lead_id": ["007"], "probability": [0.25], "as_of": [iso(DAY)], "model_version": ["3"]} | columns
    frame = pd.DataFrame(rows)
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["scores.csv", "scores.csv.gz", "scores.parquet"])
def test_a_file_of_scores_is_read_as_it_is_written(name: str, tmp_path: Path) -> None:
    read = read_scores(written(tmp_path / name))
    assert read.to_dict("records") == [{"lead_id": "007", "probability": 0.25, "at": float(DAY), "version": "3"}]


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    written(tmp_path / "a.csv")
    written(tmp_path / "b.parquet", model_version=["4"])
    (tmp_path / "_SUCCESS").touch()
    assert read_scores(tmp_path)["version"].tolist() == ["3", "4"]


def test_what_is_no_score_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this is no probability") as refused:
        read_scores(written(tmp_path / "a.csv", probability=[25]))
    assert refused.value.where == "a.csv, row 2, column 'probability'"
    with pytest.raises(DataError, match="not a moment"):
        read_scores(written(tmp_path / "b.csv", as_of=["yesterday"]))
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no scores"):
        read_scores(empty)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"lead_id": ["1"], "probability": [0.5], "asof": [iso(DAY)]}).to_csv(path, index=False)
    with pytest.raises(DataError, match="the column 'as_of' is not in the table"):
        read_scores(path)
