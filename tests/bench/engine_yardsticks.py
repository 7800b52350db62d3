"""What a bulk feature engine is measured against: 40 event features of the made-up company, computed by other means.

``handwritten`` is one DuckDB query, written out as a person would; ``pandas_way`` is a filter and a group-by per
feature. ``agree`` holds both against the plain Python reference on a small company.

    leadscore madeup FOLDER --leads 1000000 --events-per-lead 50 --format parquet
    python tests/bench/engine_yardsticks.py query FOLDER
    python tests/bench/engine_yardsticks.py pandas FOLDER --leads 100000
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd

from features.catalog import Feature, Source, Where
from features.moments import DAY, moment
from features.reference import Reader
from features.tables import Event, Lead
from training.madeup.parts import write_company_in_parts

AS_OF = moment("2026-09-01T00:00:00Z")


# The features


def _feature(name: str, **source: object) -> Feature:
    return Feature(name=name, label=name, kind="interest", type="number", source=Source(**source))  # type: ignore[arg-type]


def _seen(name: str, path: str, **source: object) -> Feature:
    return _feature(name, event="page_view", where={"path": Where(starts_with=path)}, **source)


PATHS = {name: f"/{name}" for name in ("pricing", "product", "careers", "docs", "blog")}
TYPES = ("email_opened", "email_clicked", "webinar_attended", "demo_requested", "trial_started")

FEATURES = (
    *(_seen(f"{name}_{d}", path, window_days=d) for name, path in PATHS.items() for d in (7, 30, 90)),
    *(_feature(f"{kind}_30", event=kind, window_days=30) for kind in TYPES),
    *(_feature(f"{kind}_ever", event=kind) for kind in TYPES),
    *(_feature(f"any_{d}", event="any", window_days=d) for d in (7, 14, 60)),
    *(
        _feature(f"pages_{d}", event="page_view", measure="distinct", property="path", window_days=d)
        for d in (7, 30, 90)
    ),
    _feature("pages_ever", event="page_view", measure="distinct", property="path"),
    _feature("days_since_any", event="any", measure="days_since_last"),
    _feature("days_since_page", event="page_view", measure="days_since_last"),
    _seen("days_since_pricing", "/pricing", measure="days_since_last"),
    _feature("days_since_click_60", event="email_clicked", measure="days_since_last", window_days=60),
    _seen("pricing_decayed", "/pricing", half_life_days=14, window_days=30),
    _seen("product_decayed", "/product", half_life_days=7, window_days=60),
    _feature("clicks_decayed", event="email_clicked", half_life_days=14, window_days=60),
    _feature("any_decayed", event="any", half_life_days=30, window_days=90),
)
NAMES = tuple(f.name for f in FEATURES)


# DuckDB

# Two things make it fast. A hash that occurs once cannot be a repeat, so only the few others are compared by their
# ids. And with one row a lead, type and path first, a path counts as distinct where its youngest view is young
# enough. Seconds of processors for 200,000 leads with 50 events each: this 10.5; GROUP BY lead_id, event_id over all
# events instead of hashes 12.0 (and three times the memory); one flat list of filtered aggregates with
# count(DISTINCT path) 22.3, grouped 19.9.
QUERY = """
WITH
    seen AS MATERIALIZED (
        SELECT hash(lead_id, event_id) AS key
        FROM read_parquet($events)
        WHERE epoch_us("at") <= $as_of
        GROUP BY key HAVING count(*) > 1
    ),
    known AS (
        SELECT lead_id, type, properties, epoch_us("at") AS moment
        FROM read_parquet($events)
        WHERE epoch_us("at") <= $as_of AND hash(lead_id, event_id) NOT IN (FROM seen)
        UNION ALL
        SELECT lead_id, arg_min(type, "at"), arg_min(properties, "at"), epoch_us(min("at"))
        FROM read_parquet($events)
        WHERE epoch_us("at") <= $as_of AND hash(lead_id, event_id) IN (FROM seen)
        GROUP BY lead_id, event_id
    ),
    event AS (
        SELECT
            lead_id,
            type,
            ($as_of - moment) / 86_400_000_000 AS age,
            nullif(trim(lower(properties->>'path')), '') AS path
        FROM known
    ),
    pathwise AS (
        SELECT
            lead_id,
            type,
            path,
            min(age) AS youngest,
            count(*) FILTER (age < 7) AS n7,
            count(*) FILTER (age < 14) AS n14,
            count(*) FILTER (age < 30) AS n30,
            count(*) FILTER (age < 60) AS n60,
            count(*) FILTER (age < 90) AS n90,
            count(*) AS n,
            sum(pow(0.5, age / 7)) FILTER (age < 60) AS h7_60,
            sum(pow(0.5, age / 14)) FILTER (age < 30) AS h14_30,
            sum(pow(0.5, age / 14)) FILTER (age < 60) AS h14_60,
            sum(pow(0.5, age / 30)) FILTER (age < 90) AS h30_90
        FROM event
        GROUP BY ALL
    ),
    measured AS (
        SELECT
            lead_id,
            sum(n7) FILTER (type = 'page_view' AND starts_with(path, '/pricing')) AS pricing_7,
            sum(n30) FILTER (type = 'page_view' AND starts_with(path, '/pricing')) AS pricing_30,
            sum(n90) FILTER (type = 'page_view' AND starts_with(path, '/pricing')) AS pricing_90,
            sum(n7) FILTER (type = 'page_view' AND starts_with(path, '/product')) AS product_7,
            sum(n30) FILTER (type = 'page_view' AND starts_with(path, '/product')) AS product_30,
            sum(n90) FILTER (type = 'page_view' AND starts_with(path, '/product')) AS product_90,
            sum(n7) FILTER (type = 'page_view' AND starts_with(path, '/careers')) AS careers_7,
            sum(n30) FILTER (type = 'page_view' AND starts_with(path, '/careers')) AS careers_30,
            sum(n90) FILTER (type = 'page_view' AND starts_with(path, '/careers')) AS careers_90,
            sum(n7) FILTER (type = 'page_view' AND starts_with(path, '/docs')) AS docs_7,
            sum(n30) FILTER (type = 'page_view' AND starts_with(path, '/docs')) AS docs_30,
            sum(n90) FILTER (type = 'page_view' AND starts_with(path, '/docs')) AS docs_90,
            sum(n7) FILTER (type = 'page_view' AND starts_with(path, '/blog')) AS blog_7,
            sum(n30) FILTER (type = 'page_view' AND starts_with(path, '/blog')) AS blog_30,
            sum(n90) FILTER (type = 'page_view' AND starts_with(path, '/blog')) AS blog_90,
            sum(n30) FILTER (type = 'email_opened') AS email_opened_30,
            sum(n30) FILTER (type = 'email_clicked') AS email_clicked_30,
            sum(n30) FILTER (type = 'webinar_attended') AS webinar_attended_30,
            sum(n30) FILTER (type = 'demo_requested') AS demo_requested_30,
            sum(n30) FILTER (type = 'trial_started') AS trial_started_30,
            sum(n) FILTER (type = 'email_opened') AS email_opened_ever,
            sum(n) FILTER (type = 'email_clicked') AS email_clicked_ever,
            sum(n) FILTER (type = 'webinar_attended') AS webinar_attended_ever,
            sum(n) FILTER (type = 'demo_requested') AS demo_requested_ever,
            sum(n) FILTER (type = 'trial_started') AS trial_started_ever,
            sum(n7) AS any_7,
            sum(n14) AS any_14,
            sum(n60) AS any_60,
            count(path) FILTER (type = 'page_view' AND youngest < 7) AS pages_7,
            count(path) FILTER (type = 'page_view' AND youngest < 30) AS pages_30,
            count(path) FILTER (type = 'page_view' AND youngest < 90) AS pages_90,
            count(path) FILTER (type = 'page_view') AS pages_ever,
            min(youngest) AS days_since_any,
            min(youngest) FILTER (type = 'page_view') AS days_since_page,
            min(youngest) FILTER (type = 'page_view' AND starts_with(path, '/pricing')) AS days_since_pricing,
            min(youngest) FILTER (type = 'email_clicked' AND youngest < 60) AS days_since_click_60,
            sum(h14_30) FILTER (type = 'page_view' AND starts_with(path, '/pricing')) AS pricing_decayed,
            sum(h7_60) FILTER (type = 'page_view' AND starts_with(path, '/product')) AS product_decayed,
            sum(h14_60) FILTER (type = 'email_clicked') AS clicks_decayed,
            sum(h30_90) AS any_decayed
        FROM pathwise
        GROUP BY lead_id
    )
SELECT
    leads.lead_id,
    coalesce(measured.pricing_7, 0)::DOUBLE AS pricing_7,
    coalesce(measured.pricing_30, 0)::DOUBLE AS pricing_30,
    coalesce(measured.pricing_90, 0)::DOUBLE AS pricing_90,
    coalesce(measured.product_7, 0)::DOUBLE AS product_7,
    coalesce(measured.product_30, 0)::DOUBLE AS product_30,
    coalesce(measured.product_90, 0)::DOUBLE AS product_90,
    coalesce(measured.careers_7, 0)::DOUBLE AS careers_7,
    coalesce(measured.careers_30, 0)::DOUBLE AS careers_30,
    coalesce(measured.careers_90, 0)::DOUBLE AS careers_90,
    coalesce(measured.docs_7, 0)::DOUBLE AS docs_7,
    coalesce(measured.docs_30, 0)::DOUBLE AS docs_30,
    coalesce(measured.docs_90, 0)::DOUBLE AS docs_90,
    coalesce(measured.blog_7, 0)::DOUBLE AS blog_7,
    coalesce(measured.blog_30, 0)::DOUBLE AS blog_30,
    coalesce(measured.blog_90, 0)::DOUBLE AS blog_90,
    coalesce(measured.email_opened_30, 0)::DOUBLE AS email_opened_30,
    coalesce(measured.email_clicked_30, 0)::DOUBLE AS email_clicked_30,
    coalesce(measured.webinar_attended_30, 0)::DOUBLE AS webinar_attended_30,
    coalesce(measured.demo_requested_30, 0)::DOUBLE AS demo_requested_30,
    coalesce(measured.trial_started_30, 0)::DOUBLE AS trial_started_30,
    coalesce(measured.email_opened_ever, 0)::DOUBLE AS email_opened_ever,
    coalesce(measured.email_clicked_ever, 0)::DOUBLE AS email_clicked_ever,
    coalesce(measured.webinar_attended_ever, 0)::DOUBLE AS webinar_attended_ever,
    coalesce(measured.demo_requested_ever, 0)::DOUBLE AS demo_requested_ever,
    coalesce(measured.trial_started_ever, 0)::DOUBLE AS trial_started_ever,
    coalesce(measured.any_7, 0)::DOUBLE AS any_7,
    coalesce(measured.any_14, 0)::DOUBLE AS any_14,
    coalesce(measured.any_60, 0)::DOUBLE AS any_60,
    coalesce(measured.pages_7, 0)::DOUBLE AS pages_7,
    coalesce(measured.pages_30, 0)::DOUBLE AS pages_30,
    coalesce(measured.pages_90, 0)::DOUBLE AS pages_90,
    coalesce(measured.pages_ever, 0)::DOUBLE AS pages_ever,
    measured.days_since_any,
    measured.days_since_page,
    measured.days_since_pricing,
    measured.days_since_click_60,
    coalesce(measured.pricing_decayed, 0)::DOUBLE AS pricing_decayed,
    coalesce(measured.product_decayed, 0)::DOUBLE AS product_decayed,
    coalesce(measured.clicks_decayed, 0)::DOUBLE AS clicks_decayed,
    coalesce(measured.any_decayed, 0)::DOUBLE AS any_decayed
FROM read_parquet($leads) AS leads LEFT JOIN measured USING (lead_id)
"""


def connection(scratch: Path, memory: str = "6GB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """DuckDB within bounds."""
    con = duckdb.connect()
    con.execute(f"SET memory_limit = '{memory}'")
    con.execute(f"SET threads = {threads}")
    con.execute(f"SET temp_directory = '{scratch}'")
    con.execute("SET preserve_insertion_order = false")
    return con


def handwritten(
    con: duckdb.DuckDBPyConnection, events_parquet: Path, leads_parquet: Path, as_of_us: int
) -> duckdb.DuckDBPyRelation:
    """All features of every lead as of a moment, in any order: ``lead_id`` and a column per name in ``NAMES``."""
    parameters = {"events": str(events_parquet), "leads": str(leads_parquet), "as_of": as_of_us}
    return con.sql(QUERY, params=parameters)


# pandas


def pandas_way(events: pd.DataFrame, leads: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """All features of every lead as of a moment, in the order of ``leads``."""
    known = events[events["at"] <= as_of].merge(leads[["lead_id"]], on="lead_id")
    known = known.sort_values("at").drop_duplicates(["lead_id", "event_id"])
    path = known["properties"].map(json.loads).map(lambda properties: properties.get("path"))
    known = known.assign(
        path=path.astype("str").str.strip().str.lower(), age=(as_of - known["at"]) / pd.Timedelta("1D")
    )
    table = leads[["lead_id"]].copy()
    for feature in FEATURES:
        values = table["lead_id"].map(_measured(known, feature.source))
        table[feature.name] = values if feature.source.measure == "days_since_last" else values.fillna(0.0)
    return table


def _measured(known: pd.DataFrame, source: Source) -> pd.Series:
    chosen = known if source.event == "any" else known[known["type"] == source.event]
    if source.window_days is not None:
        chosen = chosen[chosen["age"] < source.window_days]
    for name, test in source.where.items():
        chosen = chosen[chosen[name].str.startswith(test.starts_with, na=False)]
    if source.half_life_days is not None:
        return (0.5 ** (chosen["age"] / source.half_life_days)).groupby(chosen["lead_id"]).sum()
    by_lead = chosen.groupby("lead_id")
    if source.measure == "distinct":
        return by_lead[source.property].nunique()
    return by_lead["age"].min() if source.measure == "days_since_last" else by_lead.size()


# Do they agree?


def agree(leads: int = 400) -> None:
    """Raise AssertionError unless both agree with the reference, on the edges of windows too."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_company_in_parts(folder, leads, seed=5, events_per_lead=50, part=leads // 2)
        people, events = pd.read_parquet(folder / "leads.parquet"), pd.read_parquet(folder / "events.parquet")
        events = pd.concat([events, _edges(people["lead_id"].iloc[0])], ignore_index=True)
        events.to_parquet(folder / "events.parquet", index=False)
        con = connection(folder)
        for as_of in (AS_OF, AS_OF - 40 * DAY):
            expected = _reference(events, people, as_of)
            queried = handwritten(con, folder / "events.parquet", folder / "leads.parquet", as_of).to_arrow_table()
            _same(expected, queried.to_pandas())
            _same(expected, pandas_way(events, people, pd.Timestamp(as_of, unit="us", tz="UTC")))
        con.close()


def _edges(lead_id: str) -> pd.DataFrame:
    """Events on the edges of every window and beside them, with paths as people type them, some delivered twice."""
    ages = [edge * DAY + beside for edge in (0, 7, 14, 30, 60, 90) for beside in (-1, 0, 1)]
    rows = [(f"edge-{kind}-{age}", kind, AS_OF - age) for kind in ("page_view", *TYPES) for age in ages]
    rows += [(name, kind, at + 8 * DAY) for name, kind, at in rows[::2]]
    table = pd.DataFrame(rows, columns=["event_id", "type", "at"]).assign(lead_id=lead_id)
    table["properties"] = [_typed(i) for i in range(len(table))]
    return table.assign(at=pd.to_datetime(table["at"], unit="us", utc=True).astype("datetime64[us, UTC]"))


def _typed(i: int) -> str:
    paths = ('{"path": "/product"}', f'{{"path": "/only/{i}"}}', '{"path": " /PRICING "}', '{"path": null}', "{}")
    return paths[i % len(paths)]


def _reference(events: pd.DataFrame, leads: pd.DataFrame, as_of: int) -> pd.DataFrame:
    at = events["at"].dt.tz_convert(None).astype("int64").tolist()
    did: dict[str, list[Event]] = {}
    rows = zip(events["lead_id"], events["type"], at, events["properties"], events["event_id"], strict=True)
    for lead_id, kind, moment_, properties, event_id in rows:
        did.setdefault(lead_id, []).append(Event(kind, moment_, json.loads(properties), event_id))
    reader = Reader(FEATURES)
    values = [reader.read(Lead(lead_id, {}, tuple(did.get(lead_id, ()))), as_of) for lead_id in leads["lead_id"]]
    return pd.DataFrame(values, columns=list(NAMES), dtype="float64").assign(lead_id=leads["lead_id"])


def _same(expected: pd.DataFrame, found: pd.DataFrame) -> None:
    left, right = (t.set_index("lead_id")[list(NAMES)].astype("float64").sort_index() for t in (expected, found))
    assert left.index.equals(right.index), "not the same leads"
    for name in NAMES:
        near = np.isclose(left[name], right[name], rtol=1e-9, atol=1e-9, equal_nan=True)
        assert near.all(), f"{name}: {left[name][~near].head(3).to_dict()}, not {right[name][~near].head(3).to_dict()}"
