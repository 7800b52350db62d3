"""A backtest learns at each origin from what was known then, tests on what came after, and says what it found."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from rich.console import Console
from scipy.special import expit

from features.errors import DataError
from features.moments import DAY
from serving.terminal.backtest import backtest_tables
from training.backtest import BLEND, Backtest, Plan, backtest
from training.backtest_report import CHARTS, TEXTS, charts, sentences, table
from training.capacity import read_capacity
from training.dataset import Dataset
from training.measures import measure, periods_of
from training.plots.saving import files_of, save_all

LEADS, BLOCKS = 400, 3
QUICK = Plan(blocks=BLOCKS, share=0.45, draws=50)
SIX = ["rules only", "model only", "blend", "naive Bayes", "logistic regression", "gradient boosting"]


def history(make_dataset, seed: int = 1, dated: bool = False, late: float = 0.0) -> Dataset:
    """Leads that come one a day, of which a colour and a size tell; ``late``: more of the later ones convert."""
    random = np.random.default_rng(seed)
    red, size = random.random(LEADS) < 0.4, random.normal(size=LEADS).round(1)
    odds = 1.5 * red + size - 1 + late * np.linspace(-1, 1, LEADS)
    data = make_dataset(
        (random.random(LEADS) < expit(odds)).astype(int).tolist(),
        horizon=30.0 * DAY if dated else 0.0,
        when=[float(i) * (DAY if dated else 1) for i in range(LEADS)],
        colour=["red" if r else "blue" for r in red],
        size=[float(s) for s in size],
    )
    return replace(data, dated=dated)


@pytest.fixture(scope="module")
def flat(make_dataset, make_agreement, quick) -> Backtest:
    return backtest("flat", history(make_dataset), make_agreement(), quick, plan=QUICK)


@pytest.fixture(scope="module")
def dated(make_dataset, make_agreement, quick) -> Backtest:
    plan = replace(QUICK, capacity=read_capacity("2/week"), window="sliding")
    return backtest("dated", history(make_dataset, dated=True, late=2), make_agreement(), quick, plan=plan)


def test_leads_of_one_outcome_are_no_test(make_dataset, make_agreement, quick) -> None:
    data = history(make_dataset)
    early = replace(data, converted=np.where(np.arange(LEADS) < LEADS // 2, data.converted, 0))
    with pytest.raises(DataError, match="the leads that would be tested have one outcome only") as error:
        backtest("flat", early, make_agreement(), quick, plan=QUICK)
    assert error.value.got == "0 of 180 rows converted"


def test_months_of_one_outcome_each_have_no_measure_within_and_the_tables_say_so(make_dataset, make_agreement, quick):
    data = history(make_dataset, dated=True)
    by_month = replace(data, converted=periods_of(data.when, dated=True) % 2)
    shown = Console(width=200, file=StringIO())
    shown.print(backtest_tables(backtest("dated", by_month, make_agreement(), quick, plan=QUICK)))
    assert "nan–nan" in shown.file.getvalue()


# What is learned and tested


def test_each_block_is_tested_by_models_fitted_before_it(flat) -> None:
    assert [(block.trained_on, block.tested_on) for block in flat.blocks] == [(220, 60), (280, 60), (340, 60)]


def test_with_a_horizon_the_last_leads_before_a_block_teach_nothing_yet(dated) -> None:
    assert [block.trained_on for block in dated.blocks] == [191, 191, 191]  # the 30th day before is known by then
    assert dated.gap == 30 * DAY


def test_every_baseline_stands_beside(flat) -> None:
    assert list(flat.predictions) == SIX
    assert all(list(block.predictions) == SIX for block in flat.blocks)


def test_what_comes_after_an_origin_changes_nothing_before_it(flat, make_dataset, make_agreement, quick) -> None:
    data, origin = history(make_dataset), flat.blocks[1].origin
    later = np.arange(LEADS) >= origin.test[0]
    other = replace(data, converted=np.where(later, 1 - data.converted, data.converted))
    again = backtest("flat", other, make_agreement(), quick, plan=QUICK)
    for block in (0, 1):
        for name, p in flat.blocks[block].predictions.items():
            assert (again.blocks[block].predictions[name] == p).all()
    assert (again.blocks[2].predictions[BLEND] != flat.blocks[2].predictions[BLEND]).any()


def told_when(data: Dataset, days: float, *, but: NDArray[np.bool_] | bool = False) -> Dataset:
    """The data with conversions ``days`` after a lead came; ``but``: leads that never convert."""
    won = (data.converted == 1) & ~np.asarray(but)
    decided = np.where(won, data.when + days * DAY, np.nan)
    until = float(data.when[-1] + days * DAY)
    return replace(data, horizon=0.0, converted=won.astype(np.int64), decided=decided, known_until=until)


def test_outcomes_that_came_after_an_origin_had_not_come_yet(make_dataset, make_agreement, quick) -> None:
    data, plan = history(make_dataset, dated=True), replace(QUICK, blocks=1)
    done = backtest("late", told_when(data, 40), make_agreement(), quick, plan=plan)
    (block,) = done.blocks
    came_later = (data.when < block.origin.at) & (data.when + 40 * DAY > block.origin.at)
    assert came_later.sum() > 30
    never = backtest("late", told_when(data, 40, but=came_later), make_agreement(), quick, plan=plan)
    assert (never.predictions[BLEND] == done.predictions[BLEND]).all()
    assert (block.test.converted == data.converted[block.origin.test]).all()
    assert "with the outcomes that had come by then" in next(sentences(done))


def test_the_same_data_give_the_same_backtest(flat, make_dataset, make_agreement, quick) -> None:
    again = backtest("flat", history(make_dataset), make_agreement(), quick, plan=QUICK)
    pd.testing.assert_frame_equal(table(again), table(flat), check_exact=True)


def test_history_of_one_kind_of_outcome_before_a_block_is_refused(make_dataset, make_agreement, quick) -> None:
    data = history(make_dataset)
    nobody_yet = replace(data, converted=np.where(np.arange(LEADS) < 300, 0, data.converted))
    with pytest.raises(DataError, match="before block 1 of 3"):
        backtest("flat", nobody_yet, make_agreement(), quick, plan=QUICK)


def test_a_block_without_a_conversion_is_measured_as_far_as_it_can_be(make_dataset, make_agreement, quick) -> None:
    data = history(make_dataset)
    none_later = replace(data, converted=np.where(np.arange(LEADS) >= 340, 0, data.converted))
    done = backtest("flat", none_later, make_agreement(), quick, plan=QUICK)
    last = done.blocks[-1].judged
    assert np.isnan(last.measures[BLEND].auc)
    assert np.isfinite(last.interval(BLEND, "log_loss")).all()
    assert np.isfinite(done.pooled.interval(BLEND, "auc")).all()


def test_every_step_is_told(make_dataset, make_agreement, quick) -> None:
    told = []
    plan = replace(QUICK, blocks=2)
    backtest("flat", history(make_dataset), make_agreement(), quick, plan=plan, step=lambda *step: told.append(step))
    said = " ".join(what for what, _, _ in told)
    for what in ("block 1 of 2: ", "block 2 of 2: gradient boosting", "all blocks: drawing leads anew"):
        assert what in said
    assert all(0 <= done <= of for _, done, of in told)


# All blocks together


def test_pooled_measures_are_those_of_all_blocks_rows(flat) -> None:
    for name in SIX:
        p = np.concatenate([block.predictions[name] for block in flat.blocks])
        won = np.concatenate([block.test.converted for block in flat.blocks])
        assert flat.pooled.measures[name].log_loss == pytest.approx(measure(won, p).log_loss)
    assert (flat.scores == np.concatenate([block.scores for block in flat.blocks])).all()


def test_pooled_pairs_are_of_the_same_block_whose_models_are_the_same(flat) -> None:
    blocks = np.repeat(np.arange(BLOCKS), 60)
    expected = measure(flat.tested.converted, flat.predictions[BLEND], periods=blocks).auc_within
    assert flat.pooled.measures[BLEND].auc_within == pytest.approx(expected)


def test_with_dates_they_are_of_the_same_month_too(dated) -> None:
    months = dated.tested.when.astype("int64").astype("datetime64[us]").astype("datetime64[M]").astype(int)
    assert len(np.unique(dated.rows.periods)) >= len(np.unique(months)) > BLOCKS
    for period in np.unique(dated.rows.periods):
        assert len(np.unique(months[dated.rows.periods == period])) == 1


def test_the_capacity_is_that_of_the_leads_that_come(dated) -> None:
    assert dated.top == pytest.approx(2 / 7)


# What is said


def test_a_flat_export_is_said_to_know_all_outcomes_at_once(flat) -> None:
    said = list(sentences(flat))
    assert "as if every outcome had been known at once" in said[0]
    assert said[-2].startswith("A flat export does not say when leads convert")
    assert said[-1].startswith("Only 180 leads were tested")


def test_leads_with_dates_are_said_to_be_read_a_horizon_before(dated) -> None:
    said = " ".join(sentences(dated))
    assert "learned from the latest earlier leads, each time as many, read at least 30 days before it." in said
    assert "Of 7 leads a week, 2 are 28.6%." in said


def test_every_other_is_named_once_by_who_wins(flat) -> None:
    said = next(sentence for sentence in sentences(flat) if sentence.startswith("The blend by log loss"))
    assert all(said.count(name) == 1 for name in SIX if name != BLEND)


def test_it_is_said_that_the_pooled_auc_flatters_where_the_share_that_converts_moves(
    flat, make_dataset, make_agreement, quick
) -> None:
    assert not [sentence for sentence in sentences(flat) if "flatters" in sentence]
    data = history(make_dataset)
    month = (np.arange(LEADS) - 220) // 90 % 2.0  # a fact that is a clock, and tells the one block from the other
    won = np.random.default_rng(3).random(LEADS) < np.where(month == 1, 0.8, 0.1)
    clock = make_dataset(won.astype(int).tolist(), month=month.tolist())
    told = backtest("clock", replace(clock, when=data.when), make_agreement(), quick, plan=replace(QUICK, blocks=2))
    assert [sentence for sentence in sentences(told) if "flatters: within a block it is" in sentence]


def test_the_table_holds_every_measure_of_every_prediction_in_every_block(flat) -> None:
    rows = table(flat)
    assert set(rows["block"]) == {"1", "2", "3", "all"}
    assert set(rows["prediction"]) == set(SIX)
    blend = rows[(rows["block"] == "all") & (rows["prediction"] == BLEND)].set_index("measure")
    assert tuple(blend.loc["log_loss", ["value", "low", "high"]]) == flat.pooled.interval(BLEND, "log_loss")
    assert {"brier_calibration", "brier_refinement", "capture", "calibration_error"} <= set(blend.index)
    assert rows[rows["block"] == "2"]["trained_on"].unique().tolist() == [280]


# Pictures


@pytest.mark.parametrize("kind", ["flat", "dated"])
def test_every_picture_is_drawn(kind, request, make_agreement, tmp_path: Path) -> None:
    done = request.getfixturevalue(kind)
    save_all(tmp_path / "out", charts(done, make_agreement()), dict.fromkeys(TEXTS, "x"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(files_of(CHARTS, TEXTS))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "out").glob("*.png"))
    assert "https://cdn" not in (tmp_path / "out" / "gains.html").read_text("utf-8")
