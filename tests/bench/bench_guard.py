"""What the leakage guard names: on real data whose leaks are known, on leaks that are made up, and how fast.

Each configuration here says no more than which column is the outcome and what orders the leads in time: no column is
declared to know the future, and no suspicion is answered. The agreement is empty.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from figures import ROOT, Figure, at_least, at_most, shared_file
from msgspec.structs import replace

from features.agreement import Agreement, Conversion, Stage
from features.catalog import Feature, Source
from features.columns import Numbers, Texts
from features.loading import load_agreement
from training.assemble import load_dataset
from training.config import LeadsTable, Order, Outcome, TrainConfig, load_config
from training.dataset import Dataset
from training.guard.guard import inspect
from training.madeup.company import make_company, write_company
from training.madeup.leaks import LEAKS, with_leaks
from training.reading import read_table

MONTHS = "Jan Feb Mar Apr May June Jul Aug Sep Oct Nov Dec".split()
EMPTY = Agreement(
    agreement="empty",
    version="1",
    agreed_on=date(2026, 1, 1),
    conversion=Conversion(definition="buys", stage="Customer", horizon_days=30),
    points_double_odds=10,
    stages=(
        Stage(stage="Lead", definition="a name", owner="marketing"),
        Stage(stage="Customer", definition="bought", owner="sales", gate="paid"),
    ),
)


class Real(NamedTuple):
    """A flat export: how it is read, what knows the future or is a clock in it, and what may be argued about."""

    config: TrainConfig
    leaks: frozenset[str]
    arguable: frozenset[str] = frozenset()


def flat(name: str, order: str = "", positive: str = "yes", *, outcome: str, **leads: object) -> TrainConfig:
    """A configuration that says nothing about any further column."""
    by = Order(column=order) if order else Order(rows=True)
    told = Outcome(column=outcome, positive=(positive,))
    return TrainConfig(name=name, agreement="", leads=LeadsTable(**leads), order=by, outcome=told)


DEALS = (
    "seller_id sdr_id sr_id won_date business_segment lead_type lead_behaviour_profile has_company has_gtin "
    "average_stock business_type declared_product_catalog_size declared_monthly_revenue"
)
# Month orders the shoppers: no later month has been there before. The calls of a campaign count the current one.
REAL = {
    "xeducation": Real(
        flat("x", "Lead Number", "1", outcome="Converted", id="Prospect ID", missing_values=("Select",)),
        frozenset(f"Asymmetrique {of} {what}" for of in ("Activity", "Profile") for what in ("Index", "Score"))
        | {"Tags", "Lead Quality", "Lead Profile", "Last Notable Activity"},
    ),
    "bank_additional": Real(
        flat("b", outcome="y"),
        frozenset("duration emp.var.rate cons.price.idx cons.conf.idx euribor3m nr.employed".split()),
        frozenset(("campaign",)),
    ),
    "shoppers": Real(flat("s", positive="true", outcome="Revenue"), frozenset(("PageValues",)), frozenset(("Month",))),
    "olist": Real(flat("o", "first_contact_date", outcome="won", id="mql_id"), frozenset(DEALS.split())),
}


def table(name: str, folder: Path) -> Path | None:
    """The file of a data set: as it is, or with its rows in order of time, or joined with its deals."""
    if name == "shoppers":
        path = shared_file("shoppers.csv.gz")
        if path is None:
            return None
        frame = read_table(path).sort_values("Month", key=lambda month: month.map(MONTHS.index), kind="stable")
    elif name == "olist":
        path, deals = shared_file("olist_mql.csv.gz"), shared_file("olist_closed_deals.csv.gz")
        if path is None or deals is None:
            return None
        frame = read_table(path).merge(read_table(deals), on="mql_id", how="left")
        frame = frame.assign(won=np.where(frame["seller_id"].notna(), "yes", "no"))
    else:
        return shared_file(f"{name}.csv.gz")
    frame.to_csv(folder / f"{name}.csv", index=False)
    return folder / f"{name}.csv"


def named(config: TrainConfig, agreement: Agreement, leads: Path) -> set[str]:
    """The columns that the guard asks about."""
    first, later = load_dataset(config, agreement, leads, leads.parent).split(config.train_share)
    return {suspicion.column for suspicion in inspect(first, later, config).suspicions}


def on_real_data() -> Iterator[Figure]:
    """Leaks named of those known, and everything else that is named, over the four data sets."""
    alarms = 0
    for name, real in REAL.items():
        with TemporaryDirectory() as folder:
            path = table(name, Path(folder))
            if path is None:
                return
            columns = named(real.config, EMPTY, path)
        false = columns - real.leaks - real.arguable
        alarms += len(false)
        missed = real.leaks - columns
        print(f"   {name}: missed {sorted(missed)}; false alarms {sorted(false)}; {sorted(columns & real.arguable)}")
        share = len(real.leaks & columns) / len(real.leaks)
        yield at_least(f"{name}: leaking columns named, of {len(real.leaks)}", share, "share", 1.0)
    yield at_most("false alarms on four real data sets", alarms, "columns", 1)


def on_made_up_leaks(seeds: range = range(1, 11), leads: int = 5_000) -> Iterator[Figure]:
    """The fewest of ten forms found in any company, and whatever else was named, with leaks and without."""
    folder = ROOT / "training" / "madeup"
    config, agreement = load_config(folder / "train.yaml"), load_agreement(folder / "agreement.yaml")
    empty = replace(agreement, fit=(), interest=(), exclusions=(), fast_tracks=(), examples=())
    found, alarms = [], 0
    for seed in seeds:
        company = make_company(leads, seed)
        for made in (company, with_leaks(company, seed)):
            with TemporaryDirectory() as where:
                write_company(made, Path(where))
                columns = named(config, empty, Path(where) / "leads.csv")
            alarms += len(columns - set(LEAKS))
        found.append(len(columns & set(LEAKS)))
        print(f"   seed {seed}: missed {sorted(set(LEAKS) - columns)}")
    yield at_least(f"made-up leaks found, fewest of {len(found)} companies", min(found), "of 10", 9)
    yield at_most("false alarms among honest columns of made-up companies", alarms, "columns", 0)


def large(rows: int = 200_000, columns: int = 40) -> Dataset:
    """Leads with numbers, texts of few values and of many, and fields that are often empty."""
    rng = np.random.default_rng(1)
    profile, read = {}, []
    words = {values: tuple(f"value {i}" for i in range(values)) for values in (8, 400, 50_000)}
    for i in range(columns):
        if i % 2:
            codes = rng.integers(-1, len(of := words[(8, 400, 50_000)[i // 2 % 3]]), rows).astype(np.int32)
            read.append(Texts(codes, of))
            profile[f"c{i}"] = pd.Series(np.array([*of, None], dtype=object)[codes])
        else:
            read.append(Numbers(np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(0, 2, rows))))
            profile[f"c{i}"] = pd.Series(read[-1].values)
    kinds = ["text" if i % 2 else "number" for i in range(columns)]
    features = [
        Feature(name=f"c{i}", label=f"c{i}", kind="fit", type=kind, source=Source(field=f"c{i}"))
        for i, kind in enumerate(kinds)
    ]
    won = (rng.random(rows) < 0.1).astype(np.int64)
    ids = tuple(f"L-{i}" for i in range(rows))
    order = np.arange(rows, dtype=np.float64)
    return Dataset(tuple(features), tuple(read), won, order, won == 1, ids, pd.DataFrame(profile), "sha256:bench")


def seconds() -> Iterator[Figure]:
    """How long the guard takes."""
    first, later = large().split(0.7)
    start = perf_counter()
    report = inspect(first, later, flat("large", outcome="won"))
    took = perf_counter() - start
    yield at_most(f"guard on 200,000 rows x {len(first.features)} columns", took, "s", 5.0)
    yield at_most("false alarms among its columns without signal", len(report.suspicions), "columns", 0)


def run() -> list[Figure]:
    """All figures."""
    return [*on_real_data(), *on_made_up_leaks(), *seconds()]
