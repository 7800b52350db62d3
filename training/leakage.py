"""The leakage guard: columns that know the future, or look as if they did, stop the run.

A column is suspected when it alone separates the outcomes too well, when merely being filled tells the
outcome, or when its name says that it is a judgement made later, or a state that later events overwrite.
"""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold

from features.errors import LeakageError

ALONE = 0.85  # AUC of one honest fact: the strongest in the shared data sets stays below .77
FILLED = 0.67  # AUC of "is it filled"
STANDARD_ERRORS = 2.0
_JUDGEMENT = re.compile(
    r"score|scoring|index|grade|rating|quality|priority|tags?|status|stage|disposition|outcome|result|"
    r"notable|closed|won|lost|deal|contract|lead profile",
)
_LATEST = re.compile(r"last|latest|recent|current stage")

DO = (
    "list each under 'knows_future' (it is then never read), or under 'known_from' with the reason why "
    "it is known when a lead is scored"
)


def guard(profile: pd.DataFrame, converted: NDArray[np.int64], read: set[str], answered: set[str]) -> None:
    """Raise LeakageError that names every suspected column with what was seen.

    profile: (n rows) raw columns; read: those that facts read; answered: those with a reason given
    """
    seen = {
        str(column): "; ".join(reasons)
        for column in profile.columns
        if column in read and column not in answered and (reasons := suspicions(profile[column], converted))
    }
    if seen:
        raise LeakageError(seen, do=DO)


def suspicions(values: pd.Series, converted: NDArray[np.int64]) -> list[str]:
    """What speaks for a column knowing the future, in words; empty when nothing does."""
    found = []
    alone = auc_alone(values, converted)
    if alone - STANDARD_ERRORS * _standard_error(alone, converted) > ALONE:
        found.append(f"alone it separates the outcomes with AUC {alone:.3f}")
    filled = _auc(values.notna().to_numpy().astype(np.float64), converted)
    filled = max(filled, 1 - filled)
    if filled - STANDARD_ERRORS * _standard_error(filled, converted) > FILLED:
        found.append(f"whether it is filled tells the outcome with AUC {filled:.3f}")
    name = " ".join(re.split(r"[\W_]+", str(values.name))).casefold()
    for pattern, meaning in ((_JUDGEMENT, "a judgement or a result"), (_LATEST, "a state that later events overwrite")):
        word = re.search(rf"\b(?:{pattern.pattern})\b", name)
        if word:
            found.append(f"'{word.group()}' in its name speaks of {meaning}")
    return found


def auc_alone(values: pd.Series, converted: NDArray[np.int64]) -> float:
    """The AUC that one column reaches alone on held-out rows, by the smoothed rate of its values or tenths."""
    groups = _groups(values)
    rates = np.empty(len(groups))
    for train, test in KFold(min(5, len(groups)), shuffle=True, random_state=0).split(groups):
        mean = converted[train].mean()
        table = pd.DataFrame({"group": groups[train], "y": converted[train]}).groupby("group")["y"].agg(["sum", "size"])
        rate = (table["sum"] + 5 * mean) / (table["size"] + 5)
        rates[test] = pd.Series(groups[test]).map(rate).fillna(mean).to_numpy()
    return _auc(rates, converted)


def _groups(values: pd.Series) -> NDArray[np.object_]:
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 20:
        values = pd.qcut(values, 20, labels=False, duplicates="drop")
    return values.astype(object).where(values.notna(), "unknown").astype(str).to_numpy(dtype=object)


def _auc(score: NDArray[np.float64], converted: NDArray[np.int64]) -> float:
    return float(roc_auc_score(converted, score))


def _standard_error(auc: float, converted: NDArray[np.int64]) -> float:
    """Hanley and McNeil's standard error of an AUC (Radiology 143, 1982)."""
    won = int(converted.sum())
    lost = len(converted) - won
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (won - 1) * (q1 - auc**2) + (lost - 1) * (q2 - auc**2)
    return float(np.sqrt(max(variance, 0.0) / (won * lost)))
