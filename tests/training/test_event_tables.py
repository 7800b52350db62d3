"""Leads, events and outcomes become snapshots, or are refused with the table and the row."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Fact
from features.errors import DataError
from features.moments import DAY
from features.snapshots import Moments
from training.assemble import load_dataset
from training.config import LeadsTable, Tables, TrainConfig
from training.dataset import Dataset

# Reviewed a day after creation, on 01-02; the horizon of 30 days ends on 02-01.
LEADS = """\
lead_id,created_at,colour
a,2026-01-01,red
b,2026-01-01,blue
c,2026-01-01,red
"""
EVENTS = """\
lead_id,at,type,event_id,properties
a,2026-01-01T12:00:00Z,visit,e1,"{""path"": ""/prices""}"
a,2026-01-01T12:00:00Z,visit,e1,"{""path"": ""/prices""}"
a,2026-01-03T12:00:00Z,visit,e2,
b,2026-01-01T13:00:00Z,visit,e3,
b,2026-01-01T14:00:00Z,visit,e4,
"""
OUTCOMES = """\
lead_id,at,stage
a,2026-01-20T00:00:00Z,Customer
b,2026-01-25T00:00:00Z,Lost
c,2026-02-01T00:00:00Z,lead
"""
AFTER_A_DAY = Moments(ages=(1,))
NO_ACCOUNT = LeadsTable()
VISITS = Fact(fact="visits", event="visit", points_each=1.0)
Read = Callable[..., Dataset]


@pytest.fixture
def read(tmp_path: Path, make_agreement) -> Read:
    """Reads three tables, with visits agreed."""

    def run(
        leads: str = LEADS,
        events: str = EVENTS,
        outcomes: str = OUTCOMES,
        agreement: Agreement | None = None,
        snapshots: Moments = AFTER_A_DAY,
        table: LeadsTable = NO_ACCOUNT,
        **changes,
    ) -> Dataset:
        for name, text in (("leads", leads), ("events", events), ("outcomes", outcomes)):
            (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        tables = Tables(events="events.csv", outcomes="outcomes.csv", snapshots=snapshots)
        config = TrainConfig(name="test", agreement="agreement.yaml", leads=table, tables=tables, **changes)
        agreement = agreement or make_agreement(interest=[VISITS])
        return load_dataset(config, agreement, tmp_path / "leads.csv", tmp_path)

    return run


def visits(data: Dataset) -> dict[str, object]:
    return dict(zip(data.lead_ids, data.columns[0].plain(), strict=True))


def refused(read: Read, **tables: str) -> DataError:
    with pytest.raises(DataError) as error:
        read(**tables)
    return error.value


# Snapshots


@pytest.mark.parametrize(
    ("stage", "at", "expected"),
    [
        ("Customer", "2026-01-01T23:59:59Z", "left out"),
        ("Customer", "2026-01-02T00:00:00Z", "left out"),
        ("Customer", "2026-01-02T00:00:01Z", 1),
        ("Customer", "2026-02-01T00:00:00Z", 1),
        ("Customer", "2026-02-01T00:00:01Z", 0),
        ("Lost", "2026-01-01T12:00:00Z", "left out"),
        ("Lost", "2026-01-15T00:00:00Z", 0),
        ("Lead", "2026-01-01T12:00:00Z", 0),
        ("Lead", "2026-01-15T00:00:00Z", 0),
    ],
)
def test_what_a_stage_change_makes_of_a_lead(stage, at, expected, read) -> None:
    data = read(outcomes=OUTCOMES + f"c,{at},{stage}\n")
    got = dict(zip(data.lead_ids, data.converted.tolist(), strict=True)).get("c", "left out")
    assert got == expected


@pytest.mark.parametrize(
    ("stage", "at", "expected"),
    [
        ("Customer", "2026-01-15T00:00:00Z", 1),
        ("Demo", "2026-01-15T00:00:00Z", 1),
        ("Lead", "2026-01-15T00:00:00Z", 0),
        ("Customer", "2026-01-01T12:00:00Z", "left out"),
    ],
)
def test_a_stage_after_the_conversion_counts_as_the_conversion(stage, at, expected, read, make_agreement) -> None:
    agreement = make_agreement(interest=[VISITS])
    demo = replace(agreement.stages[1], stage="Demo")
    agreement = replace(
        agreement,
        stages=(agreement.stages[0], demo, agreement.stages[1]),
        conversion=replace(agreement.conversion, stage="Demo"),
    )
    data = read(outcomes=OUTCOMES + f"c,{at},{stage}\n", agreement=agreement)
    assert dict(zip(data.lead_ids, data.converted.tolist(), strict=True)).get("c", "left out") == expected


@pytest.mark.parametrize(
    ("created", "known_until", "kept"),
    [
        ("2026-01-01", "2026-02-01T00:00:00Z", True),  # 1 day to the review, 30 days to the horizon
        ("2026-01-01", "2026-01-31T23:59:59Z", False),
        ("2026-01-02", "2026-02-01T00:00:00Z", False),
    ],
)
def test_a_lead_whose_horizon_has_not_passed_is_left_out(created, known_until, kept, read) -> None:
    leads = "lead_id,created_at,colour\na,2025-12-01,red\nb,2025-12-01,blue\n" + f"c,{created},red\n"
    outcomes = f"lead_id,at,stage\na,2025-12-20T00:00:00Z,Customer\nb,2025-12-21T00:00:00Z,Lost\nc,{known_until},Lead\n"
    assert ("c" in read(leads=leads, events="lead_id,at,type\n", outcomes=outcomes).lead_ids) is kept


def test_events_after_the_moment_are_not_counted(read) -> None:
    assert visits(read())["a"] == 1.0  # e1 twice is once, e2 is later


def test_a_lead_without_events_has_none(read) -> None:
    assert visits(read())["c"] == 0.0


def test_facts_are_derived_from_what_was_known(read) -> None:
    late = EVENTS + "".join(f"{lead},2026-01-05T00:00:00Z,webinar,w{lead},\n" for lead in "abc")
    assert "webinar_30d" not in {f.name for f in read(events=late).features}


def test_rows_in_any_order_give_the_same(read) -> None:
    def reversed_rows(table: str) -> str:
        header, *rows = table.splitlines()
        return "\n".join([header, *reversed(rows)])

    first = read()
    second = read(reversed_rows(LEADS), reversed_rows(EVENTS), reversed_rows(OUTCOMES))
    assert first.lead_ids == second.lead_ids
    assert [c.plain() for c in first.columns] == [c.plain() for c in second.columns]
    assert first.converted.tolist() == second.converted.tolist()


def test_the_raw_profile_stands_beside_its_lead(read) -> None:
    data = read(leads="lead_id,created_at,colour\nc,2026-01-01,red\nb,2025-12-30,blue\na,2026-01-01,green\n")
    assert dict(zip(data.lead_ids, data.profile["colour"], strict=True)) == {"a": "green", "b": "blue", "c": "red"}


@pytest.mark.parametrize(
    "other",
    [
        {"leads": LEADS.replace("blue", "green")},
        {"events": EVENTS.replace("T13", "T14")},
        {"outcomes": OUTCOMES.replace("25", "24")},
    ],
    ids=["leads", "events", "outcomes"],
)
def test_another_cell_in_any_table_makes_another_fingerprint(other, read) -> None:
    assert read().fingerprint != read(**other).fingerprint


# Several snapshots of a lead

LATE = OUTCOMES + "b,2026-03-01T00:00:00Z,Lost\n"  # so that more horizons have passed


def test_each_snapshot_reads_the_lead_as_it_was(read) -> None:
    data = read(outcomes=LATE, snapshots=Moments(ages=(1, 5)))
    of_a = [visits for lead, visits in zip(data.lead_ids, data.columns[0].plain(), strict=True) if lead == "a"]
    assert of_a == [1.0, 1.0 + 1.0]


def test_all_kinds_of_moments_are_read_from_the_tables(read) -> None:
    moments = Moments(ages=(1,), every_days=3, most=2, stage_changes=True, events=1)
    data = read(outcomes=LATE + "a,2026-01-06T00:00:00Z,Lead\n", snapshots=moments)
    days = [(when - data.when[0]) / DAY for lead, when in zip(data.lead_ids, data.when, strict=True) if lead == "a"]
    assert {0.0, 1.0, 3.0, 5.0} <= set(days)  # every three days, its age, the change of its stage
    assert set(days) - {0.0, 1.0, 3.0, 5.0} <= {0.5, 2.5}  # one of its two events
    assert len(days) == 5


def test_the_raw_profile_stands_beside_each_snapshot(read) -> None:
    data = read(outcomes=LATE, snapshots=Moments(ages=(1, 5)))
    colours = {"a": "red", "b": "blue", "c": "red"}
    assert data.profile["colour"].tolist() == [colours[lead] for lead in data.lead_ids]


# Refusals


@pytest.mark.parametrize(
    ("table", "column"),
    [("leads", "created_at"), ("leads", "lead_id"), ("events", "type"), ("events", "at"), ("outcomes", "stage")],
)
def test_a_missing_column_is_refused_with_the_nearest_name(table, column, read) -> None:
    text = {"leads": LEADS, "events": EVENTS, "outcomes": OUTCOMES}[table]
    error = refused(read, **{table: text.replace(column, f"{column}x", 1)})
    assert f"the column '{column}'" in error.what
    assert error.where.startswith(table)
    if column != "at":  # too short to be near
        assert error.do == f"did you mean '{column}x'?"


@pytest.mark.parametrize(
    ("tables", "where"),
    [
        ({"leads": LEADS.replace("b,2026-01-01", "b,soon")}, "leads, row 3, column 'created_at'"),
        ({"leads": LEADS.replace("b,2026-01-01", "b,")}, "leads, row 3, column 'created_at'"),
        ({"events": EVENTS.replace("2026-01-03T12", "2026-01-32T12")}, "events.csv, row 4, column 'at'"),
        ({"outcomes": OUTCOMES.replace("2026-01-25", "25.01.2026")}, "outcomes.csv, row 3, column 'at'"),
    ],
    ids=["created", "never created", "event", "outcome"],
)
def test_a_time_that_is_none_is_refused_with_its_row(tables, where, read) -> None:
    error = refused(read, **tables)
    assert error.what == "not a moment in time"
    assert error.where == where


@pytest.mark.parametrize(
    ("tables", "where"),
    [
        ({"events": EVENTS.replace("2026-01-03T12", "2926-01-03T12")}, "events.csv, row 4, column 'at'"),
        ({"outcomes": OUTCOMES.replace("2026-01-25", "2926-01-25")}, "outcomes.csv, row 3, column 'at'"),
    ],
    ids=["event", "outcome"],
)
def test_a_time_that_has_not_come_yet_is_refused_with_its_row(tables, where, read) -> None:
    error = refused(read, **tables)
    assert (error.what, error.where) == ("a moment that has not come yet", where)
    assert "2926-01-" in error.got


def test_a_lead_that_stands_twice_is_refused(read) -> None:
    assert refused(read, leads=LEADS + "a,2026-01-01,red\n").what == "the lead 'a' stands twice"


@pytest.mark.parametrize("table", ["events", "outcomes"])
def test_rows_of_an_unknown_lead_are_refused(table, read) -> None:
    row = {
        "events": EVENTS + "z,2026-01-01T00:00:00Z,visit,e9,\n",
        "outcomes": OUTCOMES + "z,2026-01-09T00:00:00Z,Lost\n",
    }[table]
    error = refused(read, **{table: row})
    assert error.what == "1 lead(s) stand here but not in the table of leads"
    assert (error.where, error.got) == (f"{table}.csv", "such as z")


@pytest.mark.parametrize("properties", ["{broken", "[1]", "plain"])
def test_properties_that_are_no_json_object_are_refused_with_their_row(properties, read) -> None:
    error = refused(read, events=EVENTS + f"c,2026-01-01T00:00:00Z,visit,e9,{properties}\n")
    assert error.what == "an event's properties are no JSON object"
    assert error.where == "events.csv, row 7, column 'properties'"


def test_no_finished_horizon_is_refused(read) -> None:
    error = refused(read, outcomes="lead_id,at,stage\na,2026-01-20,Customer\n")
    assert error.what == "no lead was open at a declared moment whose horizon has fully passed"


def test_a_missing_table_is_refused(read, tmp_path, make_agreement) -> None:
    read()
    (tmp_path / "outcomes.csv").unlink()
    tables = Tables(events="events.csv", outcomes="outcomes.csv", snapshots=AFTER_A_DAY)
    config = TrainConfig(name="test", agreement="agreement.yaml", tables=tables)
    with pytest.raises(DataError, match="no such file"):
        load_dataset(config, make_agreement(), tmp_path / "leads.csv", tmp_path)


def test_a_stage_that_is_none_of_the_agreement_is_refused_with_its_row(read) -> None:
    error = refused(read, outcomes=OUTCOMES.replace("Customer", "Custmer"))
    assert error.where == "outcomes.csv, row 2, column 'stage'"
    assert error.do == "did you mean 'Customer'? (or, where it was renamed: 'tables: {stages: {Custmer: NAME}}')"


# Accounts

COLLEAGUES = Fact(fact="people", event="visit", measure="leads", over="account", points_each=1.0)


@pytest.mark.parametrize("ignored", [{}, {"firm": "a name"}], ids=["a fact", "ignored"])
def test_the_account_is_what_the_configuration_names(ignored, read, make_agreement) -> None:
    leads = LEADS.replace("colour", "colour,firm").replace("red", "red,acme").replace("blue", "blue,acme")
    agreement = make_agreement(interest=[COLLEAGUES])
    data = read(leads=leads, agreement=agreement, table=LeadsTable(account="firm"), ignore=ignored)
    people = dict(zip(data.lead_ids, data.columns[0].plain(), strict=True))
    assert people == {"a": 2.0, "b": 2.0, "c": 2.0}  # a and b visited, on their first day; all three are of one firm


def test_an_account_column_that_is_not_there_is_refused(read) -> None:
    error = refused(read, table=LeadsTable(account="firm"))
    assert error.what == "the account column 'firm' is not in the table"
