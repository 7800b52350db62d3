"""The estimator is a scikit-learn classifier, and its fit is the product's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, GroupKFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from features.agreement import Bounds, Fact, Points
from features.catalog import Feature, Source
from features.errors import DataError
from features.reference import Reader
from features.tables import Lead
from training.assemble import load_dataset
from training.config import Learner, Order, Outcome, TrainConfig
from training.estimator import LeadScoreClassifier
from training.estimator.classifier import NOTHING_AGREED
from training.estimator.facts import read_facts
from training.fitting import fit_scorecard
from training.scorecard import encode

SOFTWARE = Fact(fact="industry", field="industry", points=(Points(equals="software", points=10.0),))
VISITS = Fact(fact="visits_30d", event="page_view", window_days=30, points_each=2.0, cap=10.0)


def quick(**parameters: Any) -> LeadScoreClassifier:
    """An estimator that fits in a moment."""
    return LeadScoreClassifier(**{"bags": 2, "bins": 8, "folds": 2, "jobs": 1} | parameters)


@pytest.fixture(scope="session")
def leads() -> pd.DataFrame:
    """Leads with an index of their own, gaps, and one column that says nothing; most of software convert."""
    random, n = np.random.default_rng(3), 300
    frame = pd.DataFrame(
        {
            "industry": random.choice(["Software", "steel", None], n, p=[0.4, 0.4, 0.2]),
            "visits_30d": random.poisson(2, n),
            "employees": np.where(random.random(n) < 0.2, np.nan, random.integers(1, 500, n)),
            "partner": random.random(n) < 0.3,
            "country": "de",
        },
        index=[f"L-{i}" for i in range(n)],
    )
    log_odds = 1.5 * (frame["industry"] == "Software") + 0.4 * frame["visits_30d"] - 1.8
    frame["converted"] = (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return frame


@pytest.fixture(scope="session")
def X(leads: pd.DataFrame) -> pd.DataFrame:
    return leads.drop(columns="converted")


@pytest.fixture(scope="session")
def y(leads: pd.DataFrame) -> pd.Series:
    return leads["converted"]


@pytest.fixture(scope="session")
def model(X: pd.DataFrame, y: pd.Series) -> LeadScoreClassifier:
    return quick().fit(X, y)


@parametrize_with_checks([quick()])
def test_scikit_learn_takes_it_for_a_classifier(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


# The product's own fit


def test_it_learns_the_scorecard_that_a_training_run_learns(
    leads: pd.DataFrame, model: LeadScoreClassifier, tmp_path: Path
) -> None:
    leads.to_csv(tmp_path / "leads.csv", index=False)
    config = TrainConfig(name="x", agreement="", order=Order(rows=True), outcome=Outcome(column="converted"))
    data = load_dataset(config, NOTHING_AGREED, tmp_path / "leads.csv", tmp_path)
    learned = fit_scorecard("x", data, NOTHING_AGREED, Learner(bags=2, bins=8, folds=2, jobs=1)).blend
    assert encode(replace(model.scorecard_, name="x")) == encode(learned)


def test_numbers_and_texts_become_facts_and_what_never_differs_does_not(model: LeadScoreClassifier) -> None:
    types = {f.name: f.type for f in model.scorecard_.features if f.source.pair is None}
    assert types == {"industry": "text", "visits_30d": "number", "employees": "number", "partner": "text"}


def test_the_same_rows_and_seed_give_the_same_bytes_on_one_core_or_two(X, y, model: LeadScoreClassifier) -> None:
    assert encode(quick(jobs=2).fit(X, y).scorecard_) == encode(model.scorecard_)


def test_another_seed_draws_another_interval(X, y, model: LeadScoreClassifier) -> None:
    assert quick(seed=8).fit(X, y).scorecard_.base_bags != model.scorecard_.base_bags


def test_points_of_an_agreement_count_by_column_of_the_field_or_of_the_fact(make_agreement, X, y) -> None:
    agreement = make_agreement(fit=[SOFTWARE], interest=[VISITS], largest=0.0)
    scored = quick(agreement=agreement).fit(X, y).scored(X)
    expected = 10 * (X["industry"] == "Software") + (2 * X["visits_30d"]).clip(upper=10)
    assert scored["score"].tolist() == expected.tolist() == scored["agreed_score"].tolist()


def test_an_agreement_may_be_a_file(X, y, tmp_path: Path) -> None:
    source = "agreement: a\nversion: '1'\nagreed_on: 2026-01-01\npoints_double_odds: 10\nlargest_weight_of_history: 0\n"
    source += "conversion: {definition: buys, stage: Customer, horizon_days: 30}\n"
    source += "stages: [{stage: Customer, definition: bought, owner: sales}]\n"
    source += "fit: [{fact: partner, field: partner, points: [{equals: true, points: 7}]}]\n"
    (tmp_path / "agreement.yaml").write_text(source)
    scored = quick(agreement=tmp_path / "agreement.yaml").fit(X, y).scored(X)
    assert scored["score"].tolist() == (7.0 * X["partner"]).tolist()


def test_texts_that_mean_unknown_are_unknown(X, y, model: LeadScoreClassifier) -> None:
    gaps = quick(missing_values=("n/a",)).fit(X.fillna({"industry": "N/A"}), y)
    assert replace(gaps.scorecard_, missing_values=()) == model.scorecard_


# Rows, leads and time


def test_rows_in_another_order_are_put_in_order_of_time(X, y, model: LeadScoreClassifier) -> None:
    shuffled = np.random.default_rng(1).permutation(len(X))
    dates = pd.date_range("2026-01-01", periods=len(X), freq="h")
    for order in (shuffled, dates[shuffled], [str(d) for d in dates[shuffled]]):
        again = quick().fit(X.iloc[shuffled], y.iloc[shuffled], order=order)
        assert encode(again.scorecard_) == encode(model.scorecard_)


def test_what_one_lead_alone_has_is_not_learned_however_many_rows_it_has(X, y) -> None:
    own = X.assign(industry=X["industry"].where(np.arange(len(X)) > 1, "Beekeeping"))
    for groups, known in ((None, True), (["L-0", *X.index[1:]], True), (["L-0", "L-0", *X.index[2:]], False)):
        table = quick().fit(own, y, groups=groups).scorecard_.tables["industry"]
        assert ("beekeeping" in table.values) is known


def test_a_row_without_a_moment_is_refused(X, y) -> None:
    with pytest.raises(ValueError, match="without a moment"):
        quick().fit(X, y, order=[np.nan, *range(len(X) - 1)])


# What it says of leads


def test_terms_add_up_to_the_score(model: LeadScoreClassifier, X: pd.DataFrame) -> None:
    terms, scored = model.explain(X), model.scored(X)
    together = terms["points"].groupby(level="row", sort=False).sum()
    assert together.index.tolist() == X.index.tolist()
    assert together.to_numpy() == pytest.approx(scored["score"].to_numpy(), abs=1e-9)


def test_each_term_weighs_agreed_and_learned_points(make_agreement, X, y) -> None:
    model = quick(agreement=make_agreement(fit=[SOFTWARE])).fit(X, y)
    terms, w = model.explain(X).drop(index="base", level="fact"), model.scorecard_.weight_of_history
    assert 0 < w < 1
    assert terms["points"].to_numpy() == pytest.approx((1 - w) * terms["agreed"] + w * terms["learned"])


def test_what_bounds_cut_off_is_a_term(make_agreement, X, y) -> None:
    agreement = make_agreement(fit=[SOFTWARE], bounds=Bounds(low=0, high=4), largest=0.0)
    terms = quick(agreement=agreement).fit(X, y).explain(X)
    software = X.index[X["industry"] == "Software"]
    assert terms.loc[software].xs("bounds", level="fact")["points"].tolist() == [4.0 - 10.0] * len(software)


def test_values_stand_beside_their_points_as_they_were_read(model: LeadScoreClassifier, X: pd.DataFrame) -> None:
    values = model.explain(X)["value"].xs("industry", level="fact")
    assert set(values) == {"software", "steel", None}


def test_probability_and_log_odds_say_the_same(model: LeadScoreClassifier, X: pd.DataFrame) -> None:
    odds = np.exp(model.decision_function(X))
    assert model.predict_proba(X)[:, 1] == pytest.approx(odds / (1 + odds))
    assert model.predict_proba(X)[:, 1].tolist() == model.scored(X)["probability"].tolist()


def test_classes_keep_their_names(X, y, model: LeadScoreClassifier) -> None:
    named = quick().fit(X, y.map({0: "lost", 1: "won"}))
    assert named.classes_.tolist() == ["lost", "won"]
    assert (named.predict(X) == "won").tolist() == (model.predict(X) == 1).tolist()


# Among scikit-learn's own


def test_cross_validation_forward_in_time(X, y) -> None:
    found = cross_val_score(quick(), X, y, cv=TimeSeriesSplit(3), scoring="roc_auc")
    assert found.mean() > 0.6


def test_cross_validation_tells_the_fit_whose_rows_they_are(X, y) -> None:
    leads = np.arange(len(X)) // 2
    found = cross_val_score(
        quick(), X, y, groups=leads, cv=GroupKFold(2), params={"groups": leads}, error_score="raise"
    )
    assert len(found) == 2


def test_it_ends_a_pipeline(X, y) -> None:
    filled = ColumnTransformer(
        [("number", SimpleImputer(strategy="median"), ["employees"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    pipeline = make_pipeline(filled.set_output(transform="pandas"), quick()).fit(X, y)
    assert pipeline[-1].feature_names_in_.tolist() == ["employees", "industry", "visits_30d", "partner", "country"]
    assert pipeline.predict_proba(X).shape == (300, 2)


def test_a_search_tries_its_parameters(X, y) -> None:
    search = GridSearchCV(quick(), {"bins": [4, 8]}, cv=TimeSeriesSplit(2), scoring="neg_log_loss").fit(X, y)
    assert search.best_params_["bins"] in (4, 8)


def test_from_a_file_it_scores_the_same_bits(model: LeadScoreClassifier, X: pd.DataFrame, tmp_path: Path) -> None:
    joblib.dump(model, tmp_path / "model.joblib")
    again = joblib.load(tmp_path / "model.joblib")
    assert again.scored(X).equals(model.scored(X))
    assert encode(again.scorecard_) == encode(model.scorecard_)


def test_a_clone_learns_the_same(model: LeadScoreClassifier, X, y) -> None:
    assert encode(clone(model).fit(X, y).scorecard_) == encode(model.scorecard_)


def test_a_frame_of_polars_is_read_as_one_of_pandas(X, y, model: LeadScoreClassifier) -> None:
    assert encode(quick().fit(pl.from_pandas(X), y).scorecard_) == encode(model.scorecard_)


# What is refused


@pytest.mark.parametrize(("outcomes", "said"), [([0, 1, 2] * 100, "3 classes"), ([1] * 300, "one class only")])
def test_outcomes_of_other_than_two_classes_are_refused(X, outcomes: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quick().fit(X, outcomes)


def test_a_parameter_beyond_its_range_is_refused_at_the_fit(X, y) -> None:
    with pytest.raises(ValueError, match=r"cannot learn .* >= 2 - at `\$.bags`"):
        quick(bags=np.int64(1)).fit(X, y)


def test_columns_that_are_not_those_of_the_fit_are_refused(model: LeadScoreClassifier, X: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="employees"):
        model.predict(X.drop(columns="employees"))


def test_a_fact_without_its_column_is_refused_with_the_nearest_name(make_agreement, X, y) -> None:
    with pytest.raises(DataError, match="agreed fact 'industry'") as refused:
        quick(agreement=make_agreement(fit=[SOFTWARE])).fit(X.rename(columns={"industry": "Industry"}), y)
    assert refused.value.do == "did you mean 'Industry'?"
    with pytest.raises(DataError, match="no column 'visits_30d'"):
        quick(agreement=make_agreement(interest=[VISITS])).fit(X.drop(columns="visits_30d"), y)


def test_what_is_no_number_is_refused_with_its_row(model: LeadScoreClassifier, X: pd.DataFrame) -> None:
    for strange in ("many", np.inf):
        later = X.astype({"employees": object})
        later.iloc[7, later.columns.get_loc("employees")] = strange
        with pytest.raises(DataError, match="'employees' holds what is no number") as refused:
            model.predict(later)
        assert refused.value.where == "the frame, row 7"


def test_two_columns_of_one_name_are_refused(X, y) -> None:
    with pytest.raises(DataError, match="'partner' stands twice"):
        quick().fit(pd.concat([X, X[["partner"]]], axis=1), y)


def test_rows_that_nothing_tells_apart_are_refused(X, y) -> None:
    with pytest.raises(DataError, match="no fact to learn from"):
        quick().fit(X[["country"]], y)


# Values

CELLS = st.none() | st.text(max_size=3) | st.integers(-3, 3) | st.sampled_from([0.5, -0.0, 2.0, np.nan, True, pd.NA])
NUMBERS = st.none() | st.integers(-9, 9) | st.floats(-1e15, 1e15) | st.sampled_from([np.nan, " 2.5 ", ""])


def _fact(kind: Any) -> Feature:
    return Feature(name="f", label="f", kind="fit", type=kind, source=Source(field="f"))


@given(st.sampled_from([("text", CELLS), ("number", NUMBERS)]), st.sampled_from([(), ("2", "n/a")]), st.data())
def test_a_column_is_read_as_the_reference_reads_each_lead(
    kind: tuple[str, Any], missing: tuple[str, ...], data
) -> None:
    fact, cells = _fact(kind[0]), data.draw(st.lists(kind[1], max_size=6))
    told = read_facts(pd.DataFrame({"f": pd.Series(cells, dtype=object)}), [fact], missing)[0].plain()
    reader = Reader([fact], missing)
    plain = [None if c is pd.NA else c for c in cells]
    assert told == [reader.read(Lead("L", {"f": c}), as_of=0)[0] for c in plain]


@pytest.mark.parametrize("kind", ["float64", "float32", "int64", "Int64", "Float64"])
def test_numbers_are_read_alike_whatever_holds_them(kind: str) -> None:
    values = pd.Series([1, 2, 0], dtype=kind)
    assert read_facts(values.to_frame("f"), [_fact("number")])[0].plain() == [1.0, 2.0, 0.0]
