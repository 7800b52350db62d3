"""Any catalog, any leads and any moments, as the engines are given them, and what the reference reads of them."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from catalogs import WINDOWS, feature
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.agreement import Agreement, Conversion, Fact, Points, Stage
from features.catalog import Feature, Source, Value
from features.derive import account_of
from features.engines.duck import DuckEngine
from features.engines.results import Result
from features.engines.sources import Tables
from features.moments import DAY, iso, moment
from features.reference import Reader
from features.tables import Event, Lead, ProfileVersion, StageChange

NOW = moment("2026-11-21T09:00:00Z")
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
    lambda age, stage, heard: StageChange(NOW - age, stage, heard),
    ages, st.sampled_from(["MQL", " sal", "Lost", ""]), known,
)  # fmt: skip
stage_changes = changes.filter(lambda c: c.stage != "")
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
                tuple(c if late else c._replace(known_from=None) for c in draw(st.lists(stage_changes, max_size=3))),
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
    changed = order([{"lead_id": lead.lead_id, "at": written(c.at, i), "stage": c.stage,
                      "known_from": None if c.known_from is None else written(c.known_from, i)}
                     for lead in company.leads for i, c in enumerate(lead.stages)])  # fmt: skip
    people = order([
        {"lead_id": lead.lead_id, "created_at": written(lead.created_at or 0, i), "valid_from": written(since, i),
         "account_from": None if lead.account_from is None else written(lead.account_from, i), **profile}
        for i, lead in enumerate(company.leads)
        for since, profile in lead.versions or [(0, lead.profile)]
    ])  # fmt: skip
    late = any(x.known_from is not None for lead in company.leads for x in (*lead.events, *lead.stages))
    joining = any(lead.account_from is not None for lead in company.leads)
    changing = any(lead.versions for lead in company.leads)
    dated = "".join([" account_from" * joining, " valid_from" * changing])
    return Tables(
        table(people, f"lead_id created_at title email staff{dated}"),
        table(events, f"event_id lead_id at type properties{' known_from' * late}"),
        table(changed, f"lead_id at stage{' known_from' * late}"),
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


# --- at the edges of windows

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
