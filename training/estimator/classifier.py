"""The product's own fit as a scikit-learn classifier, for notebooks, pipelines and cross-validation."""

from __future__ import annotations

from datetime import date
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any, cast

import msgspec
import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from features.agreement import Agreement, Conversion, Stage
from features.catalog import BOUNDS
from features.loading import load_agreement
from features.pairs import completed
from training.additive import AdditiveScorer
from training.additive_many import ScoredMany
from training.config import Learner
from training.estimator.facts import named, read_facts
from training.estimator.rows import classes_of, rows_of
from training.fitting import fit_scorecard

Floats = NDArray[np.float64]

NOTHING_AGREED = Agreement(
    agreement="nothing",
    version="1",
    agreed_on=date(2026, 1, 1),
    conversion=Conversion(definition="the positive class", stage="Customer", horizon_days=1),
    points_double_odds=10,
    stages=(Stage(stage="Customer", definition="the positive class", owner="sales"),),
)


class LeadScoreClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Points per fact, agreed and learned, as ``leadscore train`` fits them; two classes.

    A column of numbers is a number fact, any other a text fact; what is missing is a value of its own. Nothing needs
    to be encoded, scaled or filled in. Rows are taken to be in order of time, for what history says is held out in
    stretches of time, and recent rows count more: cross-validate with ``TimeSeriesSplit``, not at random.

    Parameters: ``agreement`` is an Agreement or its file, without it nothing is agreed. A fact that it reads from a
    field is read from the column of that field, one that it measures over events from a column of its own name.
    ``missing_values`` are texts that mean "unknown"; ``bags``, ``bins``, ``folds``, ``seed`` and ``jobs`` are as in
    ``training.config.Learner``. The same rows and seed give the same bits.

    After ``fit``: ``classes_`` (2,), ``scorecard_`` (``training.scorecard.save`` writes it for serving),
    ``fitted_`` (with the scorecards of the rules alone and of the model alone), ``n_features_in_``, and for a frame
    ``feature_names_in_``.

    >>> leads = pd.DataFrame({"visits": [0, 3, 0, 5, 1, 4] * 20, "country": ["de", "fr", "de", "fr", None, "fr"] * 20})
    >>> model = LeadScoreClassifier(bags=2, jobs=1).fit(leads, [0, 1, 0, 1, 0, 0] * 20)
    >>> terms = model.explain(leads.head(1))
    >>> bool(np.isclose(terms["points"].sum(), model.scored(leads.head(1))["score"].iloc[0]))
    True
    """

    def __init__(
        self,
        agreement: Agreement | str | PathLike[str] | None = None,
        *,
        bags: int = 8,
        bins: int | None = None,
        folds: int | None = None,
        seed: int = 7,
        jobs: int = -1,
        missing_values: tuple[str, ...] = (),
    ) -> None:
        self.agreement = agreement
        self.bags = bags
        self.bins = bins
        self.folds = folds
        self.seed = seed
        self.jobs = jobs
        self.missing_values = missing_values

    def fit(
        self, X: Any, y: ArrayLike, *, groups: ArrayLike | None = None, order: ArrayLike | None = None
    ) -> LeadScoreClassifier:
        """Fit on n rows: X (n, columns), a frame or an array; y (n,) of two classes, the greater one "converted".

        groups: (n,) the lead of each row, where a lead has several; without it, each row is one
        order: (n,) dates or ascending numbers by which rows are put in order of time

        Raises ValueError for what scikit-learn refuses, DataError for what no fact can be read from,
        AgreementError for an agreement that does not hold together.
        """
        frame, outcomes = self._frame(X, reset=True), column_or_1d(y, warn=True)
        check_consistent_length(frame, outcomes, groups, order)
        agreement = _agreement(self.agreement)
        self.classes_, converted = classes_of(outcomes)
        data = rows_of(frame, converted, agreement, self.missing_values, groups, order)
        name, missing = type(self).__name__, tuple(self.missing_values)
        self.fitted_ = fit_scorecard(name, data, agreement, self._settings(), missing)
        self.scorecard_ = self.fitted_.blend
        return self

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class, (n, 2)."""
        probability = self._scored(self._columns(X)).probability
        return np.column_stack([1 - probability, probability])

    def decision_function(self, X: Any) -> Floats:
        """The log-odds of converting, (n,): ``scale_a + scale_b * score``."""
        score = self._scored(self._columns(X)).score
        return self.scorecard_.scale_a + self.scorecard_.scale_b * score

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class, (n,). Leads are better ranked than cut at one half."""
        likelier = self.decision_function(X) > 0
        return cast(NDArray[Any], self.classes_[likelier.astype(int)])

    def scored(self, X: Any) -> pd.DataFrame:
        """One row a row of X: ``score`` in points, its 90 % interval ``low`` and ``high``, ``probability``,
        ``agreed_score``.
        """
        many = self._scored(self._columns(X))
        names = ("score", "low", "high", "probability", "agreed_score")
        return pd.DataFrame({name: getattr(many, name) for name in names}, index=self._index(X))

    def explain(self, X: Any) -> pd.DataFrame:
        """Every term of every score, by row of X and fact: its ``value``, points ``agreed`` and ``learned``, and the
        ``points`` that count.

        The points of a row add up to its score; ``base`` is what a lead has of whom nothing is known, and ``bounds``,
        where the agreement has any, what they cut off.
        """
        card, columns = self.scorecard_, self._columns(X)
        many, n = self._scored(columns, terms=True), len(columns[0])
        values = [[None] * n, *(c.plain() for c in completed(card.features, columns)), [None] * n]
        w, base, none = card.weight_of_history, np.full((n, 1), card.learned_base), np.zeros((n, 1))
        facts = ["base", *(f.name for f in card.features), BOUNDS]
        terms = {
            "value": np.array(values, dtype=object).T,
            "agreed": np.hstack([none, many.agreed, none]),
            "learned": np.hstack([base, many.learned, none]),
            "points": np.hstack([w * base, many.points, many.cut[:, None]]),
        }
        index = pd.MultiIndex.from_product([self._index(X), facts], names=["row", "fact"])
        frame = pd.DataFrame({name: cells.ravel() for name, cells in terms.items()}, index=index)
        return frame if card.agreement.bounds is not None else frame.drop(index=BOUNDS, level="fact")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    def _settings(self) -> Learner:
        given = {name: getattr(self, name) for name in Learner.__struct_fields__}
        try:
            return msgspec.convert({name: n if n is None else index(n) for name, n in given.items()}, Learner)
        except msgspec.ValidationError as error:
            raise ValueError(f"cannot learn with these parameters: {error}") from None

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """X as a frame whose columns have texts for names."""
        found = X if isinstance(X, pd.DataFrame) else nw.from_native(X, eager_only=True, pass_through=True)
        if isinstance(found, pd.DataFrame | nw.DataFrame):
            frame = named(found if isinstance(found, pd.DataFrame) else found.to_pandas())
            validate_data(self, X, reset=reset, skip_check_array=True)
            return frame
        array = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        return pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])]).infer_objects()

    def _columns(self, X: Any) -> Any:
        check_is_fitted(self)
        frame, card = self._frame(X, reset=False), self.scorecard_
        return read_facts(frame, [f for f in card.features if f.source.pair is None], card.missing_values)

    def _scored(self, columns: Any, *, terms: bool = False) -> ScoredMany:
        return AdditiveScorer(self.scorecard_).many(columns, terms=terms)

    @staticmethod
    def _index(X: Any) -> pd.Index:
        return X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(X))


def _agreement(given: Agreement | str | PathLike[str] | None) -> Agreement:
    if given is None:
        return NOTHING_AGREED
    return given if isinstance(given, Agreement) else load_agreement(Path(given))
