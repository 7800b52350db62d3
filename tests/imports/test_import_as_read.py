"""What the store says of an imported lead at a moment of its life is what the file says, for facts of every kind."""

import struct
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from brought import Rows, bring
from desk import START, Desk, programs_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from features.catalog import Feature, Pair, Source, Value, Where
from features.moments import DAY, iso, moment
from features.reference import Reader
from features.tables import Event, Lead, ProfileVersion, StageChange
from serving.leads.facts import Needs, lead_at
from serving.leads.record import find
from serving.store.database import Store
from serving.store.migrate import migrate
from training.scorecard import Scorecard


def feature(name: str, type_: Any = "number", **source: Any) -> Feature:
    return Feature(name=name, label=name, kind="interest", type=type_, source=Source(**source))


FEATURES = (
    *(feature(field, "text", field=field) for field in ("title", "staff", "flag", "nowhere")),
    feature("seniority", "text", field="title", derive="seniority"),
    feature("visits", event="visit"),
    feature("prices", event="visit", where={"path": Where(starts_with="/a")}, window_days=3.0),
    feature("fading", event="any", half_life_days=1.5),
    feature("distinct", event="any", measure="distinct", property="path"),
    feature("most", event="any", measure="max", property="n", window_days=7.0),
    feature("last", "text", event="any", measure="last", property="path"),
    feature("first", event="visit", measure="days_since_first"),
    feature("sessions", event="any", measure="sessions", gap_minutes=60.0),
    feature("of_account", event="visit", over="account"),
    feature("colleagues", lead="colleagues"),
    feature("age", lead="age_days"),
    feature("stage", "text", lead="stage"),
    feature("in_stage", lead="days_in_stage"),
    feature("pair", "text", pair=Pair(first="title", second="visits", second_cuts=(1.0, 3.0))),
)
EVERYTHING = Needs(types=None, window=None, accounts=True, stages=True)
NUMBERS = count()

hours = st.integers(-20 * 24, 0).map(lambda hour: START + hour * DAY // 24)
times = st.one_of(hours, st.builds(lambda at, by: min(at + by, START), hours, st.integers(-2, 2)))
profiles = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Head of IT", " Data  Student", "Straße", "", None]),
        "staff": st.sampled_from(["7", "3.50", "007", "-0.0", "many", None]),
        "flag": st.sampled_from(["true", "1", None]),
    }
)
properties = st.sampled_from(
    [None, "{}", '{"path": "/a"}', '{"n": 1e3, "path": "/A "}', '{ "path":"/a", "n":0.1}', '{"path": ["x"], "n": null}']
)


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Rows]:
    """Tables of up to four leads, of one or two accounts, rows in any order."""
    tables: dict[str, list[dict[str, Any]]] = {"leads": [], "events": [], "outcomes": []}
    prefix = f"{next(NUMBERS)}-"
    dated = draw(st.booleans())
    for i in range(draw(st.integers(1, 4))):
        lead = {"lead_id": f"{prefix}L{i}"}
        created = {"created_at": iso(draw(times)), "account": draw(st.sampled_from([None, f"{prefix}a", f"{prefix}b"]))}
        since = draw(st.lists(times, min_size=1, max_size=3 if dated else 1, unique=True))
        tables["leads"] += [
            lead | created | draw(profiles) | ({"valid_from": iso(at)} if dated else {}) for at in since
        ]
        for n in range(draw(st.integers(0, 6))):
            event_id = draw(st.sampled_from([None, f"{prefix}{i}-{n}", f"{prefix}{i}-again"]))
            sent_again = event_id is not None and event_id.endswith("again")
            known = None if sent_again else draw(st.one_of(st.none(), times.map(iso)))
            told = {"event_id": event_id, "at": iso(draw(times)), "known_from": known}
            kind = {"type": draw(st.sampled_from(["visit", "click"])), "properties": draw(properties)}
            tables["events"].append(lead | told | kind)
        moves = draw(st.lists(times, max_size=3, unique=True))
        stages = st.sampled_from(["Lead", "MQL", "Lost", "Customer"])
        tables["outcomes"] += [lead | {"at": iso(at), "stage": draw(stages)} for at in moves]
    return {name: draw(st.permutations(rows)) for name, rows in tables.items()}


def cell(text: str | None) -> str | None:
    """As every reader of CSV files here has it."""
    return text.strip() or None if text is not None else None


def lead_of(lead_id: str, tables: Mapping[str, Rows]) -> Lead:
    """The lead that the tables tell of."""
    mine = {name: [row for row in rows if row["lead_id"] == lead_id] for name, rows in tables.items()}
    versions = [
        ProfileVersion(
            moment(row.get("valid_from") or row["created_at"]),
            {name: value for name in ("title", "staff", "flag") if (value := cell(row[name])) is not None},
        )
        for row in mine["leads"]
    ]
    happened = [
        Event(
            row["type"],
            moment(row["at"]),
            eval(row["properties"] or "{}", {"null": None}),
            row["event_id"],
            None if row["known_from"] is None else max(moment(row["at"]), moment(row["known_from"])),
        )
        for row in mine["events"]
    ]
    moved = [StageChange(moment(row["at"]), row["stage"]) for row in mine["outcomes"]]
    created = moment(mine["leads"][0]["created_at"])
    return Lead(lead_id, {}, tuple(happened), created, tuple(moved), versions=tuple(versions))


def with_colleagues(tables: Mapping[str, Rows]) -> dict[str, Lead]:
    accounts = {row["lead_id"]: row["account"] for row in tables["leads"]}
    alone = {lead_id: lead_of(lead_id, tables) for lead_id in accounts}
    return {
        i: replace(lead, colleagues=tuple(alone[j] for j in alone if j != i and accounts[i] == accounts[j] is not None))
        for i, lead in alone.items()
    }


def bits(value: Value) -> object:
    return struct.pack("<d", value) if isinstance(value, float) else value


def assert_as_read(desk: Desk, tables: dict[str, Rows], kind: Any, batch: int, moments: list[int]) -> None:
    kept = {}
    for name in ("leads", "events", "outcomes"):
        refused = {r.row for r in bring(desk, name, tables[name], kind, batch).refused} if tables[name] else ()
        kept[name] = [row for number, row in enumerate(tables[name], 2) if number not in refused]
    reader = Reader(FEATURES, (), desk.programs.leads.agreement)
    for lead_id, lead in with_colleagues(kept).items():
        for at in [at for at in moments if at >= (lead.created_at or 0)]:
            assert [bits(v) for v in reader.read(stored(desk, lead_id, at), at)] == [
                bits(v) for v in reader.read(lead, at)
            ], (lead_id, iso(at))


def stored(desk: Desk, lead_id: str, at: int) -> Lead:
    record = desk.store.read(lambda c: find(c, lead_id))
    assert record is not None
    return desk.store.read(lambda c: lead_at(c, record, EVERYTHING, "leads", at))


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, card_of_teams: Scorecard) -> Desk:
    """A desk on SQLite whose scores read colleagues."""
    folder = tmp_path_factory.mktemp("team")
    store = Store(f"sqlite:///{folder / 'store.db'}")
    migrate(store)
    return Desk(store, programs_of(store, folder, leads=card_of_teams))


DRAWN: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(**DRAWN, max_examples=60)
@given(companies(), st.sampled_from(["csv", "parquet"]), st.sampled_from([1, 3, 1_000]), st.lists(times, min_size=1))
def test_an_imported_lead_is_at_every_moment_what_the_file_says(
    team: Desk, tables: dict[str, Rows], kind: Any, batch: int, moments: list[int]
) -> None:
    assert_as_read(team, tables, kind, batch, [*moments, START])


def test_so_it_is_on_either_database(store: Store, tmp_path: Path, card_of_teams: Scorecard) -> None:
    desk = Desk(store, programs_of(store, tmp_path, leads=card_of_teams))
    people = [{"lead_id": f"L{i}", "account": "a", "title": "Head of IT", "staff": "7", "flag": None} for i in (1, 2)]
    visit = {"lead_id": "L1", "event_id": None, "known_from": None, "type": "visit", "properties": '{"path": "/a"}'}
    tables: dict[str, Rows] = {
        "leads": [row | {"created_at": "2026-10-20"} for row in people],
        "events": [visit | {"at": f"2026-10-{day}"} for day in (19, 22, 22)],
        "outcomes": [{"lead_id": "L2", "at": "2026-10-23", "stage": "MQL"}],
    }
    assert_as_read(desk, tables, "csv", 2, [moment(f"2026-10-{day}") for day in range(18, 25)])
