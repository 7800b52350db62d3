"""One column at a time: what each detector sees, and what it lets through."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.guard.clocks import is_a_clock
from training.guard.dates import lies_after
from training.guard.encoded import encodes_outcomes
from training.guard.evidence import auc, held_out_auc, odds_ratios, surpasses
from training.guard.ids import ids_tell, order_tells, running_number_tells
from training.guard.known import Known
from training.guard.names import name_tells
from training.guard.presence import tells_by_presence
from training.guard.strength import too_strong
from training.guard.texts import words_auc
from training.guard.values import Values, read_values

N = 2_000
DAY = 86_400e6  # microseconds
START = 1.7e15


@pytest.fixture(scope="module")
def converted() -> np.ndarray:
    return (np.random.default_rng(1).random(N) < 0.3).astype(np.int64)


@pytest.fixture(scope="module")
def known(converted) -> Known:
    """Ten leads a day."""
    return Known(converted, START + DAY * (np.arange(N) // 10), moments=True)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def values(column: Sequence[object], later: Sequence[object] | None = None, name: str = "a") -> Values:
    first = pd.Series(column)
    return read_values(name, first, first[:0] if later is None else pd.Series(later))


# Strength


def test_the_outcome_itself_separates_the_outcomes(known, converted) -> None:
    assert next(too_strong(values(converted), known)) == "alone it separates the outcomes with AUC 1.000"


def test_the_outcome_in_other_words_separates_the_outcomes(known, converted, rng) -> None:
    words = np.where(converted == 1, rng.choice(["paid", "delivered"], N), rng.choice(["cold", "open"], N))
    assert "alone it separates" in next(too_strong(values(words), known))


def test_a_copy_that_is_wrong_for_5_percent_separates_the_outcomes(known, converted, rng) -> None:
    assert "alone it separates" in next(too_strong(values(converted ^ (rng.random(N) < 0.05)), known))


def test_an_honest_fact_is_let_through(known, converted, rng) -> None:
    strong = converted + rng.normal(0, 1, N)  # its true AUC is .76
    assert list(too_strong(values(strong), known)) == []


def test_the_last_digit_may_tell(known, converted, rng) -> None:
    even_when_won = 10_000 + 2 * rng.permutation(N) + (1 - converted)
    assert "alone it separates" in next(too_strong(values(even_when_won), known))


def test_the_beginning_of_different_texts_may_tell(known, converted) -> None:
    codes = [f"{'K' if won else 'L'}-{i}" for i, won in enumerate(converted)]
    assert "alone it separates" in next(too_strong(values(codes), known))


def test_a_word_in_different_texts_may_tell(known, converted) -> None:
    notes = [f"{i}: {'welcome pack is out' if won else 'no reply'} ({i})" for i, won in enumerate(converted)]
    (seen,) = too_strong(values(notes), known)
    assert seen.startswith("alone its words separate the outcomes with AUC")


def test_the_words_of_texts_tell_nothing_where_hardly_anybody_converts() -> None:
    few = np.zeros(20_000, np.int64)
    few[::2_500] = 1  # eight, of whom those whose words are read hold fewer than five
    for shift in range(8):
        converted = np.roll(few, shift)
        assert words_auc(values([f"note {chr(97 + i % 26)}x{i}" for i in range(20_000)]), converted) == 0.5


def test_different_texts_tell_nothing(known) -> None:
    assert list(too_strong(values([f"lead {i}" for i in range(N)]), known)) == []


def test_numbers_that_grow_with_time_are_compared_at_the_same_time(known, converted, rng) -> None:
    age = (N - np.arange(N)) / 10
    days_since_the_end = np.where(converted == 1, age - rng.uniform(0, 0.05, N) * age, age * rng.random(N) * 0.9)
    assert max(list(too_strong(values(days_since_the_end), known)), default="").startswith("alone, among leads of")


def test_a_value_of_which_everybody_converts_is_seen(known, converted, rng) -> None:
    group = np.where((converted == 1) & (rng.random(N) < 0.5), "green", rng.choice(["red", "blue"], N))
    (seen,) = too_strong(values(group), known)
    size = (group == "green").sum()
    rest = (converted.sum() - size) / (N - size)
    assert seen == f"of the {size} leads with 'green' 100.0% converted, of the others {rest:.1%}"


def test_a_value_of_which_nobody_converts_is_let_through(known, converted, rng) -> None:
    competitor = (converted == 0) & (rng.random(N) < 0.3)
    assert list(too_strong(values(np.where(competitor, "competitor", "other")), known)) == []


def test_five_of_five_are_no_proof(known) -> None:
    assert list(too_strong(values([0, 1] * 5), Known(np.array([0, 1] * 5), known.when[:10]))) == []


def test_numbers_that_stand_as_objects_are_numbers(known, converted) -> None:
    amounts = pd.Series([Decimal(7 + int(won)) if i % 9 else None for i, won in enumerate(converted)], dtype=object)
    assert not values(amounts).text


# Numbers computed from the outcomes


def encoded(converted: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    group = rng.integers(0, len(converted) // size, len(converted))
    return pd.Series(converted).groupby(group).transform("mean").to_numpy()


@pytest.mark.parametrize("size", [12, 40])
def test_a_category_replaced_by_its_own_conversion_rate_is_seen(size, converted, rng) -> None:
    assert len(list(encodes_outcomes(values(encoded(converted, size, rng)), converted))) == 1


def test_it_is_seen_where_the_later_leads_were_in_the_rate(converted, rng) -> None:
    more = np.concatenate([converted, (rng.random(800) < 0.3).astype(np.int64)])
    assert len(list(encodes_outcomes(values(encoded(more, 20, rng)[:N]), converted))) == 1


def test_five_categories_replaced_by_their_own_conversion_rates_are_seen(converted, rng) -> None:
    assert len(list(encodes_outcomes(values(encoded(converted, N // 5, rng)), converted))) == 1


def test_rates_of_the_same_five_categories_among_other_leads_are_let_through(converted, rng) -> None:
    rates = rng.binomial(2_000, converted.mean(), 5) / 2_000
    assert list(encodes_outcomes(values(rates[rng.integers(0, 5, N)]), converted)) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_rate_of_other_leads_is_let_through(seed) -> None:
    rng = np.random.default_rng(seed)
    rate = np.round(rng.beta(2, 5, 60), 3)[rng.integers(0, 60, N)]
    assert list(encodes_outcomes(values(rate), (rng.random(N) < rate).astype(np.int64))) == []


# Presence


def test_a_column_filled_after_a_win_is_seen(converted, rng) -> None:
    filled = rng.random(N) < np.where(converted == 1, 0.9, 0.3)
    of_won, of_lost = filled[converted == 1].mean(), filled[converted == 0].mean()
    (seen,) = tells_by_presence(values(np.where(filled, "x", None)), converted)
    assert seen == f"it is filled for {of_won:.0%} of the converted leads and {of_lost:.0%} of the others"


def test_a_column_emptied_after_a_win_is_seen_as_well(converted) -> None:
    assert len(list(tells_by_presence(values(np.where(converted == 0, "open", None)), converted))) == 1


def test_a_column_filled_for_a_few_and_only_for_converted_leads_is_seen(converted, rng) -> None:
    filled = (converted == 1) & (rng.random(N) < 0.2)
    (seen,) = tells_by_presence(values(np.where(filled, 1.0, np.nan)), converted)
    assert seen.startswith(f"of the {filled.sum()} leads for which it is filled 100.0% converted")


def test_what_only_old_leads_had_time_for_is_seen_among_them(converted, rng) -> None:
    old = np.arange(N) < N // 2
    filled = rng.random(N) < np.where(old, np.where(converted == 1, 0.9, 0.35), 0.1)
    (seen,) = tells_by_presence(values(np.where(filled, "x", None)), converted)
    assert seen.endswith("among the older half of the leads")


def test_a_field_that_keen_leads_fill_in_is_let_through(converted, rng) -> None:
    filled = rng.random(N) < np.where(converted == 1, 0.7, 0.5)
    assert list(tells_by_presence(values(np.where(filled, "x", None)), converted)) == []


# Dates


def dates(days: np.ndarray, known: Known, style: str = "%Y-%m-%d %H:%M") -> Values:
    at = pd.to_datetime(known.when + days * DAY, unit="us")
    return values(at.strftime(style))


@pytest.mark.parametrize("style", ["%Y-%m-%d %H:%M", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d"])
def test_dates_after_the_moment_of_the_lead_are_seen(style, known, rng) -> None:
    (seen,) = lies_after(dates(rng.uniform(5, 30, N), known, style), known)
    assert seen == "100% of its dates lie after the moment at which the lead is read"


def test_dates_before_the_moment_are_let_through(known, rng) -> None:
    assert list(lies_after(dates(-rng.uniform(0, 30, N), known), known)) == []


def test_one_typing_error_is_let_through(known) -> None:
    days = np.full(N, -3.0)
    days[7] = 365
    assert list(lies_after(dates(days, known), known)) == []


def test_seconds_since_1970_are_dates(known) -> None:
    assert len(list(lies_after(values(known.when / 1e6 + 30 * 86_400), known))) == 1


def test_without_moments_nothing_is_said_of_dates(known) -> None:
    ordered = Known(known.converted, np.arange(N, dtype=np.float64))
    assert list(lies_after(dates(np.full(N, 30.0), known), ordered)) == []


# Ids and row order


def test_ids_that_grow_with_time_are_let_through(known) -> None:
    assert list(ids_tell(pd.Series([f"L-{i}" for i in range(N)]), known)) == []


def test_ids_drawn_by_chance_are_let_through(known, rng) -> None:
    assert list(ids_tell(pd.Series([f"{i:032x}" for i in rng.integers(0, 2**62, N)]), known)) == []


def test_ids_that_grow_with_time_are_let_through_while_the_rate_moves(rng) -> None:
    rising = (rng.random(N) < np.linspace(0.02, 0.6, N)).astype(np.int64)
    known = Known(rising, np.arange(N, dtype=np.float64))
    assert list(ids_tell(pd.Series([f"{2020 + i // 400}-{i}" for i in range(N)]), known)) == []


def test_ids_given_to_won_leads_first_are_seen(known, converted) -> None:
    number = np.argsort(np.argsort(1 - converted, kind="stable"))
    seen = list(ids_tell(pd.Series([f"L-{i}" for i in number]), known))
    assert seen[0].startswith("in its order equal outcomes stand side by side")


@pytest.mark.parametrize(("form", "part"), [("{0}{1}", "beginning"), ("{1}-{0}", "end")])
def test_the_letter_of_an_id_may_tell(form, part, known, converted, rng) -> None:
    ids = [form.format("C" if won else "P", i) for i, won in zip(rng.permutation(N), converted, strict=True)]
    assert any(f"its {part} tells the outcome" in seen for seen in ids_tell(pd.Series(ids), known))


def test_won_leads_first_within_a_day_are_seen(known, converted) -> None:
    frame = pd.DataFrame({"day": known.when, "lost": 1 - converted})
    place = np.empty(N)
    place[frame.sort_values(["day", "lost"], kind="stable").index] = np.arange(N)
    assert len(list(order_tells(place, known))) == 1


def test_rows_in_order_of_time_or_against_it_are_let_through(known) -> None:
    assert list(order_tells(np.arange(N, dtype=np.float64), known)) == []
    assert list(order_tells(-np.arange(N, dtype=np.float64), known)) == []


def test_a_running_number_given_by_the_outcome_is_seen(known, converted) -> None:
    day = np.arange(N) // 100
    number = np.argsort(np.argsort(day * 2 + (1 - converted), kind="stable"))
    assert len(list(running_number_tells(values(number), known))) == 1


def test_a_running_number_in_order_of_time_is_let_through(known) -> None:
    assert list(running_number_tells(values(np.arange(N)), known)) == []


# Clocks


def split(column: np.ndarray) -> Values:
    return values(column[:N], column[N:])


def test_a_series_of_the_central_bank_is_a_clock(rng) -> None:
    weekly = 4 - np.cumsum(rng.random(60)) / 10
    (seen,) = is_a_clock(split(weekly[np.arange(3_000) // 50]))
    assert seen == "it is a clock: neighbours in time share it (R² 1.00), and 100% of its later values are new"


def test_the_days_until_the_export_are_a_clock() -> None:
    assert len(list(is_a_clock(split(np.arange(3_000)[::-1] / 10)))) == 1


def test_a_quarter_by_its_name_is_a_clock() -> None:
    assert len(list(is_a_clock(split(np.array([f"Q{i // 400}" for i in range(3_000)]))))) == 1


def test_a_number_whose_unit_changed_is_said_to_move(rng) -> None:
    unit = np.where(np.arange(3_000) < N, 1, 1_000)
    assert next(is_a_clock(split(unit * rng.uniform(1, 2, 3_000)))).startswith("it moves with time")


def drifting(kind: str, rng: np.random.Generator) -> np.ndarray:
    time = np.arange(3_000) / 3_000
    if kind == "a new campaign each week":
        return np.array([f"campaign {int(40 * t) + rng.integers(0, 3)}" for t in time])
    if kind == "growing companies":
        return np.exp(rng.normal(3 + 2 * time, 1.5))
    if kind == "weekdays":
        return np.array("Mon Tue Wed Thu Fri Sat Sun".split())[np.arange(3_000) // 10 % 7]
    if kind == "months":
        return np.array([f"month {m}" for m in (24 * time).astype(int) % 12])
    return np.where(rng.random(3_000) < 0.2 + 0.6 * time, "yes", "no")


KINDS = ["a new campaign each week", "growing companies", "weekdays", "months", "more consent"]


@pytest.mark.parametrize("kind", KINDS)
def test_ordinary_drift_is_let_through(kind, rng) -> None:
    assert list(is_a_clock(split(drifting(kind, rng)))) == []


def test_few_later_leads_do_not_say_that_a_column_moves(rng) -> None:
    column = np.arange(2_020.0)
    assert list(is_a_clock(values(column[:N], column[N:]))) == []


# Names


@pytest.mark.parametrize(
    "name",
    [
        *("Lead Score", "deal_stage", "Tags", "close-reason won", "Last Visit", "latest_mail", "LastModifiedDate"),
        *("Verlustgrund", "letzter Kontakt", "Abschlussdatum", "Priorität"),
    ],
)
def test_a_name_may_be_enough(name, known, converted, rng) -> None:
    weak = converted + rng.normal(0, 3, N)
    assert len(list(name_tells(values(weak, name=name), known))) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("Lead Source", "country", "poutcome", "blast", "underscored", "company", "Marital Status", "last_name"),
        *("signed_up_at", "LastName", "funding stage", "Kontaktquelle", "credit score"),
    ],
)
def test_a_name_that_only_holds_such_letters_is_not(name, known, converted, rng) -> None:
    weak = converted + rng.normal(0, 3, N)
    assert list(name_tells(values(weak, name=name), known)) == []


def test_many_leads_can_clear_a_name(known, rng) -> None:
    assert list(name_tells(values(rng.integers(0, 3, N), name="status"), known)) == []


def test_few_leads_cannot(known, rng) -> None:
    few = known.take(np.arange(N) < 100)
    assert len(list(name_tells(values(rng.integers(0, 3, 100), name="status"), few))) == 1


# Evidence


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=60))
def test_an_auc_counts_the_pairs_that_stand_right(rows) -> None:
    score, won = np.array([s for s, _ in rows], dtype=np.float64), np.array([w for _, w in rows])
    pairs = [(a > b) + (a == b) / 2 for a in score[won == 1] for b in score[won == 0]]
    assert auc(score, won) == pytest.approx(np.mean(pairs) if pairs else 0.5)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=60))
def test_a_handful_of_leads_can_be_looked_at(rows) -> None:
    groups, won = np.array([g for g, _ in rows]), np.array([w for _, w in rows])
    assert 0 <= held_out_auc(groups, won) <= 1


def test_groups_without_signal_reach_no_more_than_half(rng) -> None:
    reached = [held_out_auc(rng.integers(0, 10, N), (rng.random(N) < 0.3).astype(np.int64)) for _ in range(20)]
    assert np.mean(reached) == pytest.approx(0.5, abs=0.01)


def test_an_auc_surpasses_a_bar_by_more_than_chance() -> None:
    many = np.repeat([0, 1], 500)
    assert surpasses(0.9, 0.85, many)
    assert not surpasses(0.86, 0.85, many)
    assert not surpasses(1.0, 0.85, np.repeat([0, 1], 5))


def test_the_bounds_of_an_odds_ratio_enclose_it() -> None:
    converted = np.repeat([0, 1], [900, 100])
    low, high = odds_ratios(np.array([40]), np.array([100]), converted)
    ratio = (40 / 60) / (60 / 840)
    assert low[0] < ratio < high[0]


@pytest.mark.parametrize("seed", range(5))
def test_three_hundred_honest_leads_raise_no_suspicion(seed) -> None:
    rng = np.random.default_rng(seed)
    keen, n = rng.normal(0, 1, 300), 210
    won = (rng.random(300) < 1 / (1 + np.exp(1.5 - 1.2 * keen))).astype(np.int64)
    known = Known(won[:n], np.arange(n, dtype=np.float64))
    columns = {
        "visits": rng.poisson(np.exp(0.5 * keen)),
        "minutes": np.round(np.exp(keen), 2),
        "source": rng.choice(["web", "event", "partner"], 300),
        "company": np.where(rng.random(300) < 0.4 + 0.2 * (keen > 0), "given", None),
    }
    for name, column in columns.items():
        read = values(column[:n], column[n:], name)
        detectors = (too_strong(read, known), tells_by_presence(read, known.converted), is_a_clock(read))
        assert [seen for found in detectors for seen in found] == []


ODD = {
    "nothing but empty cells later": pd.Series([1.0, 2.0] * 50 + [None] * 50),
    "filled only later": pd.Series([None] * 100 + [1.0] * 50),
    "dates that are none": pd.Series(["2024-13-45", "2024-14-45"] * 75),
    "infinite numbers": pd.Series([np.inf, -np.inf, 1.0] * 50),
    "very large numbers": pd.Series([1e300, -1e300, 2.0**62] * 50),
    "all kinds of values": pd.Series([1, "a", None, 2.5, True] * 30, dtype=object),
    "yes, no or unknown": pd.Series([True, False, None] * 50, dtype="boolean"),
    "categories": pd.Series(pd.Categorical(["a", "b", None] * 50)),
    "dates with a zone": pd.Series(pd.date_range("2024-01-01", periods=150, tz="UTC")),
    "dates far away": pd.Series(["0001-01-01", "9999-12-31"] * 75),
    "empty texts": pd.Series(["", "x"] * 75),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_columns_can_be_looked_at(kind, known) -> None:
    read = values(ODD[kind][:100], ODD[kind][100:])
    few = known.take(np.arange(N) < 100)
    detectors = (too_strong(read, few), tells_by_presence(read, few.converted), lies_after(read, few), is_a_clock(read))
    assert all(isinstance(seen, str) for found in detectors for seen in found)
