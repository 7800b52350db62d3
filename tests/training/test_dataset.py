"""The split is by time, and nothing that was learned later reaches the first part."""

import numpy as np
import pytest

from features.moments import DAY


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
