"""The reference, DuckDB and Spark give the same values for any catalog, any leads and any moments.

All values are the same bits, but for sums of powers on Spark, which are equal to 1e-9.
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
from msgspec.structs import replace

from features.agreement import Agreement, Conversion, Fact, Points, Stage
from features.catalog import Feature, Pair, Source, Value, Where, WordClass
from features.derive import account_of
from features.engines.duck import DuckEngine
from features.engines.results import Result
from features.engines.sources import Tables
from features.moments import DAY, iso, moment
from features.reference import Reader
from features.tables import Event, Lead, ProfileVersion, StageChange

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
        "n": st.one_of(
            st.sampled_from([2, 2.0, "2", " 3.50 ", "", -1.25, 0, 1e12, 0.1, 0.2, -1e12, None]), st.floats(-1e15, 1e15)
        ),
    },
)
ids = st.one_of(st.none(), st.sampled_from(["e1", "e2", "e3"]))
known = st.one_of(st.none(), ages.map(lambda age: NOW - age))
events = st.builds(lambda kind, age, props, id_, known_from: Event(kind, NOW - age, props, id_, known_from),
                   st.sampled_from(["visit", "click", "other"]), ages, properties, ids, known)  # fmt: skip
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
def versions(draw: st.DrawFn) -> tuple[ProfileVersion, ...]:
    """Versions of a profile whose e-mail address, which says the account, stays the same."""
    email = draw(profiles)["email"]
    since = draw(st.lists(ages.map(lambda age: NOW - age), min_size=1, max_size=3, unique=True))
    return tuple(ProfileVersion(at, draw(profiles) | {"email": email}) for at in since)


@st.composite
def companies(draw: st.DrawFn, fewest: int = 0, most: int = 4) -> Company:
    """Leads with or without events that were known late, versions of profiles, and a beginning of their accounts."""
    n = draw(st.integers(fewest, most))
    late, changing, joining = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    leads = []
    for i in range(n):
        done = draw(st.lists(events, max_size=7))
        leads.append(
            Lead(
                f"L{i}",
                draw(profiles),
                tuple(done if late else [replace(event, known_from=None) for event in done]),
                NOW - draw(ages),
                tuple(draw(st.lists(changes.filter(lambda c: c.stage != ""), max_size=3))),
                versions=draw(versions()) if changing else (),
                account_from=draw(known) if joining else None,
            )
        )
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
         "properties": json.dumps(e.properties) if e.properties or i % 2 else None,
         "known_from": None if e.known_from is None else written(e.known_from, i)}
        for i, (lead, e) in enumerate(rows)
    ])  # fmt: skip
    changed = order([{"lead_id": lead.lead_id, "at": written(c.at, i), "stage": c.stage}
                     for lead in company.leads for i, c in enumerate(lead.stages)])  # fmt: skip
    people = order([
        {"lead_id": lead.lead_id, "created_at": written(lead.created_at or 0, i), "valid_from": written(since, i),
         "account_from": None if lead.account_from is None else written(lead.account_from, i), **profile}
        for i, lead in enumerate(company.leads)
        for since, profile in lead.versions or [(0, lead.profile)]
    ])  # fmt: skip
    late = any(e.known_from is not None for _, e in rows)
    joining = any(lead.account_from is not None for lead in company.leads)
    changing = any(lead.versions for lead in company.leads)
    dated = "".join([" account_from" * joining, " valid_from" * changing])
    return Tables(
        table(people, f"lead_id created_at title email staff{dated}"),
        table(events, f"event_id lead_id at type properties{' known_from' * late}"),
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
    profile = {lead.lead_id: lead.versions[0].profile if lead.versions else lead.profile for lead in company.leads}
    account = {lead_id: account_of(str(profile[lead_id].get("email") or "")) for lead_id in profile}
    by_id = {lead.lead_id: lead for lead in company.leads}

    def whole(lead: Lead) -> Lead:
        mine = account[lead.lead_id]
        others = [o for o in company.leads if mine is not None and account[o.lead_id] == mine and o is not lead]
        return replace(lead, colleagues=tuple(others))

    return [reader.read(whole(by_id[lead_id]), as_of) for lead_id, as_of in company.moments]


def values_of(results: list[Result]) -> list[list[Value]]:
    return [list(row) for result in results for row in zip(*(c.plain() for c in result.columns), strict=True)]


def assert_same(
    engine: Engine, features: Sequence[Feature], got: list[list[Value]], expected: list[list[Value]]
) -> None:
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        for f, a, b in zip(features, ours, theirs, strict=True):
            near = f.source.half_life_days is not None and engine is not duck and b is not None
            assert a == (pytest.approx(b, rel=1e-9, abs=1e-9) if near else b), f.source


def agree(engine: Engine, features: Sequence[Feature], company: Company) -> None:
    got = values_of(engine(features, tables_of(company), moments_of(company)))
    assert_same(engine, features, got, by_reference(features, company))


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
    lambda kind, age, path, n, id_, known: Event(kind, NOW - age, {"path": path, "n": n}, id_, known),
    st.sampled_from(["visit", "click"]), at_edges, st.sampled_from(["/a", "/b", None]),
    st.sampled_from([1, 0.1, None]), ids, st.sampled_from([None, None, NOW, NOW + 1, NOW - DAY]),
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


heard = st.sampled_from([None, NOW - DAY, NOW - 1, NOW, NOW + 1])
repeats = st.builds(
    lambda age, path, known: Event("visit", NOW - age, {"path": path, "n": 1}, "e1", known),
    st.sampled_from([DAY, DAY + 1]), st.sampled_from(["/a", "/b", "/c"]), heard,
)  # fmt: skip


@settings(quick, max_examples=60)
@given(st.lists(st.lists(repeats, min_size=2, max_size=6), min_size=1, max_size=3))
def test_of_repeats_known_at_different_times_the_same_counts_on_duckdb(sent: list[list[Event]]) -> None:
    told_apart = [f for f in EVERY_MEASURE if f.source.measure in ("count", "last", "days_since_last", "sessions")]
    agree(duck, told_apart[:6], company_at_edges(sent))


def test_sessions_are_those_known_at_each_moment() -> None:
    """An event 20 minutes from two others, known only after the first moment, makes one session of two."""
    sessions = feature("sessions", "number", Source(event="visit", measure="sessions", gap_minutes=30.0))
    minutes = DAY // 1440
    sent = [Event("visit", NOW - 60 * minutes), Event("visit", NOW - 40 * minutes, known_from=NOW + 1),
            Event("visit", NOW - 20 * minutes)]  # fmt: skip
    company = company_at_edges([sent])._replace(moments=[("L0", NOW), ("L0", NOW + 1)])
    assert by_reference([sessions], company) == [[2], [1]]
    agree(duck, [sessions], company)


WHO = [
    feature("title", "text", Source(field="title")),
    feature("staff", "number", Source(field="staff", delay_days=2.0)),
    feature("colleagues", "number", Source(lead="colleagues")),
    feature("visits", "number", Source(event="visit", over="account")),
]
edges = st.sampled_from([NOW - 2 * DAY, NOW]).flatmap(lambda at: st.sampled_from([at - 1, at, at + 1]))
people = st.builds(
    lambda since, joined, created: Lead(
        "",
        versions=tuple(
            ProfileVersion(at, {"title": f"t{i}", "email": "a@acme.example", "staff": str(i)})
            for i, at in enumerate(since)
        ),
        events=(Event("visit", NOW - 3 * DAY),),
        created_at=created,
        account_from=joined,
    ),
    st.lists(edges, min_size=1, max_size=4, unique=True), st.one_of(st.none(), edges), edges,
)  # fmt: skip


@settings(quick, max_examples=60)
@given(st.lists(people, min_size=1, max_size=4))
def test_who_a_lead_was_at_the_edges_is_the_same_on_duckdb(drawn: list[Lead]) -> None:
    leads = [replace(lead, lead_id=f"L{i}") for i, lead in enumerate(drawn)]
    agree(duck, WHO, Company(leads, [(lead.lead_id, NOW) for lead in leads], [0]))


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


def _later(lead: Lead, last: int) -> list[ProfileVersion]:
    """A version after every moment, of the same account, for a lead that has versions."""
    since = 1 + max((version.valid_from for version in lead.versions), default=0)
    email = {"email": lead.versions[0].profile["email"]} if lead.versions else {}
    return [ProfileVersion(max(last + 1, since), {"title": "Later", "staff": "7", **email})] if lead.versions else []


def later_and_shuffled(company: Company, data: st.DataObject) -> Tables:
    """The tables of a company with events after every moment, the rows in another order."""
    last = max((at for _, at in company.moments), default=NOW)
    drawn = data.draw(st.lists(events, max_size=3))
    later = [Event(e.type, last + 1 + abs(NOW - e.at), e.properties) for e in drawn]
    later += [replace(e, known_from=last + 1) for e in drawn]
    more = [
        replace(lead, events=(*lead.events, *later), versions=(*lead.versions, *_later(lead, last)))
        for lead in company.leads
    ]
    shuffled = data.draw(st.randoms(use_true_random=False))
    return tables_of(company._replace(leads=more), lambda rows: shuffled.sample(rows, len(rows)))


@settings(quick, max_examples=25)
@given(features=catalogs(), company=companies(), data=st.data())
def test_order_and_what_comes_later_change_nothing_on_duckdb(
    features: tuple[Feature, ...], company: Company, data: st.DataObject
) -> None:
    got = values_of(duck(features, later_and_shuffled(company, data), moments_of(company)))
    assert_same(duck, features, got, by_reference(features, company))


@pytest.mark.spark
@few
@given(features=catalogs(10, 20), company=companies(5, 12), data=st.data())
def test_order_and_what_comes_later_change_nothing_on_spark(
    spark: Any, features: tuple[Feature, ...], company: Company, data: st.DataObject
) -> None:
    engine = on(spark)
    got = values_of(engine(features, later_and_shuffled(company, data), moments_of(company)))
    assert_same(engine, features, got, by_reference(features, company))
