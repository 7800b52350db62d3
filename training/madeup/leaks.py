"""Ten ways in which a table comes to know the future, added to a made-up company's leads to try a leakage guard.

Each is what an honest export brings about: a field that somebody fills in later, a number counted until the export, a
join with the contracts, an order that a report left behind. No name gives one away.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from training.madeup.clock import DAY, EXPORTED_AT, Bools, Floats, times
from training.madeup.company import Company

LEAKS = {
    "buying_group": "the outcome itself, wrong for 5 % of the leads",
    "reference": "the number of a contract",
    "department_code": "filled in while a deal is made",
    "mails": "mails exchanged until the export",
    "account_value": "the share of an account's leads that were won, these leads included",
    "remarks": "free text that sales wrote after the end",
    "touched": "when the row was changed the last time",
    "key_rate": "a rate of the central bank on the day of the lead",
    "lead_id": "numbered by a report that listed the won leads of a month first",
    "row order": "sorted by outcome: a list of contracts, and the rest below",
}
_REMARKS = {
    True: ("papers came back signed", "kick-off planned with the team", "handed over to delivery, signed"),
    False: ("never reached anybody", "asked again in spring", "no need for it", "sent the brochure", "wrong person"),
}


def with_leaks(company: Company, seed: int = 7) -> Company:
    """The company with the ten ``LEAKS``: eight columns of its leads more, other ids, another order of rows."""
    rng = np.random.default_rng([seed, 10])
    leads = company.leads
    closed = company.outcomes[company.outcomes["stage"].isin(["Customer", "Lost"])].set_index("lead_id")
    stage = leads["lead_id"].map(closed["stage"])
    won = (stage == "Customer").to_numpy()
    leads = leads.assign(
        buying_group=np.where(won ^ (rng.random(len(won)) < 0.05), "yes", "no"),
        reference=_contract(rng, won),
        department_code=_filled_later(rng, won, stage.notna().to_numpy()),
        mails=rng.poisson(rng.gamma(2.0, np.where(won, 9.0, 1.5))),
        account_value=_encoded(leads["company"], won),
        remarks=_remarks(rng, won),
        touched=_touched(rng, leads["created_at"], leads["lead_id"].map(closed["at"])),
        key_rate=_key_rate(rng, leads["created_at"]),
    )
    return _renamed(replace(company, leads=leads), won)


def _contract(rng: np.random.Generator, won: Bools) -> pd.Series:
    numbers = pd.Series(rng.permutation(len(won)) + 40_000).astype("str")
    return ("V-" + numbers).where(won)


def _filled_later(rng: np.random.Generator, won: Bools, closed: Bools) -> pd.Series:
    codes = pd.Series(rng.choice(["A1", "B2", "C3", "D4"], len(won)), dtype="str")
    return codes.where(rng.random(len(won)) < np.select([won, closed], [0.9, 0.35], 0.15))


def _encoded(company: pd.Series, won: Bools) -> pd.Series:
    return pd.Series(won.astype(np.float64)).groupby(company).transform("mean").round(4)


def _remarks(rng: np.random.Generator, won: Bools) -> pd.Series:
    text = np.where(won, rng.choice(_REMARKS[True], len(won)), rng.choice(_REMARKS[False], len(won)))
    by = pd.Series(rng.integers(100, 10_000, len(won))).astype("str")
    return pd.Series(text, dtype="str") + " (call " + by + ")"


def _touched(rng: np.random.Generator, created: pd.Series, closed: pd.Series) -> pd.Series:
    """The day after the end, or any day up to the export, as a text."""
    start = created.to_numpy("datetime64[s]").astype(np.int64)
    while_open = start + (rng.random(len(start)) * (EXPORTED_AT - start)).astype(np.int64)
    at = closed.dt.tz_convert(None).to_numpy("datetime64[s]")
    last = np.where(np.isnat(at), while_open, at.astype(np.int64) + DAY)
    return pd.Series(times(np.minimum(last, EXPORTED_AT))).dt.strftime("%d.%m.%Y %H:%M")


def _key_rate(rng: np.random.Generator, created: pd.Series) -> Floats:
    """One value a week, falling with some noise: the same for all leads of the week."""
    week = created.to_numpy("datetime64[s]").astype(np.int64) // (7 * DAY)
    steps = np.round(np.cumsum(rng.normal(-0.03, 0.04, int(week.max() - week.min()) + 1)), 3)
    rate: Floats = 4.5 + steps[week - week.min()]
    return rate


def _renamed(company: Company, won: Bools) -> Company:
    """The company with ids that a report gave, by month with the won leads first, and the won leads' rows on top."""
    created = company.leads["created_at"].dt.tz_convert(None)
    frame = pd.DataFrame({"month": created.dt.to_period("M").astype(str), "lost": ~won, "created": created})
    order = frame.sort_values(["month", "lost", "created"]).index
    names = pd.Series([f"sim-{i + 1:07d}" for i in range(len(order))], index=company.leads["lead_id"].iloc[order])
    tables = {
        name: table.assign(lead_id=table["lead_id"].map(names))
        for name in ("leads", "events", "outcomes", "truth", "facts")
        if isinstance(table := getattr(company, name), pd.DataFrame)
    }
    rows = np.argsort(~won, kind="stable")
    return replace(company, **tables | {"leads": tables["leads"].iloc[rows].reset_index(drop=True)})
