"""Asana's sign-ups and daily logins as the three tables of the data contract.

    python prepare.py FOLDER_OF_THE_RAW_FILES FOLDER_TO_WRITE

When a thing is known, and how that is written down:

- A login is only known as a day. The log of a day is complete when the day is over, so a login stands at the end of
  its day (midnight, UTC): read as of 14:00, the same day's login does not count.
- A lead has adopted on its third day of logins within any seven. That stands at the start of that day: a lead which
  adopts on the day it is read counts as closed, as the log cannot say whether it did so before or after the hour.
- What a lead was invited by, or whom it invited, is known when the invited one signs up.
"""

import sys
from pathlib import Path

import pandas as pd

DAY = pd.Timedelta(days=1)


def prepare(raw: Path, folder: Path) -> None:
    """Write leads, events and outcomes; ``raw`` holds asana_users.csv.gz and asana_engagement.csv.gz."""
    users = pd.read_csv(raw / "asana_users.csv.gz", dtype={"org_id": "string"})
    logins = pd.read_csv(raw / "asana_engagement.csv.gz", parse_dates=["time_stamp"])
    users["lead_id"] = lead_id(users["object_id"])
    users["created_at"] = pd.to_datetime(users["creation_time"], format="%d-%m-%Y %H:%M").dt.tz_localize("UTC")
    logins["lead_id"] = lead_id(logins["user_id"])
    logins["day"] = logins["time_stamp"].dt.tz_localize("UTC")
    adopted = adoption(logins)
    folder.mkdir(parents=True, exist_ok=True)
    leads(users).to_parquet(folder / "leads.parquet", index=False)
    events(users, logins, adopted).to_parquet(folder / "events.parquet", index=False)
    outcome = {"lead_id": adopted["lead_id"], "at": adopted["day"], "stage": "Adopted"}
    pd.DataFrame(outcome).to_parquet(folder / "outcomes.parquet", index=False)


def lead_id(numbers: pd.Series) -> pd.Series:
    """Names that sort as the numbers do: ``U-00017``."""
    return "U-" + numbers.astype(int).astype(str).str.zfill(5)


def adoption(logins: pd.DataFrame) -> pd.DataFrame:
    """The day of each lead's first third login within seven days: one row a lead that adopts."""
    logins = logins.sort_values(["lead_id", "day"])
    third = logins["day"] - logins.groupby("lead_id")["day"].shift(2) < 7 * DAY
    return logins[third].groupby("lead_id", as_index=False)["day"].min()


def leads(users: pd.DataFrame) -> pd.DataFrame:
    """Who signed up; without ``last_session_creation_time``, which is as of the export."""
    told = users[["lead_id", "created_at", "creation_source", "org_id", "email_domain"]]
    yes_no = {0: "no", 1: "yes"}
    return told.assign(
        mailing_list=users["opted_in_to_mailing_list"].map(yes_no),
        marketing_drip=users["enabled_for_marketing_drip"].map(yes_no),
        invited=users["invited_by_user_id"].notna().astype(int).map(yes_no),
        sign_up_weekday=users["created_at"].dt.day_name(),
        sign_up_hour=users["created_at"].dt.hour,
    ).sort_values(["created_at", "lead_id"])


def events(users: pd.DataFrame, logins: pd.DataFrame, adopted: pd.DataFrame) -> pd.DataFrame:
    """Logins, sign-ups, invitations that were accepted, and adoptions, each at the moment from which it is known."""
    parts = [
        happened("login", logins["lead_id"], logins["day"] + DAY),
        happened("sign_up", users["lead_id"], users["created_at"]),
        happened("adopted", adopted["lead_id"], adopted["day"] + DAY),
        invitations(users),
    ]
    return pd.concat(parts).sort_values(["at", "event_id"])


def invitations(users: pd.DataFrame) -> pd.DataFrame:
    """One event of the inviter for everybody who came, except where (7 %) the inviter named signed up later."""
    invited = users.dropna(subset=["invited_by_user_id"])
    inviter, at = lead_id(invited["invited_by_user_id"]), invited["created_at"]
    there = inviter.map(users.set_index("lead_id")["created_at"]) <= at
    return happened("invited", inviter[there], at[there])


def happened(kind: str, lead: pd.Series, at: pd.Series) -> pd.DataFrame:
    """Events of one type with an id of their own; none has properties."""
    number = lead.groupby(lead).cumcount().astype(str)
    return pd.DataFrame(
        {"event_id": f"{kind}-" + lead + "-" + number, "lead_id": lead, "at": at, "type": kind, "properties": "{}"}
    )


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
