"""Pictures hold the numbers that they show, and their files appear whole or not at all."""

from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pytest

from features.errors import DataError
from training.measures import measure
from training.plots import calibration_chart, gains_chart, score_chart
from training.plots.calibration import calibration_groups
from training.plots.saving import files_of, refuse_other, save_all
from training.plots.theme import COLOURS

WON = np.array([1, 1, 0, 1, 0, 0, 0, 0, 1, 0] * 5)
GIVEN = np.linspace(0.9, 0.05, 50)


def rows_of(chart: alt.TopLevelMixin) -> list[dict[str, Any]]:
    """Every row of every data set of a picture."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows]


# Calibration


def test_each_group_has_its_shares_and_wilsons_interval() -> None:
    groups = list(calibration_groups(WON, GIVEN))
    assert [group.leads for group in groups] == [5] * 10
    best = groups[-1]  # the five with the highest probabilities, of whom three converted
    assert best.predicted == pytest.approx(GIVEN[:5].mean())
    assert best.observed == 3 / 5
    n, share, z = 5, 3 / 5, 1.959964
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    assert (best.low, best.high) == pytest.approx((middle - half, middle + half), rel=1e-5)


def test_a_lead_of_several_rows_counts_once_in_an_interval() -> None:
    (alone,) = list(calibration_groups(np.array([1, 1, 0, 0]), np.full(4, 0.5)))[:1]
    groups = list(calibration_groups(np.repeat(WON, 4), np.repeat(GIVEN, 4), np.repeat(np.arange(50), 4)))
    assert [group.leads for group in groups] == [5] * 10
    assert groups[-1][:4] == pytest.approx(list(calibration_groups(WON, GIVEN))[-1][:4])
    assert alone.leads == 1


def test_the_axes_reach_as_far_as_probabilities_do() -> None:
    spec = calibration_chart(WON, {"blend": GIVEN / 10}).to_dict()
    domain = spec["vconcat"][0]["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert domain[0] == 0
    assert 0.6 <= domain[1] <= 1


# Gain and lift


def test_the_capacity_is_marked_with_what_it_catches() -> None:
    chart = gains_chart(WON, {"blend": GIVEN, "naive Bayes": GIVEN[::-1].copy()}, top=0.2)
    found = measure(WON, GIVEN, top=0.2)
    said = [row["said"] for row in rows_of(chart) if "said" in row]
    assert said == [f"{found.capture:.0%} caught", f"lift {found.lift:.1f}"]
    at = [row for row in rows_of(chart) if row.get("worked") == 0.2 and row.get("prediction") == "blend"]
    assert at[0]["caught"] == pytest.approx(found.capture)


def test_a_capacity_between_the_steps_is_drawn_too() -> None:
    chart = gains_chart(WON, {"blend": GIVEN}, top=0.123)
    assert [row for row in rows_of(chart) if row.get("worked") == 0.123]


def test_with_periods_the_best_of_each_are_worked() -> None:
    months = np.arange(50) % 2
    found = measure(WON, GIVEN, periods=months, top=0.2)
    said = [row["said"] for row in rows_of(gains_chart(WON, {"blend": GIVEN}, 0.2, months)) if "said" in row]
    assert said[0] == f"{found.capture:.0%} caught"


def test_each_prediction_has_its_colour_wherever_it_stands() -> None:
    predictions = {"naive Bayes": GIVEN, "challenger": GIVEN, "blend": GIVEN}
    for chart in (gains_chart(WON, predictions), calibration_chart(WON, predictions)):
        text = chart.to_json()
        assert COLOURS["naive Bayes"] in text
        assert COLOURS["blend"] in text


# Scores


def test_each_outcome_sums_to_the_whole_and_stages_within_reach_are_marked() -> None:
    chart = score_chart(GIVEN * 100, WON, {"MQL": 40.0, "Customer": 400.0})
    rows = rows_of(chart)
    for outcome in ("converted", "did not"):
        assert sum(row["share"] for row in rows if row.get("outcome") == outcome) == pytest.approx(1)
    assert [row["stage"] for row in rows if "stage" in row] == ["MQL"]


def test_leads_of_one_score_can_be_drawn() -> None:
    assert rows_of(score_chart(np.full(4, 10.0), np.array([0, 1, 0, 1])))


# Files


@pytest.fixture
def picture() -> alt.TopLevelMixin:
    return score_chart(GIVEN * 100, WON)


class Broken:
    """A picture that cannot be written."""

    def save(self, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")


def test_files_appear_together_under_their_names(picture, tmp_path: Path) -> None:
    save_all(tmp_path / "out", {"scores": picture}, {"a.txt": "words"})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(files_of(["scores"], ["a.txt"]))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_where_one_cannot_be_written_nothing_appears(picture, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot write the pictures") as refused:
        save_all(tmp_path / "out", {"scores": picture, "broken": Broken()}, {})
    assert refused.value.got == "No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_folder_of_the_same_is_replaced_and_kept_if_that_fails(picture, tmp_path: Path) -> None:
    save_all(tmp_path / "out", {"scores": picture}, {"a.txt": "first"})
    with pytest.raises(DataError):
        save_all(tmp_path / "out", {"scores": Broken()}, {"a.txt": "second"})
    assert (tmp_path / "out" / "a.txt").read_text("utf-8") == "first"
    save_all(tmp_path / "out", {"scores": picture}, {"a.txt": "third"})
    assert (tmp_path / "out" / "a.txt").read_text("utf-8") == "third"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.png").write_bytes(b"sun")
    with pytest.raises(DataError, match="something else"):
        refuse_other(tmp_path, ["scores.png"])
    with pytest.raises(DataError, match="something else"):
        refuse_other(tmp_path / "holiday.png", ["holiday.png"])
    with pytest.raises(DataError, match="cannot write"):
        refuse_other(tmp_path / "nowhere" / "out", [])
