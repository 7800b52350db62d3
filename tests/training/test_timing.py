"""A high AUC may tell converters from others and nothing of when: a run measures which, and says so."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from features.agreement import Agreement
from features.snapshots import Moments
from training.assemble import load_dataset
from training.config import LeadsTable, Learner, Tables, TrainConfig
from training.evaluate import additive
from training.fitting import fit_scorecard
from training.measures import measure
from training.timing import FEW, Auc, Timing, auc_of_leads, timing

# The interval


@st.composite
def scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(2, 40))
    converted = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    probability = np.array(draw(st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), min_size=n, max_size=n)))
    whose = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    return converted, probability, whose


@given(scored())
def test_the_auc_is_scikit_learns(rows) -> None:
    converted, probability, whose = rows
    assert auc_of_leads(converted, probability, whose).auc == pytest.approx(roc_auc_score(converted, probability))


@given(scored(), st.integers(2, 5))
def test_reading_every_lead_more_often_makes_nothing_surer(rows, times) -> None:
    one = auc_of_leads(*rows)
    assert auc_of_leads(*(np.tile(column, times) for column in rows)) == pytest.approx(one)


def leads_with_rows(seed: int, leads: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of which those of a lead resemble each other, and are more often of one outcome."""
    random = np.random.default_rng(seed)
    whose = np.repeat(np.arange(leads), random.integers(1, 9, leads))
    taste, keen = random.normal(size=leads), random.normal(size=leads)
    converted = (keen[whose] + random.normal(size=len(whose)) > 0.5).astype(int)
    return converted, taste[whose] + 0.5 * keen[whose] + 0.3 * random.normal(size=len(whose)), whose


def test_the_interval_is_as_wide_as_drawing_leads_anew_makes_it() -> None:
    converted, score, whose = leads_with_rows(1)
    random = np.random.default_rng(2)
    rows = [np.flatnonzero(whose == lead) for lead in range(150)]
    drawn = [np.concatenate([rows[i] for i in random.integers(0, 150, 150)]) for _ in range(400)]
    deviation = np.std([roc_auc_score(converted[some], score[some]) for some in drawn])
    got = auc_of_leads(converted, score, whose)
    assert (got.high - got.low) / (2 * 1.96) == pytest.approx(deviation, rel=0.1)
    as_if_apart = auc_of_leads(converted, score, np.arange(len(whose)))
    assert got.high - got.low > 1.3 * (as_if_apart.high - as_if_apart.low)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    truth = np.mean([auc_of_leads(*leads_with_rows(seed, 2_000)).auc for seed in range(20)])
    found = [auc_of_leads(*leads_with_rows(seed)) for seed in range(1_000, 1_400)]
    assert np.mean([auc.low <= truth <= auc.high for auc in found]) == pytest.approx(0.95, abs=0.03)


# When it says that the two part

HALFWAY = (0.5 + 0.9) / 2


@pytest.mark.parametrize(
    ("whole", "among", "parted"),
    [
        (Auc(0.9, 0.88, 0.92), Auc(0.52, 0.46, 0.58), True),  # not surely above chance
        (Auc(0.9, 0.88, 0.92), Auc(0.40, 0.35, 0.45), True),  # below it
        (Auc(0.9, 0.88, 0.92), Auc(0.62, 0.56, HALFWAY - 0.01), True),  # above it, but far below the whole
        (Auc(0.9, 0.88, 0.92), Auc(0.64, 0.56, HALFWAY + 0.01), False),
        (Auc(0.9, 0.88, 0.92), Auc(0.70, 0.45, 0.95), False),  # too wide to say anything
        (Auc(0.9, 0.88, 0.92), Auc(0.88, 0.84, 0.92), False),
        (Auc(0.52, 0.49, 0.55), Auc(0.45, 0.42, 0.48), False),  # the whole says nothing either
        (Auc(0.9, 0.88, 0.92), None, False),
    ],
)
def test_the_two_part_when_timing_is_surely_worse_and_little_or_nothing(whole, among, parted) -> None:
    assert Timing(whole, among, 99, 99, True).parted is parted


def test_it_says_in_plain_words_that_nothing_tells_when() -> None:
    said = Timing(Auc(0.93, 0.92, 0.94), Auc(0.52, 0.46, 0.58), 99, 99, True).sentence
    assert said == (
        "Among leads that convert at all, the AUC is 0.52 (0.46 to 0.58; whole: 0.93): "
        "the model tells converters from others; nothing shows that it tells when."
    )


def test_it_says_in_plain_words_that_who_is_told_far_better_than_when() -> None:
    said = Timing(Auc(0.9, 0.88, 0.92), Auc(0.6, 0.55, 0.65), 99, 99, True).sentence
    assert said.endswith("the model tells converters from others far better than it tells when.")


def test_where_the_two_agree_it_says_no_more_than_the_numbers() -> None:
    said = Timing(Auc(0.9, 0.88, 0.92), Auc(0.88, 0.84, 0.92), 99, 99, True).sentence
    assert said == "Among leads that convert at all, the AUC is 0.88 (0.84 to 0.92; whole: 0.90)."


# What is measured


@pytest.mark.parametrize(("after", "measured"), [(FEW - 1, False), (FEW, True)])
def test_few_leads_of_a_kind_are_not_measured_but_counted(after, measured, make_dataset) -> None:
    won, ever = [1] * 40 + [0] * 100, [1] * (40 + after) + [0] * (100 - after)
    got = timing(make_dataset(won, horizon=1, ever=ever), np.linspace(0.9, 0.1, 140))
    assert (got.within, got.after) == (40, after)
    assert (got.among_converters is not None) == measured
    if not measured:
        assert f"40 do so within the horizon and {after} after it" in got.sentence


def test_rows_of_the_same_lead_do_not_make_many_of_few(make_dataset) -> None:
    leads = list(range(10)) * 8
    got = timing(make_dataset([0, 1] * 40, horizon=1, ever=[1] * 80, leads=leads), np.linspace(0.9, 0.1, 80))
    assert got.within + got.after == 10
    assert got.among_converters is None


def test_only_leads_that_convert_at_any_time_are_among_them(make_dataset) -> None:
    won, ever = [1] * 50 + [0] * 100, [1] * 100 + [0] * 50
    probability = np.r_[np.full(50, 0.5), np.full(50, 0.4), np.full(50, 0.9)]
    got = timing(make_dataset(won, horizon=1, ever=ever), probability)
    assert got.whole.auc == 50 / 100
    assert got.among_converters is not None
    assert got.among_converters.auc == 1
    assert measure(np.array(won), probability, np.array(ever, dtype=bool)).timing_auc == 1


def test_a_flat_export_is_said_to_know_nothing_of_timing(make_dataset) -> None:
    got = timing(make_dataset([0, 1] * 50), np.linspace(0.1, 0.9, 100))
    assert got.among_converters is None
    assert got.sentence.startswith("A flat export does not say when leads convert")


# Two samples, and one


def tables(folder: Path, *, two_samples: bool, signs: bool) -> None:
    """Write 1,500 leads, of whom half convert, at times without memory (60 days after creation on average).

    two_samples: those who convert come from a list of customers, the others from a list of bought addresses
    signs: before a conversion there are demos; without them events tell nothing
    """
    random = np.random.default_rng(4)
    n, day = 1_500, np.datetime64("2022-01-01") + np.arange(2_000)
    created, converts = random.integers(0, 900, n), random.random(n) < 0.5
    ends = created + np.ceil(random.exponential(60, n)).astype(int) + 1
    of_list = np.where(converts ^ (random.random(n) < 0.04), "customers", "bought")
    source = of_list if two_samples else random.choice(["customers", "bought"], n)
    leads = [f"L{i},{day[created[i]]},{source[i]}" for i in range(n)]
    outcomes = [f"L{i},{day[ends[i]]},{'Customer' if converts[i] else 'Lost'}" for i in range(n) if ends[i] < 1_000]
    events = [f"L{i},{day[created[i] + after]},visit" for i in range(n) for after in random.integers(0, 200, 5)]
    if signs:
        before = random.integers(1, 40, (n, 3))
        events += [f"L{i},{day[max(ends[i] - b, 0)]},demo" for i in range(n) if converts[i] for b in before[i]]
    (folder / "leads.csv").write_text("\n".join(["lead_id,created_at,source", *leads]), "utf-8")
    (folder / "events.csv").write_text("\n".join(["lead_id,at,type", *events]), "utf-8")
    (folder / "outcomes.csv").write_text("\n".join(["lead_id,at,stage", *outcomes]), "utf-8")


@pytest.fixture(scope="module")
def tell(tmp_path_factory: pytest.TempPathFactory, make_agreement: Callable[..., Agreement]) -> Callable[..., Timing]:
    """What is said of the blend learned from such tables, tested on later leads."""

    def run(**kind: bool) -> Timing:
        folder = tmp_path_factory.mktemp("tables")
        tables(folder, **kind)
        read = Tables(events="events.csv", outcomes="outcomes.csv", snapshots=Moments(every_days=15, most=6))
        config = TrainConfig(name="t", agreement="a.yaml", tables=read, leads=LeadsTable(id="lead_id"))
        first, later = load_dataset(config, make_agreement(), folder / "leads.csv", folder).split(0.6)
        fitted = fit_scorecard("t", first, make_agreement(), Learner(bags=2, bins=16, folds=3, jobs=1))
        return timing(later, additive(fitted, later)["blend"])

    return run


def test_converters_from_one_sample_and_others_from_another_are_told_apart_but_not_timed(tell) -> None:
    got = tell(two_samples=True, signs=False)
    assert got.whole.low > 0.65
    assert got.among_converters.low <= 0.5 <= got.among_converters.high
    assert got.parted
    assert "nothing shows that it tells when" in got.sentence


def test_signs_before_a_conversion_tell_when(tell) -> None:
    got = tell(two_samples=False, signs=True)
    assert got.among_converters.low > 0.6
    assert not got.parted


def test_without_either_nothing_is_told_and_nothing_parts(tell) -> None:
    got = tell(two_samples=False, signs=False)
    assert got.whole.low <= 0.55
    assert not got.parted
