"""What the words of texts tell that are nearly all different, such as notes and remarks."""

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import BernoulliNB

from training.guard.evidence import FOLDS, Ints, auc
from training.guard.values import Values

TEXTS, CHARACTERS = 5_000, 200  # of which words are read
WORD = r"[^\W\d_]{2,}"


def words_auc(values: Values, converted: Ints) -> float:
    """The AUC of the words of texts that are nearly all different, by naive Bayes on held-out leads."""
    rows = np.sort(np.random.default_rng(0).permutation(len(converted))[:TEXTS])
    few = min(np.bincount(converted[rows], minlength=2)) < FOLDS
    if not values.text or values.distinct <= len(converted) / 10 or few:
        return 0.5
    texts = [str(values.words[code - 1])[:CHARACTERS] if code else "" for code in values.codes[rows].tolist()]
    words = CountVectorizer(binary=True, token_pattern=WORD, max_features=200)
    try:
        counts = words.fit_transform(texts)
    except ValueError:  # no word at all
        return 0.5
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    told = cross_val_predict(BernoulliNB(), counts, converted[rows], cv=folds, method="predict_log_proba")
    return auc(told[:, 1] - told[:, 0], converted[rows])
