"""The rows that rivals were measured on (``rivals.csv`` of the shared data), as flat exports with one configuration.

Every set gets the same: an empty agreement, the default learner, and no more in its configuration than what its
columns mean. Nothing is tuned for any of them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pandas as pd
from figures import shared_file

from features.agreement import Agreement
from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import TrainConfig, load_config
from training.dataset import Dataset

AGREEMENT = """\
agreement: nothing agreed yet
version: "1"
agreed_on: 2026-01-01
conversion: {definition: the outcome of the data, stage: Customer, horizon_days: 90}
points_double_odds: 10
stages:
  - {stage: Lead, definition: a name, owner: marketing}
  - {stage: Customer, definition: converted, owner: sales, gate: sold}
"""
MONTHS = "Jan Feb Mar Apr May June Jul Aug Sep Oct Nov Dec".split()
LAST_CREATED = pd.Timestamp("2014-03-01")
WEEK = pd.Timedelta(days=7)


class Rivals(NamedTuple):
    """A set of rows, and the best of eight rivals on its last 30 %: AUC and log loss.

    answers: what its configuration says beyond the common lines; clocks: columns that the guard is to find
    """

    name: str
    rows: Callable[[], pd.DataFrame | None]
    auc: float
    log_loss: float
    order: str = "rows: true"
    answers: str = ""
    clocks: Sequence[str] = ()


def xeducation() -> pd.DataFrame | None:
    """Leads of a course provider, without the columns that know the future."""
    path = shared_file("xeducation.csv.gz")
    if path is None:
        return None
    rows = pd.read_csv(path, keep_default_na=False, na_values=["", "Select"]).sort_values("Lead Number", kind="stable")
    known_later = [c for c in rows if str(c).startswith("Asymmetrique")]
    known_later += ["Tags", "Lead Quality", "Lead Profile", "Last Notable Activity", "Prospect ID", "Lead Number"]
    return rows.rename(columns={"Converted": "outcome"}).drop(columns=known_later)


def olist() -> pd.DataFrame | None:
    """Qualified leads of a marketplace; ``won`` says when a deal was closed."""
    leads, deals = shared_file("olist_mql.csv.gz"), shared_file("olist_closed_deals.csv.gz")
    if leads is None or deals is None:
        return None
    won = pd.read_csv(deals)[["mql_id", "won_date"]]
    rows = pd.read_csv(leads).merge(won, on="mql_id", how="left").sort_values(["first_contact_date", "mql_id"])
    contact = pd.to_datetime(rows["first_contact_date"])
    return pd.DataFrame(
        {
            "contact": rows["first_contact_date"],
            "landing_page_id": rows["landing_page_id"],
            "origin": rows["origin"],
            "day_of_week": contact.dt.day_name(),
            "day_of_month": contact.dt.day,
            "won": rows["won_date"],
            "outcome": rows["won_date"].notna().astype(int),
        }
    )


def shoppers() -> pd.DataFrame | None:
    """Sessions of an online shop, in order of their months."""
    path = shared_file("shoppers.csv.gz")
    if path is None:
        return None
    rows = pd.read_csv(path)
    rows = rows.assign(order=rows["Month"].map(MONTHS.index)).sort_values("order", kind="stable")
    codes = {c: "c" + rows[c].astype(str) for c in ("OperatingSystems", "Browser", "Region", "TrafficType", "Weekend")}
    rows = rows.assign(**codes, outcome=rows["Revenue"].astype(int))
    return rows.drop(columns=["PageValues", "Month", "Revenue", "order"])


def bank() -> pd.DataFrame | None:
    """Calls of a bank, with the five economic series that are clocks."""
    path = shared_file("bank_additional.csv.gz")
    if path is None:
        return None
    rows = pd.read_csv(path, keep_default_na=False)
    return rows.assign(outcome=(rows["y"] == "yes").astype(int)).drop(columns=["duration", "y"])


def asana() -> pd.DataFrame | None:
    """Sign-ups of a product at day 7, those that had not adopted it by then."""
    users, logins = shared_file("asana_users.csv.gz"), shared_file("asana_engagement.csv.gz")
    if users is None or logins is None:
        return None
    people = pd.read_csv(users, encoding="latin1")
    people["at"] = pd.to_datetime(people["creation_time"], format="%d-%m-%Y %H:%M")
    days = pd.read_csv(logins, parse_dates=["time_stamp"]).sort_values(["user_id", "time_stamp"])
    third = days["time_stamp"] - days.groupby("user_id")["time_stamp"].shift(2) < WEEK
    people["adopted"] = people["object_id"].map(days[third].groupby("user_id")["time_stamp"].min())
    days = days.merge(people[["object_id", "at"]], left_on="user_id", right_on="object_id")
    early = days[days["time_stamp"] < days["at"].dt.normalize() + WEEK]
    people["login_days"] = people["object_id"].map(early.groupby("user_id").size()).fillna(0)
    people = people.sort_values(["at", "object_id"])
    people["colleagues"] = people.groupby("org_id").cumcount()
    people = people[(people["at"] < LAST_CREATED) & ~(people["adopted"] <= people["at"] + WEEK)]
    frequent = people["email_domain"].map(people["email_domain"].value_counts()) > 50
    return pd.DataFrame(
        {
            "source": people["creation_source"],
            "mailing_list": people["opted_in_to_mailing_list"].map({0: "no", 1: "yes"}),
            "marketing_drip": people["enabled_for_marketing_drip"].map({0: "no", 1: "yes"}),
            "invited": people["invited_by_user_id"].notna().map({False: "no", True: "yes"}),
            "colleagues": people["colleagues"],
            "domain": people["email_domain"].where(frequent),
            "weekday": people["at"].dt.day_name(),
            "hour": people["at"].dt.hour,
            "login_days": people["login_days"],
            "outcome": people["adopted"].notna().astype(int),
        }
    )


MACRO = ("emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed")
LAST_ACTIVITY = "known_from: {Last Activity: rivals read it too}"
SETS = (
    Rivals("xeducation", xeducation, 0.898, 0.393, answers=LAST_ACTIVITY),
    Rivals("olist", olist, 0.695, 0.331, order="column: contact", answers="knows_future: {won: the outcome}"),
    Rivals("shoppers", shoppers, 0.733, 0.436),
    Rivals("asana", asana, 0.760, 0.323),
    Rivals("bank_additional", bank, 0.667, 0.569, clocks=MACRO),
)


def nothing_agreed() -> Agreement:
    """An agreement without a rule."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "agreement.yaml"
        path.write_text(AGREEMENT)
        return load_agreement(path)


class Opened(NamedTuple):
    """A set as the product reads it."""

    config: TrainConfig
    agreement: Agreement
    data: Dataset


def opened(rivals: Rivals, folder: Path, *, without: Sequence[str] = (), outcome: str = "") -> Opened | None:
    """Write the rows, an empty agreement and the configuration, and read them as ``leadscore train`` does.

    without: columns to leave out; outcome: more about the outcome, such as ``, at: won``
    """
    rows = rivals.rows()
    if rows is None:
        return None
    rows.drop(columns=list(without)).to_csv(folder / "leads.csv", index=False)
    (folder / "agreement.yaml").write_text(AGREEMENT)
    lines = ["agreement: agreement.yaml", f"order: {{{rivals.order}}}", f"outcome: {{column: outcome{outcome}}}"]
    answers = "" if outcome else rivals.answers
    (folder / "train.yaml").write_text("\n".join([f"name: {rivals.name}", *lines, answers]) + "\n")
    config = load_config(folder / "train.yaml")
    agreement = load_agreement(folder / "agreement.yaml")
    return Opened(config, agreement, load_dataset(config, agreement, folder / "leads.csv", folder))
