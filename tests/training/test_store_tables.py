"""What training reads from the store is what serving reads of it at the same moments, bit for bit."""

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine, create_engine, text
from stored_leads import TABLES, Stored, add, add_change, put

from features.agreement import Agreement, Fact, Points
from features.catalog import Feature, Pair, Source, Value, Where, WordClass
from features.engines.databases import connected
from features.errors import ConfigError, DataError, LeadError
from features.moments import DAY, moment
from features.reference import Reader
from features.snapshots import Moments
from features.tables import Event, Lead, ProfileVersion, StageChange
from serving.leads.facts import lead_at, needs_of
from serving.leads.record import find
from serving.store import schema
from training.assemble import load_configured
from training.config import LeadsTable, Tables, TrainConfig
from training.dataset import Dataset
from training.leads import Leads
from training.scorecard import rules_only
from training.store_tables import Store

NOW = moment("2026-03-01")
HERE = Path("train.yaml")
CONFIG = TrainConfig(
    name="leads",
    agreement="agreement.yaml",
    leads=LeadsTable(missing_values=("Select",)),
    tables=Tables(snapshots=Moments(ages=(0.5, 3), every_days=5, events=9, stage_changes=True)),
)


# --- facts of every kind


def feature(name: str, type_: Any = "number", **source: Any) -> Feature:
    return Feature(name=name, label=name, kind="interest", type=type_, source=Source(**source))


PRICES = {"path": Where(starts_with="/a")}
FEATURES = (
    *(feature(field, "text", field=field) for field in ("title", "mixed", "flag", "staff", "nowhere")),
    feature("staff_count", field="staff"),
    feature("staff_late", field="staff", delay_days=2.0),
    feature("seniority", "text", field="title", derive="seniority"),
    feature("visits", event="visit"),
    feature("prices", event="visit", where=PRICES, window_days=3.0),
    feature("fading", event="any", half_life_days=1.5),
    feature("fading_week", event="visit", half_life_days=14.0, window_days=7.0),
    feature("late", event="visit", delay_days=0.5),
    feature("distinct", event="any", measure="distinct", property="path"),
    feature("spent", event="visit", measure="sum", property="n"),
    feature("most", event="any", measure="max", property="n", window_days=7.0),
    feature("last", "text", event="any", measure="last", property="path"),
    feature("first", event="visit", measure="days_since_first"),
    feature("quiet", event="any", measure="days_since_last"),
    feature("pace", event="any", measure="pace", window_days=2.0, compare_days=9.0),
    feature("sessions", event="any", measure="sessions", gap_minutes=60.0),
    feature("of_account", event="visit", over="account"),
    feature("leads", event="any", over="account", measure="leads"),
    feature("colleagues", lead="colleagues"),
    feature("age", lead="age_days"),
    feature("stage", "text", lead="stage"),
    feature("in_stage", lead="days_in_stage"),
    feature("points", points_of="score"),
    feature("pair", "text", pair=Pair(first="title", second="visits", second_cuts=(1.0, 3.0))),
    replace(feature("class", "text", field="mixed"), classes=(WordClass(name="yes", words=("true", "1")),)),
)
FIT = Fact(fact="rank", field="title", points=(Points(equals="head of it", points=8.0),))
INTEREST = Fact(fact="clicks", event="click", half_life_days=7.0, points_each=2.5)


@pytest.fixture(scope="module")
def agreement(make_agreement: Callable[..., Agreement]) -> Agreement:
    return make_agreement(fit=[FIT], interest=[INTEREST])


# --- leads of every kind

moments = st.integers(-20 * 24, 24).map(lambda hour: NOW + hour * DAY // 24)
times = st.one_of(moments, st.builds(int.__add__, moments, st.integers(-2, 2)))
mixed: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["x", " Head  of IT", "", "true", "1", "1.0", "Select", "Straße", 2**53 + 1, -(2**53) - 1, 2**70]),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
)
staff = st.one_of(
    st.none(), st.integers(0, 9), st.floats(-9, 9), st.sampled_from(["7", " 3.50 ", "", "Select", -0.0, "51-200", 1e16])
)
profiles = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Head of IT", "Data Student", "Select", None]),
        "staff": staff,
        "mixed": mixed,
        "flag": st.sampled_from([True, False, None]),
        "lead_id": st.just("a field that is called so"),
    },
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(["/a", "/A ", "/a/b", 3, 3.0, True, None, ["x"], {"k": 1}]),
        "n": st.one_of(st.none(), st.floats(-1e15, 1e15), st.sampled_from([2, "2", 0.1, 1e12, "many"])),
    },
)
done = st.tuples(st.sampled_from(["visit", "click"]), times, st.one_of(st.none(), times), properties)
stages = st.sampled_from(["Lead", "Lead", "Lost", "Customer"])
changed = st.lists(st.tuples(times, stages, st.one_of(st.none(), times)), max_size=3, unique_by=lambda c: c[0])
accounts = st.sampled_from(["group:A", "group:a", "domain:acme.example"])
stays = st.lists(st.tuples(accounts, times), max_size=3, unique_by=lambda stay: stay[1]).map(
    lambda told: sorted(told, key=lambda stay: stay[1])
)


@st.composite
def companies(draw: st.DrawFn) -> list[Stored]:
    """Leads whose profiles changed, whose events came to be known whenever, and who came to their accounts later."""
    people = []
    for i in range(draw(st.integers(1, 5))):
        versions = draw(st.lists(st.tuples(times, profiles), max_size=3, unique_by=lambda v: v[0]))
        happened = draw(st.lists(done, max_size=8))
        lead = Lead(
            f"L{i}",
            {},
            tuple(Event(k, at, props, f"m{i}-{n}", known) for n, (k, at, known, props) in enumerate(happened)),
            draw(times),
            tuple(StageChange(*change) for change in draw(changed)),
            versions=tuple(ProfileVersion(at, profile) for at, profile in versions),
        )
        people.append(Stored(lead, draw(stays), [(at, stage) for at, stage, _ in draw(changed)]))
    return people


# --- both databases


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    yield from made(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Engine]:
    yield from made(postgres_url)


def made(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    if engine.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    schema.metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def stored(engine: Engine, people: list[Stored]) -> Store:
    with engine.begin() as connection:
        put(connection, people)
    return Store(url_of(engine))


def read(store: Store, agreement: Agreement, config: TrainConfig = CONFIG) -> Dataset:
    """All moments, with the facts of every kind."""
    card = replace(rules_only(agreement, missing_values=("Select",)), features=FEATURES)
    return load_configured(config, agreement, HERE, store, reader=card, unfinished=True)


def bits(value: Value) -> object:
    return struct.pack("<d", value) if isinstance(value, float) else value


def assert_as_served(engine: Engine, people: list[Stored], agreement: Agreement) -> None:
    try:
        data = read(stored(engine, people), agreement)
    except DataError as error:
        assume(not error.what.startswith("no lead was open"))
        raise
    reader, needs = Reader(FEATURES, ["Select"], agreement), needs_of(FEATURES, agreement)
    found = zip(*(column.plain() for column in data.columns), strict=True)
    with engine.connect() as connection:
        records = {one.lead.lead_id: find(connection, one.lead.lead_id) for one in people}
        for lead_id, when, row in zip(data.lead_ids, map(int, data.when.tolist()), found, strict=True):
            record = records[lead_id]
            assert record is not None
            try:
                served = reader.read(lead_at(connection, record, needs, "leads", when), when)
            except LeadError:  # no score was served then
                continue
            for f, a, b in zip(FEATURES, row, served, strict=True):
                assert bits(a) == bits(b), (lead_id, when, f.name, a, b)


DRAWN = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(**DRAWN, max_examples=30)
@given(people=companies())
def test_training_reads_from_sqlite_what_was_served(people: list[Stored], sqlite: Engine, agreement: Agreement) -> None:
    assert_as_served(sqlite, people, agreement)


@settings(**DRAWN, max_examples=8)
@given(people=companies())
def test_training_reads_from_postgresql_what_was_served(
    people: list[Stored], postgresql: Engine, agreement: Agreement
) -> None:
    assert_as_served(postgresql, people, agreement)


# --- what is read, and what is not

DAYS = [moment("2026-01-01") + day * DAY for day in range(60)]
VISIT = Event("visit", DAYS[1], {"path": "/a"}, "m1")
PEOPLE = [
    Stored(Lead("b", {}, (VISIT,), DAYS[0], (StageChange(DAYS[9], "Customer"),), versions=(
        ProfileVersion(DAYS[0], {"staff": 3, "title": "Häd"}), ProfileVersion(DAYS[4], {"staff": 4.5})))),
    Stored(Lead("a", {}, (), DAYS[2], (StageChange(DAYS[50], "Lead"),)),
           moves_elsewhere=[(DAYS[3], "Lead"), (DAYS[8], "Customer")]),
    Stored(Lead("C", {}, (replace(VISIT, event_id="m2", known_from=DAYS[7]),), DAYS[0])),
]  # fmt: skip


def leads_of(store: Store) -> pd.DataFrame:
    return pd.read_parquet(store.copied("leads").leads)


def test_leads_come_in_the_order_in_which_they_came(database: Engine) -> None:
    """Of one moment by their names, byte by byte, whatever the database thinks of capitals."""
    frame = leads_of(stored(database, PEOPLE))
    assert frame["lead_id"].tolist() == ["C", "b", "b", "a"]
    assert frame["staff"].tolist()[1:3] == [3.0, 4.5]


def test_outcomes_are_those_of_the_program(database: Engine) -> None:
    store = stored(database, PEOPLE)
    stages = {p: pq.read_table(store.copied(p).outcomes).column("stage").to_pylist() for p in ("leads", "customers")}
    assert stages == {"leads": ["Customer", "Lead"], "customers": ["Lead", "Customer"]}


def test_only_customers_are_learned_from_and_from_when_they_were(database: Engine, agreement: Agreement) -> None:
    """Before it, and of everybody else, there was nothing that could be sold again."""
    assert CONFIG.tables is not None
    config = replace(CONFIG, tables=replace(CONFIG.tables, program="customers", snapshots=Moments(ages=(1, 2, 9))))
    data = read(stored(database, PEOPLE), agreement, config)
    assert list(zip(data.lead_ids, data.when.tolist(), data.converts_ever.tolist(), strict=True)) == [
        ("a", DAYS[4], True),
        ("a", DAYS[5], True),
    ]


def test_an_anonymous_visitor_is_not_read(database: Engine) -> None:
    store = stored(database, PEOPLE)
    with database.begin() as connection:
        add(connection, schema.events, message_id="m9", lead_id=None, anonymous_id="x", type="visit", at=DAYS[1],
            received_at=DAYS[1], known_from=DAYS[1], properties="{}")  # fmt: skip
    assert pq.read_table(store.copied("leads").events).column("event_id").to_pylist() == ["m1", "m2"]


def test_a_moment_drawn_from_an_event_is_the_one_from_which_it_counts(database: Engine, agreement: Agreement) -> None:
    config = replace(CONFIG, tables=Tables(snapshots=Moments(events=1)))
    data = read(stored(database, PEOPLE), agreement, config)
    assert dict(zip(data.lead_ids, data.when.tolist(), strict=True)) == {"b": DAYS[1], "C": DAYS[7]}


def test_the_raw_profile_is_that_of_the_moment(database: Engine, agreement: Agreement) -> None:
    config = replace(CONFIG, tables=Tables(snapshots=Moments(ages=(3, 5))))
    data = read(stored(database, PEOPLE[:2]), agreement, config)
    rows = dict(zip(zip(data.lead_ids, data.when.tolist(), strict=True), data.profile["staff"].tolist(), strict=True))
    assert (rows["b", DAYS[3]], rows["b", DAYS[5]]) == (3.0, 4.5)
    assert list(data.profile.columns) == ["staff", "title"]


def test_the_same_state_has_the_same_fingerprint_in_either_database(
    sqlite: Engine, postgresql: Engine, agreement: Agreement
) -> None:
    prints = {read(stored(engine, PEOPLE), agreement).fingerprint for engine in (sqlite, postgresql, sqlite)}
    assert len(prints) == 1


CHANGES: dict[str, tuple[Any, dict[str, Any]]] = {
    "an event": (schema.events, {"message_id": "n", "lead_id": "a", "type": "visit", "at": DAYS[3],
                                 "received_at": DAYS[3], "known_from": DAYS[3], "properties": "{}"}),
    "a version": (schema.profile_versions, {"lead_id": "a", "valid_from": DAYS[3], "profile": "{}"}),
    "a lead": (schema.leads, {"lead_id": "n", "created_at": DAYS[3], "moment": 0, "profile": "{}"}),
}  # fmt: skip


@pytest.mark.parametrize("change", [*CHANGES, "a change of stage"])
def test_any_change_changes_the_fingerprint(change: str, sqlite: Engine, agreement: Agreement) -> None:
    before = read(stored(sqlite, PEOPLE), agreement).fingerprint
    with sqlite.begin() as connection:
        if change in CHANGES:
            add(connection, CHANGES[change][0], **CHANGES[change][1])
        else:
            add_change(connection, "a", "leads", DAYS[5], "Lead")
    assert read(Store(url_of(sqlite)), agreement).fingerprint != before


def test_it_is_read_once_however_it_changes_meanwhile(database: Engine, agreement: Agreement) -> None:
    """So that a scorecard reads the same leads as the run did."""
    store = stored(database, PEOPLE)
    before = read(store, agreement)
    with database.begin() as connection:
        put(connection, [])
    assert read(store, agreement).lead_ids == before.lead_ids


def test_what_is_written_while_it_is_copied_is_not_seen(database: Engine) -> None:
    """Else an event could be of a lead that is not in the copy."""
    stored(database, PEOPLE)
    with connected(url_of(database), "the store") as connection:
        count = "SELECT count(*) FROM events"
        before = connection.exec_driver_sql(count).scalar_one()
        with database.begin() as other:
            put(other, [])
        assert connection.exec_driver_sql(count).scalar_one() == before == 2
    with database.begin() as after:
        assert after.exec_driver_sql(count).scalar_one() == 0


def test_a_copy_is_gone_with_the_store(sqlite: Engine) -> None:
    store = stored(sqlite, PEOPLE)
    folder = store.copied("leads").leads.parent
    assert folder.stat().st_mode & 0o077 == 0
    del store
    assert not folder.exists()


# --- former stages, and what is refused


def test_a_stage_that_was_called_otherwise(sqlite: Engine, agreement: Agreement) -> None:
    store = stored(sqlite, [*PEOPLE, Stored(Lead("d", created_at=DAYS[0], stages=(StageChange(DAYS[9], "Signed"),)))])
    with pytest.raises(DataError, match="'Signed' is no stage of the agreement") as error:
        read(store, agreement)
    assert error.value.do.endswith(" (or, where it was renamed: 'tables: {stages: {Signed: NAME}}')")
    assert CONFIG.tables is not None
    config = replace(CONFIG, tables=replace(CONFIG.tables, stages={"Signed": "Customer"}))
    data = read(store, agreement, config)
    assert dict(zip(data.lead_ids, data.converts_ever.tolist(), strict=True))["d"]
    wrong = replace(CONFIG, tables=replace(CONFIG.tables, stages={"Signed": "Custmer"}))
    with pytest.raises(ConfigError) as refused:
        read(store, agreement, wrong)
    assert (refused.value.where, refused.value.do) == ("tables.stages", "did you mean 'Customer'?")


def test_a_stage_that_the_adopted_agreement_calls_otherwise(database: Engine, agreement: Agreement) -> None:
    store = stored(database, [*PEOPLE, Stored(Lead("d", created_at=DAYS[0], stages=(StageChange(DAYS[9], "Signed"),)))])
    adopted = {
        "state": "adopted",
        "adopted_at": DAYS[9],
        "renamed": '{"Signed": "Customer", "Demo": "none of this one"}',
    }
    of_another = {"state": "past", "renamed": '{"Signed": "Lost"}'}
    with database.begin() as connection:
        for i, (program, told) in enumerate((("leads", adopted), ("leads", of_another), ("customers", adopted))):
            kept = {"program": program, "hash": f"sha256:{i}", "name": "a", "version": "1", "document": "{}"}
            add(connection, schema.agreements, **kept, proposed_at=DAYS[0], proposed_by="kim", **told)
    data = read(store, agreement)
    assert dict(zip(data.lead_ids, data.converts_ever.tolist(), strict=True))["d"]


def test_what_is_no_number_is_unknown_and_said_where_nobody_can_mend_it(
    database: Engine, agreement: Agreement, caplog: pytest.LogCaptureFixture
) -> None:
    """One form that asks for "51-200" would else end all training; a file is refused, as it can be mended."""
    wrong = (ProfileVersion(DAYS[0], {"staff": "51-200"}), ProfileVersion(DAYS[4], {"staff": 60}))
    visit = replace(VISIT, properties={"n": "many"}, event_id="m3")
    people = [*PEOPLE, Stored(Lead("d", {}, (visit,), DAYS[0], versions=wrong))]
    config = replace(CONFIG, tables=Tables(snapshots=Moments(ages=(3, 5))))
    data = read(stored(database, people), agreement, config)
    place = next(i for i, f in enumerate(FEATURES) if f.name == "staff_count")
    staff = dict(zip(zip(data.lead_ids, data.when.tolist(), strict=True), data.columns[place].plain(), strict=True))
    assert (staff["d", DAYS[3]], staff["d", DAYS[5]]) == (None, 60.0)
    said = [record.getMessage() for record in caplog.records]
    assert "'staff' is no number everywhere, such as '51-200': unknown there" in said
    assert "the property 'n' is no number everywhere, such as 'many': unknown there" in said


def test_no_such_database(tmp_path: Path, agreement: Agreement) -> None:
    with pytest.raises(DataError) as error:
        read(Store(f"sqlite:///{tmp_path / 'none.db'}"), agreement)
    assert (error.value.what, error.value.where) == ("there is no such file", "the store")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_no_store(sqlite: Engine, agreement: Agreement) -> None:
    with sqlite.begin() as connection:
        connection.execute(text("DROP TABLE profile_versions"))
    with pytest.raises(DataError, match="cannot read from the database") as error:
        read(Store(url_of(sqlite)), agreement)
    assert "profile_versions" in error.value.got


def test_a_flat_export_is_not_in_the_store(tmp_path: Path) -> None:
    file = tmp_path / "train.yaml"
    file.write_text("{name: m, agreement: a.yaml, outcome: {column: won}, order: {rows: true}}", "utf-8")
    leads = Leads(file, Store("sqlite:///nowhere.db"))
    with pytest.raises(ConfigError, match="the configuration is for a flat export"):
        load_configured(leads.config, None, file, leads.data)  # type: ignore[arg-type]


def test_without_a_store_the_files_must_be_named(tmp_path: Path, agreement: Agreement) -> None:
    with pytest.raises(ConfigError, match="names no files of events and outcomes"):
        load_configured(CONFIG, agreement, HERE, tmp_path / "leads.csv")


def test_a_profile_that_is_no_object(sqlite: Engine, agreement: Agreement) -> None:
    store = stored(sqlite, PEOPLE)
    with sqlite.begin() as connection:
        row = {"lead_id": "a", "valid_from": DAYS[3], "profile": json.dumps([1])}
        add(connection, schema.profile_versions, **row)
    with pytest.raises(DataError, match="a profile is no JSON object"):
        read(store, agreement)


def test_a_url_that_cannot_be_read_is_refused_without_its_password() -> None:
    with (
        pytest.raises(DataError, match="cannot be read") as refused,
        connected("postgresql://u:p@host:secret/name", "the store"),
    ):
        pass
    assert "secret" not in str(refused.value)
