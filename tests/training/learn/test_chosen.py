"""What is chosen on held-out rows: memory, weights of members, pairs, the level; and what is rightly left alone."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.special import expit

from training.additive import rows_of
from training.config import Learner
from training.learn.learner import learn
from training.learn.level import level_shift
from training.learn.memory import USUAL, choose_memory, forgetting
from training.learn.mixture import centred_at, weights_of_members
from training.learn.pairs import find_pairs

N = 4000


def colours(seed: int, n: int = N) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, n)


def named(codes: np.ndarray) -> list[str]:
    return [["red", "blue"][c] for c in codes]


# Memory


def test_where_nothing_changes_memory_is_not_short(draw) -> None:
    colour = colours(1)
    data = draw(1, -1 + 1.0 * colour, colour=named(colour))
    assert choose_memory(data, data.converted, 1.0).span >= USUAL


def test_where_facts_turn_round_memory_is_short(draw) -> None:
    colour, first = colours(2), np.arange(N) < 0.45 * N
    data = draw(2, -1 + np.where(first, 2.0, -2.0) * colour, colour=named(colour))
    assert choose_memory(data, data.converted, 1.0).span < USUAL


def test_a_level_that_moves_for_all_leads_is_no_reason_to_forget(draw) -> None:
    colour = colours(3)
    level = np.linspace(-3, 0, N)
    data = draw(3, level + 1.0 * colour, colour=named(colour))
    assert choose_memory(data, data.converted, 1.0).span >= USUAL


def test_few_outcomes_leave_the_usual_memory(draw) -> None:
    data = draw(4, np.full(100, -2.0), colour=named(colours(4, 100)))
    assert choose_memory(data, data.converted, 1.0).span == USUAL


def test_weights_rise_to_one_and_never_reach_nothing() -> None:
    weights = forgetting(1000, 0.1)
    assert (np.diff(weights) > 0).all()
    assert weights[-1] == 1
    assert weights[0] > 0.05


# Level


def shift_of(data) -> float:
    memory = choose_memory(data, data.converted, 1.0)
    share = data.converted.mean()
    return level_shift(memory, np.full(len(data), np.log(share / (1 - share))))


def test_a_break_of_the_base_rate_is_followed(draw) -> None:
    level = np.where(np.arange(N) < 0.95 * N, -3.0, 0.0)
    data = draw(5, level, colour=named(colours(5)))
    assert 1.0 < shift_of(data) < 3.0


def test_seasons_are_not_followed(draw) -> None:
    level = -2 + 0.5 * np.sin(np.arange(N) / N * 30)
    data = draw(6, level, colour=named(colours(6)))
    assert shift_of(data) == pytest.approx(0, abs=0.15)


# Mixture


def test_the_member_that_predicts_counts_and_noise_does_not() -> None:
    rng = np.random.default_rng(7)
    z, noise = rng.normal(size=N), rng.normal(size=N)
    won = (rng.random(N) < expit(z)).astype(float)
    told, of_noise, unused = weights_of_members(np.column_stack([z, noise, 0 * z]), won, np.ones(N))
    assert told == pytest.approx(1, abs=0.1)
    assert of_noise == pytest.approx(0, abs=0.1)
    assert unused == pytest.approx(0, abs=0.01)


def test_without_rows_the_usual_weights_hold() -> None:
    weights = weights_of_members(
        np.random.default_rng(8).normal(size=(4, 3)), np.array([0.0, 1, 0, 1]), np.full(4, 1e-6)
    )
    assert weights == pytest.approx([0.6, 0.4, 0.0], abs=1e-3)


def test_centred_log_odds_have_the_mean_of_the_outcomes() -> None:
    rng = np.random.default_rng(9)
    z, won, weights = rng.normal(size=50), (rng.random(50) < 0.3).astype(float), rng.random(50)
    mean = np.average(expit(z + centred_at(z, won, weights)), weights=weights)
    assert mean == pytest.approx(np.average(won, weights=weights), abs=1e-9)


# Pairs


def test_two_codes_that_say_nothing_alone_are_found_together(draw, quick) -> None:
    rng = np.random.default_rng(10)
    one, two = rng.integers(0, 30, 6000), rng.integers(0, 8, 6000)
    together = rng.choice([-1.5, 1.5], size=(30, 8))
    columns = {"code": [f"c{i}" for i in one], "page": [f"p{i}" for i in two], "noise": rng.random(6000).tolist()}
    data = draw(10, -0.5 + together[one, two], **columns)
    learned = learn(data, quick)
    assert list(learned.findings.pairs) == ["code_x_page"]
    shape = learned.shapes[-1]
    right = [shape.scores[shape.values.index(f"c{i} × p{j}")] * together[i, j] > 0 for i in range(30) for j in range(8)]
    assert np.mean(right) > 0.9


def test_facts_that_add_up_are_no_pair(draw, design) -> None:
    rng = np.random.default_rng(11)
    one, two = rng.integers(0, 20, 6000), rng.random(6000)
    log_odds = -1 + np.linspace(-1, 1, 20)[one] + 2 * (two > 0.5)
    data = draw(11, log_odds, code=[f"c{i}" for i in one], size=two.tolist())
    made = design(data)
    found, same = find_pairs(made, log_odds, np.arange(6000), np.arange(6000) * 5 // 6000)
    assert found == []
    assert (same == log_odds).all()


def test_a_pair_of_numbers_is_told_apart_in_ranges(draw, quick) -> None:
    rng = np.random.default_rng(12)
    one, two = rng.random(6000), rng.random(6000)
    data = draw(12, -0.5 + 3.0 * np.sign((one - 0.5) * (two - 0.5)), size=one.tolist(), age=two.tolist())
    learned = learn(data, quick)
    pair = learned.features[-1].source.pair
    assert pair is not None
    assert min(abs(cut - 0.5) for cut in pair.first_cuts) < 0.1


# The whole


def test_tables_are_the_model(draw, quick) -> None:
    rng = np.random.default_rng(13)
    size = rng.random(600)
    data = draw(13, 2 * size - 2, size=size.tolist(), colour=named(colours(13, 600)))
    learned = learn(data, quick)
    assert np.corrcoef(learned.log_odds(data.columns), 2 * size)[0, 1] > 0.9
    assert expit(learned.log_odds(data.columns)).mean() == pytest.approx(data.converted.mean(), abs=0.03)


def test_the_same_seed_learns_the_same_on_one_core_or_two(draw, quick) -> None:
    size = np.random.default_rng(14).random(300)
    data = draw(14, 2 * size - 2, size=size.tolist())
    one, two = (learn(data, replace(quick, jobs=jobs)) for jobs in (1, 2))
    assert repr(one) == repr(two)
    assert all(a.bags.tobytes() == b.bags.tobytes() for a, b in zip(one.shapes, two.shapes, strict=True))


def test_held_out_log_odds_know_nothing_of_the_leads_own_rows(make_dataset, quick) -> None:
    # Each lead has a text of its own and a random outcome in all its rows: there is nothing to learn but the leads.
    rng = np.random.default_rng(15)
    leads = np.repeat(np.arange(200), 4)
    won = (rng.random(200) < 0.4).astype(int)[leads]
    data = make_dataset(won, leads=leads, name=[f"n{lead}" for lead in leads], noise=rng.random(800).tolist())
    held_out = learn(data, quick).held_out
    assert abs(np.corrcoef(held_out, won)[0, 1]) < 0.15


def test_intervals_cover_the_truth_about_as_often_as_they_say(draw) -> None:
    covered = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        size, visits, trade = rng.random(3000), rng.poisson(2, 3000), rng.integers(0, 12, 3000)
        truth = -2 + 1.5 * np.sin(3 * size) + 0.3 * np.minimum(visits, 4) + rng.normal(0, 0.5, 12)[trade]
        columns = {"size": size.tolist(), "visits": visits.astype(float).tolist(), "trade": [f"t{t}" for t in trade]}
        data = draw(seed, truth, **columns)
        learned = learn(data, Learner(bags=8, jobs=1))
        bags = np.array(
            [
                intercept + sum(s.bags[i][f] for s, f in zip(learned.shapes, _rows(learned, data), strict=True))
                for i, intercept in enumerate(learned.intercept_bags)
            ]
        )
        half = 1.895 * bags.std(axis=0, ddof=1)  # Student's quantile for 8 draws
        covered.append(np.mean(np.abs(learned.log_odds(data.columns) - truth) <= half))
    assert 0.82 <= np.mean(covered) <= 0.97


def _rows(learned, data):
    return [
        rows_of(f, s.cuts, s.values, c) for f, s, c in zip(learned.features, learned.shapes, data.columns, strict=True)
    ]
