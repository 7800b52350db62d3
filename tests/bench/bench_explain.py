"""One explained score in process, against the learner's own explanation of the same row.

Ours reads the facts from the lead and its events, scores, decides stages, finds moves and writes sentences;
the learner explains a row that is already made.
"""

import warnings
from statistics import median
from time import perf_counter

from boosted import boosted
from figures import Figure
from madeup_model import madeup_model

from features.moments import now
from serving.scorer import Scorer


def run() -> list[Figure]:
    """Time both in turn."""
    made = madeup_model()
    scorer, lead, as_of = Scorer(made.card), made.lead, now()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learner = boosted(made.data, made.settings)
    row = made.data.frame().iloc[[0]]
    ours, terms, theirs = [], [], []
    for _ in range(7):
        ours.append(_seconds(lambda: scorer.answer(lead, as_of), 200))
        terms.append(_seconds(lambda: scorer.answer(lead, as_of, with_moves=False), 200))
        theirs.append(_seconds(lambda: learner.explain_local(row), 20))
    ratio = median(t / o for o, t in zip(ours, theirs, strict=True))
    return [
        Figure("explain: the whole answer, 10 events", median(ours) * 1e6, "microseconds"),
        Figure("explain: without moves", median(terms) * 1e6, "microseconds"),
        Figure("explain: the learner's own explanation of a row", median(theirs) * 1e6, "microseconds"),
        Figure("explain: learner's time over ours", ratio, "ratio"),
    ]


def _seconds(work: object, times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        work()  # type: ignore[operator]
    return (perf_counter() - start) / times
