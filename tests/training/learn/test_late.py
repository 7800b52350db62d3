"""Outcomes that may still come are allowed for, and those that are all in are left as they are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.learn.late import shares_to_come, survival


def late(draw, seed: int, n: int = 3000, delay: float = 0.2, share: float = 0.3):
    """Leads over a time of 1, of whom a share converts after delays of ``delay`` on average; known until 1."""
    rng = np.random.default_rng(seed)
    when = np.sort(rng.random(n))
    colour = rng.integers(0, 2, n)
    will = rng.random(n) < np.where(colour == 1, share, share / 3)
    decided = np.where(will, when + rng.exponential(delay, n), np.nan)
    data = draw(seed, np.zeros(n), colour=[["red", "blue"][c] for c in colour])
    data = replace(data, converted=will.astype(np.int64), when=when, decided=decided, known_until=np.inf)
    return data, data.known_at(1.0)


@pytest.mark.parametrize("seed", range(3))
def test_as_many_are_still_to_come_as_do_come(draw, seed) -> None:
    whole, known = late(draw, seed)
    assert known.converted.sum() < 0.9 * whole.converted.sum()
    assert shares_to_come(known).sum() == pytest.approx(whole.converted.sum(), rel=0.12)


def test_more_is_to_come_of_young_leads_and_of_those_like_leads_that_convert(draw) -> None:
    _, known = late(draw, 4)
    shares = shares_to_come(known)
    open_, blue = known.converted == 0, np.array(known.frame()["colour"] == "blue")
    young = known.when > 0.9
    assert shares[open_ & young].mean() > 3 * shares[open_ & (known.when < 0.5)].mean()
    assert shares[open_ & young & blue].mean() > 2 * shares[open_ & young & ~blue].mean()


def test_what_has_come_stays_as_it_is(draw) -> None:
    _, known = late(draw, 5, n=500)
    assert (shares_to_come(known)[known.converted == 1] == 1).all()


def test_without_dates_outcomes_are_taken_as_they_are(draw) -> None:
    whole, _ = late(draw, 6, n=200)
    assert (shares_to_come(replace(whole, decided=None)) == whole.converted).all()


def test_an_outcome_after_the_cut_has_not_come_for_the_part_that_trains(draw) -> None:
    whole, _ = late(draw, 7)
    first, later = replace(whole, known_until=np.inf).split(0.7)
    assert first.converted.sum() == (whole.decided[: len(first)] <= later.when[0]).sum()
    assert later.converted.sum() == whole.converted[len(first) :].sum()


waits = st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=1, max_size=40)


@given(waits)
def test_survival_falls_from_one_and_stays_a_share(rows) -> None:
    waited, came = np.array([w for w, _ in rows], dtype=float), np.array([c for _, c in rows])
    left = survival(waited, came, np.ones(len(rows)))
    assert ((left >= -1e-12) & (left <= 1)).all()
    order = np.argsort(waited, kind="stable")
    assert (np.diff(left[order]) <= 1e-12).all()


def test_without_censoring_survival_is_the_share_that_waits_longer() -> None:
    waited = np.array([3.0, 1.0, 2.0, 2.0])
    assert survival(waited, np.ones(4, dtype=bool), np.ones(4)) == pytest.approx([0, 3 / 4, 1 / 4, 1 / 4])
