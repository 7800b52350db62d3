"""The split is by time, and nothing that was learned later reaches the first part."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.moments import DAY
from training.dataset import Dataset
from training.learn.learner import folds_of


def test_the_first_part_in_time_trains(make_dataset) -> None:
    first, later = make_dataset([0, 1] * 5, size=[float(i) for i in range(10)]).split(0.7)
    assert first.lead_ids == tuple(f"L-{i}" for i in range(7))
    assert later.lead_ids == tuple(f"L-{i}" for i in range(7, 10))


def test_columns_outcomes_and_profile_are_split_alike(make_dataset) -> None:
    first, later = make_dataset([0, 1] * 5, size=[float(i) for i in range(10)]).split(0.7)
    for part, rows in ((first, range(7)), (later, range(7, 10))):
        assert [c.plain() for c in part.columns] == [[float(i) for i in rows]]
        assert part.profile["size"].tolist() == list(rows)
        assert part.converted.tolist() == [i % 2 for i in rows]


@pytest.mark.parametrize(("horizon", "known"), [(0, 7), (1, 7), (2, 6), (3.5, 4), (7, 1), (8, 0)])
def test_only_outcomes_known_before_the_first_test_lead_train(horizon, known, make_dataset) -> None:
    # The first test lead is of moment 7, so that an outcome is known of leads up to moment 7 - horizon.
    first, later = make_dataset([0, 1] * 5, horizon=horizon, size=[1.0] * 10).split(0.7)
    assert len(first) == known
    assert len(later) == 3


def test_no_lead_is_on_both_sides(madeup) -> None:
    first, later = madeup[1].split(0.7)
    assert not set(first.lead_ids) & set(later.lead_ids)


def test_the_made_up_companys_training_outcomes_were_known_at_the_split(madeup) -> None:
    first, later = madeup[1].split(0.7)
    assert first.when.max() + 90 * DAY <= later.when.min()
    assert len(first) < int(0.7 * len(madeup[1]))


def test_texts_and_numbers_keep_their_unknowns_in_a_frame(make_dataset) -> None:
    frame = make_dataset([0, 1], size=[1.5, None], colour=[None, "red"]).frame()
    assert frame["size"].dtype == np.float64
    assert np.isnan(frame["size"][1])
    assert frame["colour"].tolist() == [None, "red"]


# Outcomes that have not come yet


@pytest.fixture
def live(make_dataset) -> Dataset:
    """Ten leads, one a day, of whom the odd ones convert three days later; exported on the tenth day."""
    came = [i % 2 if i + 3 <= 9 else 0 for i in range(10)]
    data = make_dataset(came, when=[float(i * DAY) for i in range(10)], size=[float(i) for i in range(10)])
    decided = np.where(data.converted == 1, data.when + 3 * DAY, np.nan)
    return replace(data, dated=True, decided=decided, known_until=9.0 * DAY)


def test_leads_whose_horizon_has_not_passed_are_not_tested_on(live) -> None:
    matured = live.matured(4)
    assert matured.lead_ids == tuple(f"L-{i}" for i in range(6))
    assert matured.converted.tolist() == [i % 2 for i in range(6)]


def test_outcomes_that_are_final_are_all_tested_on(make_dataset) -> None:
    data = make_dataset([0, 1] * 5, size=[1.0] * 10)
    assert data.matured(90) is data


def test_without_a_lead_whose_horizon_has_passed_there_is_no_test(live) -> None:
    with pytest.raises(DataError, match="the horizon of no lead has passed"):
        live.matured(90)


# Several rows of a lead


@st.composite
def several(draw: st.DrawFn) -> dict[str, list[int]]:
    n = draw(st.integers(1, 40))
    rows = st.lists(st.integers(0, 12), min_size=n, max_size=n)
    return {
        "converted": [v % 2 for v in draw(rows)],
        "leads": draw(rows),
        "when": sorted(draw(rows)),
        "horizon": draw(st.sampled_from([0, 1, 4])),
    }


@given(several(), st.floats(0.01, 0.99))
def test_no_lead_is_on_both_sides_of_a_split(make_dataset, rows, share) -> None:
    first, later = make_dataset(**rows, row=[float(i) for i in range(len(rows["leads"]))]).split(share)
    assert not set(first.lead_ids) & set(later.lead_ids)


@given(several(), st.floats(0.01, 0.99))
def test_a_split_is_that_of_the_leads_first_rows(make_dataset, rows, share) -> None:
    data = make_dataset(**rows, row=[float(i) for i in range(len(rows["leads"]))])
    cut = int(share * len(data))
    first, later = (part.columns[0].plain() for part in data.split(share))
    for i, lead in enumerate(data.lead_ids):
        before = data.lead_ids.index(lead) < cut
        known = data.when[i] + data.horizon <= data.when[cut] if data.horizon else i < cut
        assert (i in first, i in later) == (before and known, not before)


@given(st.integers(2, 60), st.floats(0.01, 0.99), st.sampled_from([0, 3]), st.data())
def test_one_row_a_lead_is_split_by_its_place(make_dataset, n, share, horizon, data_) -> None:
    when = sorted(data_.draw(st.lists(st.integers(0, 20), min_size=n, max_size=n)))
    data = make_dataset([0] * n, horizon=horizon, when=when, row=[float(i) for i in range(n)])
    cut = int(share * n)
    first, later = (part.columns[0].plain() for part in data.split(share))
    assert first == [i for i in range(cut) if not horizon or when[i] + horizon <= when[cut]]
    assert later == list(range(cut, n))


def test_later_rows_of_training_leads_are_in_neither_part(make_dataset) -> None:
    leads = [0, 1, 2, 0, 1, 3, 4, 0, 3]  # the cut is at the row of 3
    first, later = make_dataset([0] * 9, horizon=1, leads=leads, row=[float(i) for i in range(9)]).split(0.6)
    assert first.columns[0].plain() == [0, 1, 2, 3, 4]
    assert later.columns[0].plain() == [5, 6, 8]


@given(several(), st.sampled_from([None, 2, 3]))
def test_no_lead_is_in_two_folds(make_dataset, rows, number) -> None:
    data = make_dataset(**rows)
    fold, folds = folds_of(data, number)
    assert len(set(zip(data.lead_ids, fold.tolist(), strict=True))) == len(set(data.lead_ids))
    assert set(fold.tolist()) <= set(range(folds))


def test_folds_are_stretches_of_time_of_as_many_leads_each(make_dataset) -> None:
    leads = [0, 1, 1, 2, 0, 3, 3, 4, 5, 1]
    fold, _ = folds_of(make_dataset([0] * 10, leads=leads), 3)
    assert fold.tolist() == [lead // 2 for lead in leads]


def test_folds_of_one_row_a_lead_are_cut_by_place(make_dataset) -> None:
    assert folds_of(make_dataset([0] * 7), 3)[0].tolist() == [i * 3 // 7 for i in range(7)]


def test_a_lead_once_is_its_first_row_and_converted_where_any_is(make_dataset) -> None:
    once = make_dataset([0, 0, 1, 0], leads=[0, 1, 0, 2], size=[1.0, 2.0, 3.0, 4.0]).once()
    assert once.lead_ids == ("L-0", "L-1", "L-2")
    assert once.columns[0].plain() == [1.0, 2.0, 4.0]
    assert once.converted.tolist() == [1, 0, 0]
