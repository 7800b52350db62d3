"""Who the made-up leads are: accounts, and people who work there and arrive over the months."""

import numpy as np
import pandas as pd

from training.madeup import vocabulary as words
from training.madeup.clock import DAY, EXPORTED_AT, MONTH, REVIEW_AFTER_DAYS, Floats, Ints
from training.madeup.draws import pick, pick_by_row, words_of

ACCOUNTS_PER_LEAD = 0.6
EMPLOYEES_ON_FORM = 0.65
REVENUE_KNOWN = 0.5
INDUSTRY_KNOWN = 0.88
TITLE_KNOWN = 0.93
EMAIL_KNOWN = 0.98
COMPANY_KNOWN = 0.95
COMPETITORS = 0.006


def make_accounts(rng: np.random.Generator, leads: int, mark: str = "") -> pd.DataFrame:
    """The accounts behind ``leads`` leads, ``mark`` before their numbers; everything about them is known here."""
    size = max(1, round(ACCOUNTS_PER_LEAD * leads))
    number = mark + _text(np.arange(1, size + 1))
    first = rng.choice(words.COMPANY_FIRST, size)
    second = rng.choice(words.COMPANY_SECOND, size)
    name = pd.Series(first, dtype="str") + " " + pd.Series(second, dtype="str") + " " + number
    employees = np.clip(rng.lognormal(np.log(120), 1.7, size), 1, 60_000).astype(np.int64)
    revenue = np.rint(employees * rng.lognormal(np.log(150_000), 0.5, size) / 1000).astype(np.int64) * 1000
    return pd.DataFrame(
        {
            "account_id": "sim-account-" + number,
            "company": name,
            "domain": name.str.lower().str.replace(" ", "-", regex=False) + ".example",
            "industry": pick(rng, words.INDUSTRIES, size),
            "employees": employees,
            "annual_revenue": revenue,
            "country": pick(rng, words.COUNTRIES, size),
        }
    )


def make_people(
    rng: np.random.Generator, accounts: pd.DataFrame, leads: int, months: int, mark: str = ""
) -> pd.DataFrame:
    """One row a lead, oldest first: who it is, NaN where its form was left empty; ``created`` in seconds."""
    period, last = months * MONTH, EXPORTED_AT - REVIEW_AFTER_DAYS * DAY
    created = np.sort(rng.integers(last - period, last, leads))
    elapsed = 1 - (last - created) / period
    source = _source(rng, elapsed)
    people = accounts.iloc[rng.integers(0, len(accounts), leads)].reset_index(drop=True)
    people = people.assign(
        lead_id=f"sim-{mark}" + _text(np.arange(1, leads + 1)).str.zfill(7),
        created=created,
        elapsed=elapsed,
        source=source,
        seniority=_seniority(rng, source),
        department=pick(rng, words.DEPARTMENTS, leads),
        competitor=rng.random(leads) < COMPETITORS,
    )
    people["job_title"] = _title(rng, people)
    people["address"] = _address(rng, people)
    people["email"] = _email(rng, people)
    return _left_empty(rng, people)


def _source(rng: np.random.Generator, elapsed: Floats) -> pd.Series:
    start, end = np.array(list(words.SOURCES.values())).T
    return pick_by_row(rng, list(words.SOURCES), start + np.outer(elapsed, end - start))


def _seniority(rng: np.random.Generator, source: pd.Series) -> pd.Series:
    shares = np.array([words.SENIORITY_BY_SOURCE[s] for s in words.SOURCES])
    return pick_by_row(rng, words.SENIORITIES, shares[source.cat.codes])


def _title(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    """A title that says the seniority and the department, by the agreement's own definitions."""
    titles = [t for row in words.TITLES.values() for cell in row.values() for t in cell]
    cell = people["seniority"].cat.codes.to_numpy() * len(words.DEPARTMENTS) + people["department"].cat.codes.to_numpy()
    return words_of(2 * cell + rng.integers(0, 2, len(people)), titles)


def _address(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    """The class of each address: juniors often write from a university, competitors from their company."""
    draw = rng.random(len(people))
    university = np.where(people["seniority"] == "junior", 0.25, 0.01)
    address = np.select([draw < university, draw < university + 0.2], ["education", "free"], "business")
    return pd.Series(np.where(people["competitor"], "business", address), index=people.index, dtype="category")


def _email(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    size = len(people)
    free = pick(rng, words.FREE_DOMAINS, size).astype("str")
    rival = pick(rng, words.COMPETITOR_DOMAINS, size).astype("str")
    domain = people["domain"].mask(people["address"] == "free", free)
    domain = domain.mask(people["address"] == "education", words.EDUCATION_DOMAIN).mask(people["competitor"], rival)
    first = pd.Series(rng.choice(words.FIRST_NAMES, size), dtype="str").str.lower()
    last = pd.Series(rng.choice(words.LAST_NAMES, size), dtype="str").str.lower()
    # The lead's id keeps the address from being anybody's.
    return first + "." + last + "." + people["lead_id"] + "@" + domain


def _left_empty(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Empty the fields that a lead did not give; ``staff`` keeps the number that sales could ask for."""
    size = len(people)
    people["staff"] = people["employees"]
    people["employees"] = people["employees"].astype("Int64").where(rng.random(size) < EMPLOYEES_ON_FORM)
    people["annual_revenue"] = people["annual_revenue"].astype("Int64").where(rng.random(size) < REVENUE_KNOWN)
    people["industry"] = people["industry"].where(rng.random(size) < INDUSTRY_KNOWN)
    people["company"] = people["company"].where(rng.random(size) < COMPANY_KNOWN)
    titled = rng.random(size) < TITLE_KNOWN
    for column in ("job_title", "seniority", "department"):
        people[column] = people[column].where(titled)
    mailed = rng.random(size) < EMAIL_KNOWN
    for column in ("email", "address"):
        people[column] = people[column].where(mailed)
    return people


def _text(numbers: Ints) -> pd.Series:
    return pd.Series(numbers).astype("str")
