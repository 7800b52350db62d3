"""What each kind of fact adds on the same later leads, and what peeking would have claimed.

    python protocol.py FOLDER_OF_THE_TABLES

The protocol of rivals that were measured on these rows: leads at day 7, not yet adopted, created before March 2014, in
order of creation; the first 70 % train; a lead counts as converted when it adopts at any time later in the data. It is
kinder than ``leadscore train``, which learns only from outcomes that were known at the split.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from features.agreement import Agreement
from features.catalog import Feature, Source
from features.catalogfile import load_catalog
from features.columns import joined_columns
from features.engines.duck import DuckEngine
from features.engines.sources import Tables
from features.loading import load_agreement
from training.config import Learner
from training.dataset import Dataset
from training.evaluate import additive
from training.fitting import fit_scorecard
from training.measures import measure

HERE = Path(__file__).parent
DAY = pd.Timedelta(days=1)
LAST_CREATED, EXPORT = pd.Timestamp("2014-03-01", tz="UTC"), pd.Timestamp("2014-06-07", tz="UTC")
AS_RIVALS = ("colleagues", "marketing_drip", "invited", "sign_up_weekday", "sign_up_hour")
AGE = Feature(name="age", label="days since the sign-up", kind="fit", type="number", source=Source(lead="age_days"))
Facts = Sequence[Feature]


class Line(NamedTuple):
    """What the blend reached: leads, measures on the later ones, and the weight of history."""

    train: int
    test: int
    auc: float
    log_loss: float
    history: float


class Protocol:
    """The leads of the protocol, read with any facts at any ages."""

    def __init__(self, folder: Path, agreement: Agreement) -> None:
        self.folder, self.agreement = folder, agreement
        leads = pd.read_parquet(folder / "leads.parquet", columns=["lead_id", "created_at"])
        adopted = pd.read_parquet(folder / "outcomes.parquet").set_index("lead_id")["at"]
        leads["adopted"] = leads["lead_id"].map(adopted)
        self._leads = leads[leads["created_at"] < LAST_CREATED]
        at_7 = self.rows(7)
        self.cut = at_7["created_at"].iloc[int(0.7 * len(at_7))]

    def rows(self, *ages: int) -> pd.DataFrame:
        """The leads at these ages that have not adopted by then, in order of time."""
        aged = pd.concat([self._leads.assign(age=age, as_of=self._leads["created_at"] + age * DAY) for age in ages])
        return aged[~(aged["adopted"] <= aged["as_of"])].sort_values(["as_of", "lead_id"])

    def data(self, rows: pd.DataFrame, facts: Facts, events: Path, read_at: pd.Timestamp | None = None) -> Dataset:
        """The rows with their facts; ``read_at``: all as of this moment instead of each as of its own."""
        features = (*self.agreement.features, *facts)
        as_of = _microseconds(rows["as_of"] if read_at is None else pd.Series(read_at, rows.index))
        moments = pa.table({"lead_id": rows["lead_id"].astype(str).to_numpy(dtype=object), "as_of": as_of})
        tables = Tables(self.folder / "leads.parquet", events, None, "lead_id", "org_id")
        parts = [result.columns for result in DuckEngine().read(features, tables, moments)]
        later = rows["adopted"].notna().to_numpy()
        return Dataset(
            features=features,
            columns=tuple(joined_columns(column) for column in zip(*parts, strict=True)),
            converted=later.astype(np.int64),
            when=_microseconds(rows["as_of"]).astype(np.float64),
            converts_ever=later,
            lead_ids=tuple(rows["lead_id"]),
            profile=rows,
            fingerprint="",
        )

    def learn(
        self,
        facts: Facts,
        *,
        ages: tuple[int, ...] = (7,),
        events: str = "events.parquet",
        read_at: pd.Timestamp | None = None,
    ) -> Line:
        """Learn from the leads before the cut at all ages, test on those after it at day 7."""
        rows = self.rows(*ages)
        data = self.data(rows, facts if len(ages) == 1 else [*facts, AGE], self.folder / events, read_at)
        before = (rows["created_at"] < self.cut).to_numpy()
        train = data.take(np.flatnonzero(before))
        test = data.take(np.flatnonzero(~before & (rows["age"] == 7).to_numpy()))
        fitted = fit_scorecard("asana", train, self.agreement, Learner())
        blend = measure(test.converted, additive(fitted, test)["blend"])
        return Line(len(train), len(test), blend.auc, blend.log_loss, fitted.weight.weight_of_history)


def lines(folder: Path) -> Iterator[tuple[str, Line]]:
    """The lines of the table, each as soon as it is measured."""
    protocol = Protocol(folder, load_agreement(HERE / "agreement.yaml"))
    declared, richer = load_catalog(HERE / "features.yaml"), load_catalog(HERE / "features_richer.yaml")
    everything = (*declared, *richer)
    yield "the agreement's", protocol.learn(())
    yield "the rivals'", protocol.learn([f for f in richer if f.name in AS_RIVALS])
    yield "declared", protocol.learn(declared)
    yield "declared and richer", protocol.learn(everything)
    yield "declared; learned at days 5 to 10", protocol.learn(declared, ages=(5, 6, 7, 8, 9, 10))
    yield "declared; learned at days 3, 7, 14, 28", protocol.learn(declared, ages=(3, 7, 14, 28))
    yield "peeking by hours: logins of the same day", protocol.learn(declared, events=same_day(folder))
    yield "peeking: read at the export", protocol.learn(declared, read_at=EXPORT)
    yield "peeking: richer, read at the export", protocol.learn(everything, read_at=EXPORT)


def _microseconds(moments: pd.Series) -> np.ndarray:
    return moments.to_numpy("datetime64[us]").astype(np.int64)


def same_day(folder: Path) -> str:
    """A copy of the events where a login counts from the start of its day, hours before it happens."""
    events = pd.read_parquet(folder / "events.parquet")
    events.loc[events["type"] == "login", "at"] -= DAY
    events.to_parquet(folder / "events_same_day.parquet", index=False)
    return "events_same_day.parquet"


def main(folder: Path) -> None:
    """Print the table of README.md."""
    print("| facts | train | test | AUC | log loss | history |\n|---|---|---|---|---|---|")
    for name, line in lines(folder):
        print(
            f"| {name} | {line.train:,} | {line.test:,} | {line.auc:.4f} | {line.log_loss:.4f} | {line.history:.0%} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
