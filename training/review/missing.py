"""Facts that matter and have no rule: looked for one after the other, each proved on rows that were held out.

What merely goes along with a fact says nothing beyond it. So the facts are taken in the order of their evidence, and
each is tried on what the agreement's rules and those found before leave over. What has some evidence but no proof is
not reported, but rules are adjusted for it. For the rest they are not, so that a copy of a rule's own fact takes
nothing from the rule.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from features.catalog import Feature
from training.learn.design import Block
from training.review.joint import Inputs, fit_joint

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Step = Callable[[str, int, int], None]

LIKELY = 3.0  # nats of marginal likelihood, for a fact to be tried
SURE = 3.0  # standard errors of the held-out gain
MOST = 40  # facts that are tried
PRECISIONS = np.geomspace(0.1, 1000.0, 17)


class Candidate(NamedTuple):
    """A fact without a rule, and its blocks."""

    feature: Feature
    blocks: tuple[Block, ...]


class Proved(NamedTuple):
    """A fact that earned a rule: nats a row gained on held-out rows, and the gain's standard error."""

    candidate: Candidate
    gain: float
    error: float


class Search(NamedTuple):
    """What was found: the facts that were proved, and those that were tried only because of some evidence."""

    proved: tuple[Proved, ...]
    unproved: tuple[Candidate, ...]


def find_missing(
    rules: Inputs, candidates: Sequence[Candidate], whose: Rows, fold: Rows, step: Step = lambda *_: None
) -> Search:
    """Look for facts that tell leads apart beyond the rules, the one with the most evidence first.

    rules: the agreement's rules, and in its blocks what they are always adjusted for
    whose, fold: (n,) the lead and the fold of each row
    """
    proved: list[Proved] = []
    unproved: list[Candidate] = []
    left = list(candidates)
    held_out = _held_out(rules, fold) if left else rules.offset
    for tried in range(MOST):
        step("looking for missing rules", tried, MOST)
        best = _likeliest(rules, held_out, left)
        if best is None:
            break
        left.remove(best)
        found = _prove(rules, held_out, best, whose, fold)
        if found is None:
            unproved.append(best)
            continue
        proved.append(found)
        rules = rules._replace(blocks=[*rules.blocks, *best.blocks])
        held_out = _held_out(rules, fold)
    step("looking for missing rules", MOST, MOST)
    return Search(tuple(proved), tuple(unproved))


def _held_out(inputs: Inputs, fold: Rows) -> Floats:
    """The log-odds of each row by a model that did not see its fold, (n,)."""
    log_odds = np.empty(len(fold))
    for i in range(int(fold.max()) + 1):
        out = np.flatnonzero(fold == i)
        log_odds[out] = fit_joint(inputs.take(np.flatnonzero(fold != i))).log_odds(inputs.take(out))
    return log_odds


def _likeliest(rules: Inputs, log_odds: Floats, left: list[Candidate]) -> Candidate | None:
    """The fact that the marginal likelihood speaks for most, given the rows' log-odds without it."""
    mean = expit(log_odds)
    slope, curvature = rules.weights * (rules.converted - mean), rules.weights * mean * (1 - mean)
    slope = slope - curvature * slope.sum() / curvature.sum()  # the level is no fact's merit
    evidence = [_evidence(c.blocks[0], slope, curvature) for c in left]
    best = int(np.argmax(evidence)) if evidence else -1
    return left[best] if best >= 0 and evidence[best] > LIKELY else None


def _evidence(block: Block, slope: Floats, curvature: Floats) -> float:
    """The log of the marginal likelihood of a table against none, at the precision that makes it greatest."""
    size = len(block.penalty)
    s, c = np.bincount(block.codes, slope, size)[:, None], np.bincount(block.codes, curvature, size)[:, None]
    return float((0.5 * (s**2 / (c + PRECISIONS) - np.log1p(c / PRECISIONS)).sum(axis=0)).max())


def _prove(rules: Inputs, log_odds: Floats, candidate: Candidate, whose: Rows, fold: Rows) -> Proved | None:
    n = len(fold)
    nobody = np.empty(0)
    alone = rules._replace(
        sizes=np.empty((n, 0)), reach=nobody, agreed=nobody, blocks=candidate.blocks, offset=log_odds
    )
    nothing = alone._replace(blocks=[])
    gain = _loss(_held_out(nothing, fold), rules) - _loss(_held_out(alone, fold), rules)
    mean = float(np.average(gain, weights=rules.weights))
    away = np.bincount(whose, rules.weights * (gain - mean))
    error = float(np.sqrt((away**2).sum()) / rules.weights.sum())
    return Proved(candidate, mean, error) if mean > SURE * error else None


def _loss(log_odds: Floats, inputs: Inputs) -> Floats:
    return np.asarray(np.logaddexp(0, log_odds) - inputs.converted * log_odds, dtype=np.float64)
