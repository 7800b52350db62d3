"""The reference, DuckDB and Spark give the same values for any catalog, any leads and any moments.

Counts, texts and days are the same bits; sums of powers are equal to 1e-9.
"""

import itertools
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.agreement import Agreement, Conversion, Fact, Points, Stage
from features.catalog import Feature, Pair, Source, Value, Where, WordClass
from features.derive import account_of
from features.engines.duck import DuckEngine
from features.engines.results import Result
from features.engines.sources import Tables
from features.moments import DAY, iso, moment
from features.reference import Reader
from features.tables import Event, Lead, StageChange

NOW = moment("2026-11-21T09:00:00Z")
WINDOWS = (1.0, 7.0, 30.0, 0.5)
Engine = Callable[[Sequence[Feature], Tables, pa.Table], list[Result]]

AGREEMENT = Agreement(
    agreement="Acme",
    version="1",
    agreed_on=datetime(2026, 1, 1).date(),
    conversion=Conversion(definition="signed", stage="Customer", horizon_days=90.0),
    points_double_odds=10.0,
    stages=(Stage(stage="Lead", definition="a name", owner="marketing"),),
    fit=(Fact(fact="rank", field="title", points=(Points(equals="head of it", points=8.0),)),),
    interest=(Fact(fact="visits", event="visit", window_days=7.0, points_each=2.5, cap=7.5),),
)


class Company(NamedTuple):
    """Leads with all that the tables say of them, and the moments they are read at."""

    leads: list[Lead]
    moments: list[tuple[str, int]]
    zones: list[int]


def duck(features: Sequence[Feature], tables: Tables, moments: pa.Table) -> list[Result]:
    return list(DuckEngine(threads=1).read(features, tables, moments, agreement=AGREEMENT, missing=["Select"]))


def on(session: Any) -> Engine:
    """Spark as an engine."""
    engine = import_module("features.engines.spark").SparkEngine(session)

    def read(features: Sequence[Feature], tables: Tables, moments: pa.Table) -> list[Result]:
        return list(engine.read(features, tables, moments, agreement=AGREEMENT, missing=["Select"]))

    return read


LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
# A query takes seconds on Spark, however small: there, few examples of many features and leads.
quick = settings(deadline=None, suppress_health_check=LARGE)
few = settings(deadline=None, suppress_health_check=LARGE, max_examples=3, phases=[Phase.explicit, Phase.generate])

# --- catalogs

wheres = st.sampled_from(
    [
        {},
        {"path": Where(starts_with="/a")},
        {"path": Where(contains="b"), "plan": Where()},
        {"plan": "Pro"},
        {"n": 2.0},
        {"plan": Where(one_of=("pro", 3.0))},
    ]
)
over_lead = st.sampled_from(["lead", "account"])
windows = st.one_of(st.none(), st.sampled_from(WINDOWS))
types = st.sampled_from(["visit", "click", "any"])


@st.composite
def event_sources(draw: st.DrawFn) -> Source:
    base: dict[str, Any] = {"event": draw(types), "where": draw(wheres), "window_days": draw(windows)}
    base["over"] = draw(over_lead)
    base["delay_days"] = draw(st.sampled_from([0.0, 0.0, 0.25]))
    measure = draw(st.sampled_from(
        ["count", "decayed", "distinct", "sum", "max", "days_since_first", "days_since_last", "pace", "sessions",
         "leads"]
    ))  # fmt: skip
    if measure == "decayed":
        return Source(**base, half_life_days=draw(st.sampled_from([1.0, 14.0])))
    if measure == "pace":
        base["window_days"] = draw(st.sampled_from([1.0, 7.0]))
        return Source(**base, measure="pace", compare_days=30.0)
    if measure == "sessions":
        return Source(**base | {"over": "lead"}, measure="sessions", gap_minutes=draw(st.sampled_from([30.0, 1440.0])))
    if measure == "leads":
        return Source(**base | {"over": "account"}, measure="leads")
    reads = {"distinct": ["path", "plan", "n"], "sum": ["n"], "max": ["n"]}.get(measure)
    return Source(**base, measure=measure, property=draw(st.sampled_from(reads)) if reads else None)


@st.composite
def features_(draw: st.DrawFn, number: int) -> Feature:
    name = f"x{number}"
    kind = draw(st.sampled_from(["event", "event", "event", "last", "field", "lead", "points"]))
    if kind == "event":
        return feature(name, "number", draw(event_sources()))
    if kind == "last":
        text = draw(st.booleans())
        source = Source(
            event=draw(types), where=draw(wheres), measure="last", window_days=draw(windows), over=draw(over_lead),
            property=draw(st.sampled_from(["path", "plan", "n"])) if text else "n",
        )  # fmt: skip
        return feature(name, "text" if text else "number", source)
    if kind == "field":
        return draw(field_features(name))
    if kind == "lead":
        of = draw(st.sampled_from(["age_days", "stage", "days_in_stage", "colleagues"]))
        return feature(name, "text" if of == "stage" else "number", Source(lead=of))
    return feature(
        name, "number", Source(points_of=draw(st.sampled_from(["rank", "visits", "fit", "interest", "score"])))
    )


@st.composite
def field_features(draw: st.DrawFn, name: str) -> Feature:
    delay = draw(st.sampled_from([0.0, 2.0]))
    field, derive = draw(st.sampled_from(
        [("title", None), ("title", "seniority"), ("title", "persona"), ("email", "email_class"),
         ("email", "email_domain")]
    ))  # fmt: skip
    if draw(st.booleans()):
        return feature(name, "number", Source(field="staff", delay_days=delay))
    classes = (WordClass(name="IT", words=("it", "data*")),) if draw(st.booleans()) and derive is None else ()
    source = Source(field=field, derive=derive, delay_days=delay)
    return Feature(name=name, label=name, kind="fit", type="text", source=source, classes=classes)


def feature(name: str, type_: Any, source: Source) -> Feature:
    return Feature(name=name, label=name, kind="interest", type=type_, source=source)


def pair_of(name: str, first: Feature, second: Feature, cuts: tuple[float, ...]) -> Feature:
    ranges = {f"{k}_cuts": cuts for k, f in (("first", first), ("second", second)) if f.type == "number"}
    return feature(name, "text", Source(pair=Pair(first=first.name, second=second.name, **ranges)))


@st.composite
def catalogs(draw: st.DrawFn, fewest: int = 1, most: int = 6) -> tuple[Feature, ...]:
    """Features, and pairs of those whose values are the same bits and that are not made of others themselves."""
    features = [draw(features_(i)) for i in range(draw(st.integers(fewest, most)))]
    sides = [f for f in features if f.source.points_of is None and f.source.half_life_days is None]
    for i in range(draw(st.integers(0, 2)) if len(sides) > 1 else 0):
        first, second = draw(st.lists(st.sampled_from(range(len(sides))), min_size=2, max_size=2, unique=True))
        cuts = draw(st.sampled_from([(1.0,), (0.0, 2.5), (-1.0, 1.0, 7.0, 30.0)]))
        at = draw(st.integers(0, len(features)))
        features.insert(at, pair_of(f"pair{i}", sides[first], sides[second], cuts))
    return tuple(features)


# --- companies

HALF_HOUR = DAY // 48
EDGES = [
    0,
    1,
    *(int(w * DAY) + e for w in WINDOWS for e in (-1, 0, 1)),
    DAY // 4,
    *(i * HALF_HOUR for i in range(1, 4)),
]
looks = st.sampled_from([0, 0, 0, DAY, 7 * DAY, 1, -1, HALF_HOUR])
ages = st.one_of(
    st.sampled_from(EDGES),
    st.sampled_from(EDGES),
    st.integers(-3 * DAY, 40 * DAY),
    st.integers(-2, 40).map(lambda d: d * DAY),
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(["/a", "/A ", "/a/b", "/c", "", None, "Straße"]),
        "plan": st.sampled_from(["Pro", "pro", 3, 3.0, "3", True, None, ["x"], {"k": 1}]),
        "n": st.one_of(st.none(), st.sampled_from([2, 2.0, "2", " 3.50 ", "", -1.25, 0, 1e12, 0.1, 0.2, -1e12])),
    },
)
ids = st.one_of(st.none(), st.sampled_from(["e1", "e2", "e3"]))
events = st.builds(lambda kind, age, props, id_: Event(kind, NOW - age, props, id_),
                   st.sampled_from(["visit", "click", "other"]), ages, properties, ids)  # fmt: skip
changes = st.builds(
    lambda age, stage: StageChange(NOW - age, stage), ages, st.sampled_from(["MQL", " sal", "Lost", ""])
)
profiles = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Head of IT", "  head  of it", "Data Student", "Einkäufer", "Select", "", None]),
        "email": st.sampled_from(["a@acme.example", "B@ACME.example", "c@other.example", "d@gmail.com", "x", None]),
        "staff": st.sampled_from(["12", " 3.5 ", "", None, "Select", "-0"]),
    }
)


@st.composite
def companies(draw: st.DrawFn, fewest: int = 0, most: int = 4) -> Company:
    n = draw(st.integers(fewest, most))
    leads = [
        Lead(
            f"L{i}",
            draw(profiles),
            tuple(draw(st.lists(events, max_size=7))),
            NOW - draw(ages),
            tuple(draw(st.lists(changes.filter(lambda c: c.stage != ""), max_size=3))),
        )
        for i in range(n)
    ]
    at = (
        st.tuples(st.sampled_from([lead.lead_id for lead in leads]), looks.map(lambda age: NOW - age))
        if n
        else st.nothing()
    )
    moments = draw(st.lists(at, min_size=fewest, max_size=5 + 2 * fewest)) if n else []
    return Company(leads, moments, draw(st.lists(st.integers(-14 * 60, 14 * 60), min_size=1, max_size=4)))


def tables_of(company: Company, order: Callable[[list[Any]], list[Any]] = list) -> Tables:
    zones = company.zones
    rows = [(lead, e) for lead in company.leads for e in lead.events]

    def written(at: int, i: int) -> str:
        zone = timezone(timedelta(minutes=zones[i % len(zones)]))
        return datetime.fromisoformat(iso(at)).astimezone(zone).isoformat()

    events = order([
        {"event_id": e.event_id, "lead_id": lead.lead_id, "at": written(e.at, i), "type": e.type,
         "properties": json.dumps(e.properties) if e.properties or i % 2 else None}
        for i, (lead, e) in enumerate(rows)
    ])  # fmt: skip
    changed = order([{"lead_id": lead.lead_id, "at": written(c.at, i), "stage": c.stage}
                     for lead in company.leads for i, c in enumerate(lead.stages)])  # fmt: skip
    people = [{"lead_id": lead.lead_id, "created_at": written(lead.created_at or 0, i), **lead.profile}
              for i, lead in enumerate(company.leads)]  # fmt: skip
    return Tables(
        table(people, "lead_id created_at title email staff"),
        table(events, "event_id lead_id at type properties"),
        table(changed, "lead_id at stage"),
    )


def table(rows: list[dict[str, Any]], columns: str) -> pa.Table:
    return pa.table({c: pa.array([row[c] for row in rows], pa.string()) for c in columns.split()})


def moments_of(company: Company) -> pa.Table:
    return pa.table({
        "lead_id": pa.array([lead_id for lead_id, _ in company.moments], pa.string()),
        "as_of": pa.array([at for _, at in company.moments], pa.int64()),
    })  # fmt: skip


def by_reference(features: Sequence[Feature], company: Company) -> list[list[Value]]:
    reader = Reader(features, ["Select"], AGREEMENT)
    account = {lead.lead_id: account_of(str(lead.profile.get("email") or "")) for lead in company.leads}
    by_id = {lead.lead_id: lead for lead in company.leads}

    def whole(lead: Lead) -> Lead:
        mine = account[lead.lead_id]
        others = [o for o in company.leads if mine is not None and account[o.lead_id] == mine and o is not lead]
        return Lead(lead.lead_id, lead.profile, lead.events, lead.created_at, lead.stages, tuple(others))

    return [reader.read(whole(by_id[lead_id]), as_of) for lead_id, as_of in company.moments]


def values_of(results: list[Result]) -> list[list[Value]]:
    return [list(row) for result in results for row in zip(*(c.plain() for c in result.columns), strict=True)]


def assert_same(features: Sequence[Feature], got: list[list[Value]], expected: list[list[Value]]) -> None:
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        for f, a, b in zip(features, ours, theirs, strict=True):
            fading = f.source.half_life_days is not None
            assert a == (pytest.approx(b, rel=1e-9, abs=0) if fading and b is not None else b), f.source


def agree(engine: Engine, features: Sequence[Feature], company: Company) -> None:
    got = values_of(engine(features, tables_of(company), moments_of(company)))
    assert_same(features, got, by_reference(features, company))


@settings(quick, max_examples=150)
@given(features=catalogs(), company=companies())
def test_duckdb_gives_the_values_of_the_reference(features: tuple[Feature, ...], company: Company) -> None:
    agree(duck, features, company)


@pytest.mark.spark
@few
@given(features=catalogs(10, 20), company=companies(5, 12))
def test_spark_gives_the_values_of_the_reference(spark: Any, features: tuple[Feature, ...], company: Company) -> None:
    agree(on(spark), features, company)


EVERY_MEASURE = [
    feature(f"x{i}", "text" if source.measure == "last" else "number", source)
    for i, source in enumerate(
        Source(event=kind, window_days=7.0, delay_days=late, **more)
        for kind in ("any", "visit")
        for late in (0.0, 1.0)
        for more in (
            {},
            {"half_life_days": 1.0},
            {"measure": "distinct", "property": "path"},
            {"measure": "sum", "property": "n"},
            {"measure": "max", "property": "n"},
            {"measure": "last", "property": "path"},
            {"measure": "days_since_first"},
            {"measure": "days_since_last"},
            {"measure": "pace", "compare_days": 30.0},
            {"measure": "sessions", "gap_minutes": 30.0},
            {"measure": "leads", "over": "account"},
        )
    )
]
near = st.sampled_from([0, 0, 0, -1, 1])
at_edges = st.builds(int.__add__, st.sampled_from([0, HALF_HOUR, DAY, 7 * DAY, 30 * DAY]), near)
edge_events = st.builds(
    lambda kind, age, path, n, id_: Event(kind, NOW - age, {"path": path, "n": n}, id_),
    st.sampled_from(["visit", "click"]), at_edges, st.sampled_from(["/a", "/b", None]),
    st.sampled_from([1, 0.1, None]), ids,
)  # fmt: skip


def company_at_edges(sent: list[list[Event]]) -> Company:
    leads = [
        Lead(f"L{i}", {"title": None, "email": f"{i}@acme.example", "staff": None}, tuple(events), NOW - 9 * DAY)
        for i, events in enumerate(sent)
    ]
    return Company(leads, [(lead.lead_id, NOW) for lead in leads], [0])


@settings(quick, max_examples=60)
@given(st.lists(st.lists(edge_events, max_size=6), min_size=1, max_size=3))
def test_edges_ties_and_repeats_are_the_same_on_duckdb(sent: list[list[Event]]) -> None:
    agree(duck, EVERY_MEASURE, company_at_edges(sent))


@pytest.mark.spark
@few
@given(st.lists(st.lists(edge_events, min_size=2, max_size=6), min_size=10, max_size=20))
def test_edges_ties_and_repeats_are_the_same_on_spark(spark: Any, sent: list[list[Event]]) -> None:
    agree(on(spark), EVERY_MEASURE, company_at_edges(sent))


SIDES = [
    feature("title", "text", Source(field="title")),
    feature("staff", "number", Source(field="staff", delay_days=2.0)),
    feature("visits", "number", Source(event="visit", window_days=7.0)),
    feature("path", "text", Source(event="any", measure="last", property="path")),
    feature("stage", "text", Source(lead="stage")),
    feature("age", "number", Source(lead="age_days")),
    feature("clicks", "number", Source(event="click", over="account")),
]
PAIRS = [
    pair_of(f"pair{i}", first, second, (0.0, 1.0, 3.5))
    for i, (first, second) in enumerate(itertools.permutations(SIDES, 2))
]


@settings(quick, max_examples=25)
@given(companies())
def test_pairs_are_the_same_on_duckdb(company: Company) -> None:
    agree(duck, [*PAIRS, *SIDES], company)


@pytest.mark.spark
@settings(few, max_examples=1)
@given(companies(5, 12))
def test_pairs_are_the_same_on_spark(spark: Any, company: Company) -> None:
    agree(on(spark), [*PAIRS, *SIDES], company)


def later_and_shuffled(company: Company, data: st.DataObject) -> Tables:
    """The tables of a company with events after every moment, the rows in another order."""
    last = max((at for _, at in company.moments), default=NOW)
    later = [Event(e.type, last + 1 + abs(NOW - e.at), e.properties) for e in data.draw(st.lists(events, max_size=3))]
    more = [Lead(x.lead_id, x.profile, (*x.events, *later), x.created_at, x.stages) for x in company.leads]
    shuffled = data.draw(st.randoms(use_true_random=False))
    return tables_of(company._replace(leads=more), lambda rows: shuffled.sample(rows, len(rows)))


@settings(quick, max_examples=25)
@given(features=catalogs(), company=companies(), data=st.data())
def test_order_and_what_comes_later_change_nothing_on_duckdb(
    features: tuple[Feature, ...], company: Company, data: st.DataObject
) -> None:
    got = values_of(duck(features, later_and_shuffled(company, data), moments_of(company)))
    assert_same(features, got, by_reference(features, company))


@pytest.mark.spark
@few
@given(features=catalogs(10, 20), company=companies(5, 12), data=st.data())
def test_order_and_what_comes_later_change_nothing_on_spark(
    spark: Any, features: tuple[Feature, ...], company: Company, data: st.DataObject
) -> None:
    got = values_of(on(spark)(features, later_and_shuffled(company, data), moments_of(company)))
    assert_same(features, got, by_reference(features, company))
