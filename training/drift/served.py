"""Scores as they were served, from the files of ``leadscore score``, joined with what became of the leads."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.describe import amount
from features.errors import DataError
from training.drift.finished import Finished
from training.drift.outcomes import Outcomes
from training.measures import periods_of
from training.reading import moments, read_table, require

COLUMNS = ("lead_id", "probability", "as_of", "model_version")
ENDINGS = (".csv", ".csv.gz", ".parquet")
SHOWN = 3  # ids in an error

Bools = NDArray[np.bool_]
Learned = Callable[[str], float | None]


def read_scores(path: Path) -> pd.DataFrame:
    """The scores in a file, or in all files of a folder: ``lead_id``, ``probability``, ``at``, ``version``.

    Raises DataError where there is none, a column is missing, or a value is no probability or no moment.
    """
    files = sorted(p for p in path.iterdir() if p.name.endswith(ENDINGS)) if path.is_dir() else [path]
    if not files:
        raise DataError("the folder holds no scores", where=str(path), allowed="files as leadscore score writes them")
    return pd.concat([_read(file) for file in files], ignore_index=True)


def _read(file: Path) -> pd.DataFrame:
    table = read_table(file, ids=["lead_id", "model_version"])
    for column in COLUMNS:
        require(table, column, what="the column", table=file.name)
    probability = pd.to_numeric(table["probability"], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~((probability >= 0) & (probability <= 1)))
    if len(bad):
        where, got = f"{file.name}, row {bad[0] + 2}, column 'probability'", str(table["probability"].iloc[bad[0]])
        raise DataError("this is no probability", where=where, got=got, allowed="a number from 0 to 1")
    return pd.DataFrame(
        {
            "lead_id": table["lead_id"].astype(str),
            "probability": probability,
            "at": np.array(moments(table["as_of"], table=file.name), dtype=np.float64),
            "version": table["model_version"].astype(str),
        }
    )


def served(scores: pd.DataFrame, outcomes: Outcomes, learned: Learned, since: float | None = None) -> Finished:
    """The scores whose horizon has passed, with what became of the leads; what is left out stands in ``notes``.

    A lead that was scored several times in a month by one version counts once, by its first score there.

    learned: up to when, in the data's order of time, a version has learned outcomes; None where that is not known
    since: scores of leads before it, in the same order, do not count
    Raises DataError where no score is of a lead that the data hold.
    """
    known = _known(scores, outcomes)
    notes = {"of leads that the data do not hold": int(np.count_nonzero(~known))}
    table = scores[known].join(outcomes.table, on="lead_id").sort_values(["at", "lead_id"], kind="stable")
    kept = np.ones(len(table), np.bool_)
    for why, rows in _left_out(table, outcomes, learned, since).items():
        notes[why] = int(np.count_nonzero(kept & rows))
        kept &= ~rows
    table = table[kept]
    month = periods_of(table["at"].to_numpy(), dated=True)
    again = table.assign(month=month).duplicated(["lead_id", "version", "month"])
    notes["of a lead that had one in the same month"] = int(again.sum())
    return _finished(table[~again], outcomes, tuple(f"{amount(n, 'scores')} {why}" for why, n in notes.items() if n))


def _known(scores: pd.DataFrame, outcomes: Outcomes) -> Bools:
    """Which scores are of leads that the data hold."""
    known = scores["lead_id"].isin(outcomes.table.index).to_numpy(dtype=np.bool_)
    if not known.any():
        got = ", ".join(scores["lead_id"].head(SHOWN)) + (", ..." if len(scores) > SHOWN else "")
        do = "give the scores of these leads; without an id column leads are numbered by their rows"
        raise DataError("no score is of a lead of the data", got=got, do=do)
    return known


def _left_out(table: pd.DataFrame, outcomes: Outcomes, learned: Learned, since: float | None) -> dict[str, Bools]:
    """Why scores say nothing, and which."""
    at = table["at"].to_numpy()
    came = at if outcomes.by_score else table["came"].to_numpy()
    boundaries = {version: learned(version) for version in table["version"].unique()}
    boundary = table["version"].map(boundaries).astype(np.float64).to_numpy()
    waiting = at + outcomes.horizon > outcomes.known_until
    return {
        "of leads from before --since": came < (-np.inf if since is None else since),
        "of leads that were closed already": table["closed_at"].to_numpy() <= at,
        "whose horizon has not passed": waiting & (outcomes.horizon > 0),
        "from the time that their version had learned from": came <= boundary,
    }


def _finished(table: pd.DataFrame, outcomes: Outcomes, notes: tuple[str, ...]) -> Finished:
    at, converted = table["at"].to_numpy(), table["converted"].to_numpy(dtype=np.bool_)
    if outcomes.horizon:
        converted = converted & (table["converted_at"].to_numpy() <= at + outcomes.horizon)
    return Finished(
        probability=table["probability"].to_numpy(),
        converted=converted.astype(np.int64),
        whose=np.unique(table["lead_id"].to_numpy(dtype=np.str_), return_inverse=True)[1],
        at=at,
        dated=True,
        versions=table["version"].to_numpy(dtype=np.str_),
        served=True,
        notes=notes,
    )
