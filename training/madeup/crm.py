"""What the made-up company's CRM holds at the export: stage changes, and fields that know how it ended."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.madeup import vocabulary as words
from training.madeup.clock import EXPORTED_AT, NEVER, Bools, Ints, times
from training.madeup.draws import pick, plain_text
from training.madeup.sales import Course, Handling

LEAD_COLUMNS = [
    *("lead_id", "created_at", "email", "job_title", "company", "industry", "employees", "annual_revenue"),
    *("country", "source", "budget", "need", "contract_value", "lost_reason", "sales_calls"),
]
WORKED_AND_LOST = 0.4  # share of the accepted but lost leads that sales took on to an offer
Change = tuple[str, Ints, pd.Series | str, str]  # stage, when (or NEVER), reason, by whom


def stage_changes(
    rng: np.random.Generator, people: pd.DataFrame, handling: Handling, course: Course, as_of: Ints
) -> pd.DataFrame:
    """The outcomes table: stage changes up to the closing and the export, oldest first."""
    created = people["created"].to_numpy()
    start = np.where(handling.closed_early, created, as_of)
    accepted = handling.sal_at < NEVER
    worked = course.won | (course.lost & accepted & (rng.random(len(people)) < WORKED_AND_LOST))
    span = np.where(worked, course.closed_at - start, 0)

    def on_the_way(share: float) -> Ints:
        return np.where(worked, start + (share * span).astype(np.int64), NEVER)

    changes: list[Change] = [
        ("Lead", created, "", "marketing"),
        ("MQL", np.minimum(handling.mql_at, on_the_way(0.1)), "", "marketing"),
        ("Lead", handling.sent_back_at, _reasons(rng, words.SENT_BACK_REASONS, people), "sales development"),
        ("SAL", np.minimum(handling.sal_at, on_the_way(0.2)), "", "sales development"),
        ("SQL", on_the_way(0.4), "", "sales"),
        ("Opportunity", on_the_way(0.7), "", "sales"),
        ("Customer", np.where(course.won, course.closed_at, NEVER), "", "sales"),
        ("Lost", np.where(course.lost, course.closed_at, NEVER), _lost_reasons(rng, people), "sales"),
    ]
    last = np.minimum(course.closed_at, EXPORTED_AT)
    rows = pd.concat([_rows(people["lead_id"], change, last) for change in changes])
    rows = rows.sort_values("at", kind="stable", ignore_index=True)
    return rows.assign(at=times(rows["at"].to_numpy()))


def _rows(lead_ids: pd.Series, change: Change, last: Ints) -> pd.DataFrame:
    stage, at, reason, by = change
    every = pd.DataFrame({"lead_id": lead_ids, "at": at, "stage": stage, "reason": reason, "by": by})
    return every[at <= last]


def _reasons(rng: np.random.Generator, shares: dict[str, float], people: pd.DataFrame) -> pd.Series:
    return pick(rng, shares, len(people)).astype("str")


def _lost_reasons(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    return _reasons(rng, words.LOST_REASONS, people).mask(people["competitor"], words.IS_COMPETITOR)


def lead_table(rng: np.random.Generator, people: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """The leads table as it looks at the export, when much is known that was not at the review."""
    rows = pd.Index(people["lead_id"]).get_indexer(outcomes["lead_id"])
    sal, sql, won = (_among(len(people), rows[outcomes["stage"] == stage]) for stage in ("SAL", "SQL", "Customer"))
    lost = outcomes.loc[outcomes["stage"] == "Lost"].set_index("lead_id")["reason"]
    size = len(people)
    asked = rng.random(size) < np.select([sql, sal], [0.95, 0.4], 0.05)
    money = pd.Series(np.rint(rng.lognormal(np.log(30_000), 0.6, size) / 500).astype(np.int64) * 500, dtype="Int64")
    leads = people.assign(
        created_at=times(people["created"].to_numpy()),
        budget=money.where(asked),
        need=_reasons(rng, words.NEEDS, people).where(asked),
        contract_value=(money * 0.8).astype("Int64").where(won),
        lost_reason=people["lead_id"].map(lost),
        sales_calls=rng.poisson(0.2 + 1.5 * sal + 3.0 * sql + 5.0 * won),
    )
    return plain_text(leads[LEAD_COLUMNS])


def _among(size: int, rows: npt.NDArray[np.intp]) -> Bools:
    """Whether each of ``size`` rows is one of ``rows``."""
    chosen = np.zeros(size, dtype=bool)
    chosen[rows] = True
    return chosen
