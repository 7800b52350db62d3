"""What is true about the made-up company, and which traps were laid.

Of the leads still open at their review, ``log-odds of converting = base + drift + one term per fact``, exactly.
The facts are those of ``agreement.yaml`` as they are known at the review: an unknown value is a value of its
own, worth 0, so the truth is additive in what a model can see. 10 agreed points are worth ln 2 = 0.69.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.madeup.clock import Floats

WRONG_RULE = "webinars"  # the agreement gives points; the truth takes a little away
MISSING_RULE = "trials"  # the strongest interest of all; the agreement has no rule for it
MISSING_EVENT = "trial_started"
LATE_FIELDS = ("budget", "need")  # mostly filled in by sales, after the review
LEAKING_COLUMNS = ("contract_value", "lost_reason", "sales_calls")  # only the outcome makes them so
WITHOUT_EFFECT = ("annual_revenue", "country", "source")  # they go along with facts, and add nothing to them

SHARE_CONVERTING = 0.15
DRIFT = -0.6  # log-odds that the base rate loses from the first lead to the last


@dataclass(frozen=True)
class Counted:
    """A fact counted over events: ``each`` log-odds per event, at most ``most`` in size.

    ``events`` names a row of ``vocabulary.ACTIVITIES``.
    """

    events: str
    window_days: float
    each: float
    most: float
    half_life_days: float | None = None


# Log-odds per value; a value that is not listed, and an unknown one, has 0. Beside it: what was agreed.
FIT: dict[str, dict[str, float]] = {
    "industry": {
        "software": 0.75,  # 10 points = 0.69
        "financial services": 0.50,  # 0.69
        "manufacturing": 0.50,  # 0.42
        "healthcare": 0.30,  # 0.42
        "public sector": -0.65,  # -0.55
        "hospitality": -0.50,  # -0.55
    },
    "seniority": {
        "executive": 0.65,  # 0.83
        "vice president": 0.80,  # 0.83
        "director": 0.85,  # 0.69
        "manager": 0.40,  # 0.35
        "junior": -0.85,  # -0.69
    },
    "department": {
        "it": 0.55,  # 0.42
        "operations": 0.20,  # 0.28
        "people": -0.35,  # -0.28
    },
    "address": {
        "business": 0.25,  # 0.21
        "education": -0.50,  # -0.42
    },
}

# Log-odds from so many employees on.
EMPLOYEES: dict[float, float] = {
    0: -0.45,  # -0.35
    20: 0.0,  # 0
    50: 0.45,  # 0.55
    200: 1.05,  # 0.97
    2000: 0.40,  # 0.55: large companies take longer than agreed
}

INTEREST: dict[str, Counted] = {
    "pricing_visits": Counted("pricing", 30, each=0.45, most=1.35, half_life_days=14),  # 0.35 each, 1.04 at most
    "product_visits": Counted("product", 30, each=0.08, most=0.40),  # 0.07 each, 0.42 at most
    "webinars": Counted("webinar", 60, each=-0.08, most=0.08),  # 0.69 each, 0.69 at most: the wrong rule
    "email_clicks": Counted("email click", 30, each=0.12, most=0.36),  # 0.14 each, 0.42 at most
    "careers_visits": Counted("careers", 30, each=-0.45, most=0.90),  # -0.42 each, -0.83 at most
    "demo_requests": Counted("demo", 30, each=1.50, most=1.50),  # 1.39 each, 1.39 at most
    "trials": Counted("trial", 30, each=1.60, most=1.60),  # no rule: the missing one
}

FACTS = ("industry", "employees", "seniority", "department", "address", *INTEREST)
TERMS = ("base", "drift", *FACTS)


def fact_terms(facts: pd.DataFrame) -> pd.DataFrame:
    """The log-odds of each fact: same shape as ``facts`` (n leads, columns ``FACTS``)."""
    terms = {name: listed_term(facts[name], table) for name, table in FIT.items()}
    terms["employees"] = employees_term(facts["employees"].to_numpy(dtype=np.float64, na_value=np.nan))
    for name, counted in INTEREST.items():
        terms[name] = counted_term(facts[name].to_numpy(dtype=np.float64), counted)
    return pd.DataFrame(terms, index=facts.index)[list(FACTS)]


def listed_term(values: pd.Series, table: dict[str, float]) -> Floats:
    """The log-odds of text values, shape (n,)."""
    return np.nan_to_num(np.asarray(values.map(table), dtype=np.float64))


def employees_term(employees: Floats) -> Floats:
    """The log-odds of a number of employees (NaN: unknown), shape (n,)."""
    log_odds = np.array([0.0, *EMPLOYEES.values(), 0.0])
    # NaN sorts after every start, so that it would fall into the last bracket.
    bracket = np.searchsorted(np.array(list(EMPLOYEES)), employees, side="right")
    return log_odds[np.where(np.isnan(employees), 0, bracket)]


def counted_term(counts: Floats, counted: Counted) -> Floats:
    """The log-odds of a count, shape (n,); at most ``most`` in size."""
    term = np.clip(counted.each * counts, -counted.most, counted.most)
    return term + 0.0  # no minus zero


def drift_term(elapsed: Floats) -> Floats:
    """The log-odds of the times: ``elapsed`` runs from 0 (first lead) to 1 (last lead)."""
    return DRIFT * (elapsed - 0.5)


def base_for(rest: Floats, share: float = SHARE_CONVERTING) -> float:
    """The base at which ``share`` of the leads convert, on average, given the sum of their other terms."""
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(rest + middle).mean() < share else (low, middle)
    return (low + high) / 2


def sigmoid(log_odds: Floats) -> Floats:
    """Probability from log-odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))
