"""Nordwind Software (simulated): leads, events, sales work, wins and losses of a company that does not exist.

The order in which a company comes about: accounts and people; what they do up to their review; whom sales
takes on; the truth, which reads only what is known at the review; how each lead ends; what happens after.
``truth`` names the traps.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from features.errors import ConfigError
from training.madeup import activity, crm, people, sales, truth
from training.madeup.clock import DAY, EXPORTED_AT, HORIZON_DAYS, REVIEW_AFTER_DAYS, Ints, times
from training.madeup.draws import plain_text

README = """\
Everything in this folder is SIMULATED. Nordwind Software, its accounts, its people and their deeds do not exist;
a seeded program made them, and truth{ending} says how. Do not mail anybody, and conclude nothing about real companies.

leads{ending}     one row a lead, as exported on {exported} (some columns know the future)
events{ending}    what the leads did (some rows are there twice)
outcomes{ending}  stage changes; Customer and Lost close a lead
accounts{ending}  the companies behind the leads, by name
truth{ending}     for each lead at its review: the true probability of converting within {horizon} days, the log-odds of
              each fact, which sum to it, and whether it converted (empty: closed before, or not known yet)
"""
WEEK = pd.Timedelta(weeks=1)
TABLES = ("leads", "events", "outcomes", "truth", "accounts")


@dataclass(frozen=True)
class Part:
    """Which part of a company that is made in parts; the first stands for a whole company too.

    number: from 1 on; it marks the ids and the names of accounts of all parts but the first
    base: the true base in log-odds; without it, the one at which ``truth.SHARE_CONVERTING`` of the part converts
    """

    number: int = 1
    base: float | None = None

    @property
    def mark(self) -> str:
        """What stands before every number of the part."""
        return "" if self.number == 1 else f"{self.number}-"

    def random(self, seed: int) -> np.random.Generator:
        """The part's own draws."""
        return np.random.default_rng(seed if self.number == 1 else [seed, self.number])


WHOLE = Part()


@dataclass(frozen=True)
class Company:
    """The tables of a made-up company; times are UTC.

    accounts, leads, events, outcomes: the data contract, as exported at ``clock.EXPORTED_AT``
    truth: one row a lead: lead_id, as_of (its review), probability, converted, one column per term in log-odds;
        ``log(p / (1 - p))`` is the sum of the columns ``truth.TERMS``; converted is missing where the lead was
        closed before its review or the horizon had not passed by the export
    facts: one row a lead: lead_id, as_of and the value of every fact, columns ``truth.FACTS``
    """

    accounts: pd.DataFrame
    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    truth: pd.DataFrame
    facts: pd.DataFrame


def make_company(
    leads: int = 5_000,
    seed: int = 7,
    months: int = 18,
    signal: float = 1.0,
    events_per_lead: float = activity.USUAL_EVENTS,
    part: Part = WHOLE,
) -> Company:
    """Make up a company with so many ``leads``, created over ``months``; the same arguments give the same company.

    ``signal`` multiplies every true term but the base: at 0 the outcomes depend on nothing that can be known.
    ``events_per_lead`` is about how many rows the events table has for a lead, on average over 18 months.
    ``part`` tells apart what is made for one company in several calls. Raises ConfigError for numbers that make
    no company.
    """
    check_numbers(leads=(leads, 1), months=(months, 1), signal=(signal, 0), events_per_lead=(events_per_lead, 0))
    rng, busy = part.random(seed), events_per_lead / activity.USUAL_EVENTS
    accounts = people.make_accounts(rng, leads, part.mark)
    who = people.make_people(rng, accounts, leads, months, part.mark)
    as_of = who["created"].to_numpy() + REVIEW_AFTER_DAYS * DAY
    # Keen leads do more of everything, webinars too: that is why people believe in the wrong rule.
    engagement = rng.gamma(1.0, 1.0, leads)
    before = activity.acts_before(rng, who, as_of, engagement, busy)
    facts = who[["industry", "employees", "seniority", "department", "address"]].join(activity.counts(before, as_of))
    handling = sales.handle(rng, who, truth.fact_terms(facts).sum(axis=1).to_numpy())
    who["employees"] = facts["employees"] = sales.employees_known(rng, who, handling)
    true = _truth(facts, who, signal, part.base)
    course = sales.close(rng, who, handling, as_of, true["probability"].to_numpy())
    after = activity.acts_after(rng, as_of, course, engagement, busy)
    outcomes = crm.stage_changes(rng, who, handling, course, as_of)
    known = ~handling.closed_early & (as_of + HORIZON_DAYS * DAY <= EXPORTED_AT)
    true.insert(1, "converted", pd.Series(course.converted, dtype="boolean").where(known))
    return Company(
        accounts=plain_text(accounts),
        leads=crm.lead_table(rng, who, outcomes),
        events=activity.event_table(rng, [before, after], who["lead_id"], part.mark),
        outcomes=outcomes,
        truth=_by_lead(who, as_of, true),
        facts=_by_lead(who, as_of, facts[list(truth.FACTS)]),
    )


def ending_by(company: Company, day: date) -> Company:
    """The same company later or earlier by whole weeks, so that its tables end in the week up to a day (its start).

    What falls on a weekday stays on it.
    """
    ends = pd.Timestamp(times(np.array([EXPORTED_AT]))[0])
    weeks = (pd.Timestamp(day, tz="UTC") - ends) // WEEK
    moved = {field.name: _moved(getattr(company, field.name), weeks * WEEK) for field in fields(company)}
    return Company(**moved)


def _moved(table: pd.DataFrame, by: pd.Timedelta) -> pd.DataFrame:
    moments = table.select_dtypes("datetimetz").columns
    return table.assign(**{name: table[name] + by for name in moments})


def check_numbers(**numbers: tuple[float, float]) -> None:
    """Raise ConfigError unless each number, by its name, is at least the one beside it, and finite."""
    for name, (value, least) in numbers.items():
        if not least <= value < np.inf:
            raise ConfigError(f"no company with {name}={value}", got=str(value), allowed=f"{name} from {least} on")


def _truth(facts: pd.DataFrame, who: pd.DataFrame, signal: float, base: float | None) -> pd.DataFrame:
    terms = truth.fact_terms(facts)
    terms.insert(0, "drift", truth.drift_term(who["elapsed"].to_numpy()))
    terms *= signal
    rest = terms.sum(axis=1).to_numpy()
    terms.insert(0, "base", truth.base_for(rest) if base is None else base)
    terms.insert(0, "probability", truth.sigmoid(rest + terms["base"].to_numpy()))
    return terms


def _by_lead(who: pd.DataFrame, as_of: Ints, columns: pd.DataFrame) -> pd.DataFrame:
    return plain_text(pd.concat([who["lead_id"], pd.Series(times(as_of), name="as_of"), columns], axis=1))


def write_company(company: Company, folder: Path) -> None:
    """Write the tables as CSV, and a README.txt that says they are simulated, whole or not at all."""
    with finished_together(folder) as made:
        for name in TABLES:
            _write_csv(getattr(company, name), made / f"{name}.csv")
        write_readme(made, ".csv", company.events["at"].max().ceil("D").date())


@contextmanager
def finished_together(folder: Path) -> Iterator[Path]:
    """A folder to write files into, which take their names in ``folder`` only once all are written.

    A failure before that leaves ``folder`` as it was, and makes none where there was none.
    """
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(dir=folder, prefix=".writing-") as unfinished:
            yield Path(unfinished)
            for file in sorted(Path(unfinished).iterdir()):
                os.replace(file, folder / file.name)
    except BaseException:
        if new:
            with suppress(OSError):
                folder.rmdir()
        raise


def write_readme(folder: Path, ending: str, exported: date | None = None) -> None:
    """Write the README.txt of tables in files with such an ending, which end on a day."""
    exported = exported or times(np.array([EXPORTED_AT]))[0].date()
    text = README.format(exported=exported, horizon=HORIZON_DAYS, ending=ending)
    (folder / "README.txt").write_text(text, "utf-8")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    moments = {
        column: np.datetime_as_string(table[column].to_numpy(dtype="datetime64[s]"), unit="s", timezone="UTC")
        for column in table.select_dtypes("datetimetz").columns
    }
    table.assign(**moments).to_csv(path, index=False, lineterminator="\n")
