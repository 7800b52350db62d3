"""Origins roll forward in time: no lead on both sides, and nothing is learned from what was not known yet."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import ConfigError
from features.moments import DAY
from training.origins import gap_of, origins

# Leads by the days at which they are read, how long an outcome takes, and the plan of the test.
LIVES = st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=4), min_size=8, max_size=30)
PLANS = st.fixed_dictionaries(
    {
        "blocks": st.integers(1, 4),
        "share": st.floats(0.5, 0.8),
        "gap": st.sampled_from([None, 12.0, 30.0]),
        "window": st.sampled_from(["expanding", "sliding"]),
    }
)


def made(make_dataset, lives: list[list[int]], horizon: float):
    """The data set of such leads."""
    rows = sorted((day, lead) for lead, days in enumerate(lives) for day in days)
    return make_dataset(
        [i % 2 for i in range(len(rows))],
        horizon=horizon,
        when=[float(day) for day, _ in rows],
        leads=[lead for _, lead in rows],
    )


@given(lives=LIVES, horizon=st.sampled_from([0.0, 5.0, 10.0]), plan=PLANS)
def test_no_lead_is_on_both_sides_of_an_origin(make_dataset, lives, horizon, plan) -> None:
    data = made(make_dataset, lives, horizon)
    names = np.array(data.lead_ids)
    for origin in origins(data, **plan):
        assert not set(names[origin.train]) & set(names[origin.test])


@given(lives=LIVES, horizon=st.sampled_from([0.0, 5.0, 10.0]), plan=PLANS)
def test_every_outcome_that_is_learned_from_was_known_at_the_origin(make_dataset, lives, horizon, plan) -> None:
    data = made(make_dataset, lives, horizon)
    for origin in origins(data, **plan):
        gap = horizon if plan["gap"] is None else plan["gap"]
        assert (data.when[origin.train] + gap <= origin.at).all()
        assert (data.when[origin.test] >= origin.at).all()


@given(lives=LIVES, horizon=st.sampled_from([0.0, 5.0, 10.0]), plan=PLANS)
def test_every_later_lead_is_tested_once_with_all_its_rows_in_order_of_time(make_dataset, lives, horizon, plan) -> None:
    data = made(make_dataset, lives, horizon)
    first, whose = data.leads()
    parts = origins(data, **plan)
    tested, since = [set(whose[part.test]) for part in parts], parts[0].first_lead
    assert sorted(np.concatenate([part.test for part in parts])) == np.flatnonzero(whose >= since).tolist()
    assert sum(map(len, tested)) == len(first) - since == round(plan["share"] * len(first))
    assert max(map(len, tested)) - min(map(len, tested)) <= 1
    for earlier, later in pairwise(tested):
        assert max(earlier) < min(later)


@given(lives=LIVES, plan=PLANS)
def test_a_sliding_window_learns_from_the_latest_leads_and_never_more_than_at_first(make_dataset, lives, plan) -> None:
    data = made(make_dataset, lives, 0.0)
    _, whose = data.leads()
    sliding = origins(data, **{**plan, "window": "sliding"})
    expanding = origins(data, **{**plan, "window": "expanding"})
    for one, all_ in zip(sliding, expanding, strict=True):
        oldest = one.first_lead - sliding[0].first_lead
        assert one.train.tolist() == [row for row in all_.train if whose[row] >= oldest]
        assert one.test.tolist() == all_.test.tolist()


def test_the_rows_of_a_flat_export_are_cut_into_blocks(make_dataset) -> None:
    data = make_dataset([0, 1] * 50)
    got = [(len(o.train), o.test[0], o.test[-1]) for o in origins(data, blocks=3, share=0.3)]
    assert got == [(70, 70, 79), (80, 80, 89), (90, 90, 99)]


def test_between_learning_and_testing_lies_a_horizon(make_dataset) -> None:
    data = make_dataset([0, 1] * 50, horizon=20)
    (origin,) = origins(data, blocks=1, share=0.3)
    assert (origin.train[-1], origin.test[0]) == (70 - 20, 70)


def test_a_longer_gap_may_be_asked_for_but_no_shorter_one(make_dataset) -> None:
    data = make_dataset([0, 1] * 50, horizon=20)
    (origin,) = origins(data, blocks=1, share=0.3, gap=30)
    assert origin.train[-1] == 70 - 30
    with pytest.raises(ConfigError, match="shorter than the horizon"):
        origins(data, gap=10)


@pytest.mark.parametrize(("blocks", "share"), [(60, 0.5), (5, 0.02), (1, 0.999)])
def test_too_few_leads_for_the_blocks_are_refused(blocks, share, make_dataset) -> None:
    with pytest.raises(ConfigError, match="too few leads"):
        origins(make_dataset([0, 1] * 50), blocks, share)


def test_days_of_a_gap_need_dates(make_dataset) -> None:
    data = make_dataset([0, 1])
    assert gap_of(data, None) is None
    assert gap_of(data, 0) == 0
    assert gap_of(replace(data, dated=True), 3) == 3 * DAY
    with pytest.raises(ConfigError, match="no dates"):
        gap_of(data, 3)
