"""What sales does with the made-up leads, and how each ends: won, lost or still open."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.madeup.clock import HORIZON_DAYS, NEVER, Bools, Floats, Ints, days

HANDED_OVER = 0.45  # share of the leads that marketing hands over as MQL before the review
ACCEPTED = 0.65  # share of those that sales accepts
ASKED_EMPLOYEES = 0.8  # share of accepted leads whose missing number of employees sales fills in
CLOSED_EARLY = 0.03  # share closed before the review
LATE_WINS = 0.015  # share of the others that are won after the horizon
LOST = 0.85  # share of the others that are closed as lost; the rest stays open
LOSS_WITHIN_DAYS = 150


@dataclass(frozen=True)
class Handling:
    """What happens to each lead before its review, arrays of shape (n,); moments in seconds, or NEVER."""

    closed_early: Bools
    mql_at: Ints
    sal_at: Ints
    sent_back_at: Ints


@dataclass(frozen=True)
class Course:
    """How each lead ends, arrays of shape (n,): ``closed_at`` is NEVER while it stays open."""

    converted: Bools  # won within the horizon after the review
    won: Bools
    lost: Bools
    closed_at: Ints


def handle(rng: np.random.Generator, people: pd.DataFrame, appeal: Floats) -> Handling:
    """Hand over the leads with the most ``appeal`` (log-odds as far as known), by a noisy eye."""
    size, created = len(people), people["created"].to_numpy()
    early = people["competitor"].to_numpy() | (rng.random(size) < CLOSED_EARLY)
    looks = appeal + rng.logistic(size=size)
    handed = (looks > np.quantile(looks, 1 - HANDED_OVER)) & ~early
    accepted = handed & (rng.random(size) < ACCEPTED)
    mql = created + days(rng.uniform(0.5, 10, size))
    seen = mql + days(rng.uniform(0.1, 6, size))
    return Handling(
        closed_early=early,
        mql_at=np.where(handed, mql, NEVER),
        sal_at=np.where(accepted, seen, NEVER),
        sent_back_at=np.where(handed & ~accepted, seen, NEVER),
    )


def employees_known(rng: np.random.Generator, people: pd.DataFrame, handling: Handling) -> pd.Series:
    """``employees`` as it is known at the review: from the form, or asked by sales for the leads it works."""
    asked = (handling.sal_at < NEVER) & (rng.random(len(people)) < ASKED_EMPLOYEES)
    return people["employees"].mask(asked, people["staff"])


def close(
    rng: np.random.Generator, people: pd.DataFrame, handling: Handling, as_of: Ints, probability: Floats
) -> Course:
    """Draw how each lead ends: open ones convert within the horizon with their ``probability``."""
    size, early = len(as_of), handling.closed_early
    converted = (rng.random(size) < probability) & ~early
    late = ~converted & ~early & (rng.random(size) < LATE_WINS)
    lost = ~converted & ~late & ~early & (rng.random(size) < LOST)
    won_early = early & (rng.random(size) < 0.3) & ~people["competitor"].to_numpy()
    after = np.select(
        [converted, late, lost],
        [
            rng.uniform(0.5, HORIZON_DAYS - 0.5, size),
            rng.uniform(HORIZON_DAYS + 0.5, LOSS_WITHIN_DAYS, size),
            rng.uniform(0.5, LOSS_WITHIN_DAYS, size),
        ],
    )
    closed_at = np.where(converted | late | lost, as_of + days(after), NEVER)
    before = people["created"].to_numpy() + days(rng.uniform(1, 20, size))
    return Course(
        converted=converted,
        won=converted | late | won_early,
        lost=lost | (early & ~won_early),
        closed_at=np.where(early, before, closed_at),
    )
