"""Every table beside this file holds on every engine.

A table declares one feature and gives rows: a lead's profile, events, stages and colleagues, and the value
expected, spelled as arithmetic. An engine reads one feature of many leads as of one moment, beside those that it may be
a pair of, and the agreement whose points it may be; the reference is the first of them. Together the tables make
``docs/features.md``.
"""

import ast
import json
import operator
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec
import pyarrow as pa
import pytest
from msgspec.structs import replace
from ruamel.yaml import YAML

from features.agreement import Agreement
from features.catalog import Feature, Pair, Source, Value
from features.engines.duck import DuckEngine
from features.engines.frames import array_of
from features.engines.sources import Tables
from features.made import TOTALS
from features.moments import DAY, iso, moment
from features.reference import Reader
from features.tables import Event, Lead, ProfileVersion, StageChange

HERE = Path(__file__).parent
NOW = moment("2026-11-21T09:00:00Z")
ALWAYS = moment("1900-01-01")

Engine = Callable[[Sequence[Feature], Sequence[Lead], int, Agreement | None], list[Value]]  # of the first feature


def reference(
    features: Sequence[Feature], leads: Sequence[Lead], as_of: int, agreement: Agreement | None
) -> list[Value]:
    reader = Reader(features, agreement=agreement)
    return [reader.read(lead, as_of)[0] for lead in leads]


def duckdb(features: Sequence[Feature], leads: Sequence[Lead], as_of: int, agreement: Agreement | None) -> list[Value]:
    results = DuckEngine(threads=1).read(features, tables_of(leads), asked(leads, as_of), agreement=agreement)
    return [value for result in results for value in result.columns[0].plain()]


def asked(leads: Sequence[Lead], as_of: int) -> pa.Table:
    return pa.table({"lead_id": [lead.lead_id for lead in leads], "as_of": pa.array([as_of] * len(leads), pa.int64())})


def tables_of(leads: Sequence[Lead]) -> Tables:
    """The three tables of leads and their colleagues; each lead's account is its own."""
    everybody = [(lead, person) for lead in leads for person in (lead, *lead.colleagues)]
    named = [(account.lead_id, _named(account, person), person) for account, person in everybody]
    events = [
        (n, e.event_id, iso(e.at), e.type, json.dumps(dict(e.properties)), _iso(e.known_from))
        for _, n, p in named
        for e in p.events
    ]
    stages = [(n, iso(c.at), c.stage, _iso(c.known_from)) for _, n, person in named for c in person.stages]
    return Tables(
        _people(named),
        _table(events, "lead_id event_id at type properties known_from"),
        _table(stages, "lead_id at stage known_from"),
        account="account",
    )


def _people(named: Sequence[tuple[str, str, Lead]]) -> pa.Table:
    """The table of leads, with a row per version where any of them has versions."""
    rows = [
        (account, name, person, version)
        for account, name, person in named
        for version in person.versions or [ProfileVersion(ALWAYS, person.profile)]
    ]
    fields = dict.fromkeys(field for *_, version in rows for field in version.profile)
    people = {f: array_of([version.profile.get(f) for *_, version in rows]) for f in fields}
    people |= {"lead_id": [name for _, name, *_ in rows], "account": [account for account, *_ in rows]}
    people["created_at"] = pa.array([_iso(person.created_at) for *_, person, _ in rows], pa.string())
    people["account_from"] = pa.array([_iso(person.account_from) for *_, person, _ in rows], pa.string())
    if any(person.versions for *_, person in named):
        people["valid_from"] = pa.array([iso(version.valid_from) for *_, version in rows], pa.string())
    return pa.table(people)


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _named(account: Lead, person: Lead) -> str:
    return account.lead_id if person is account else f"{account.lead_id} {person.lead_id}"


def _table(rows: Sequence[tuple[Any, ...]], columns: str) -> pa.Table:
    cells = list(zip(*rows, strict=True)) or [()] * len(columns.split())
    return pa.table([pa.array(cell, pa.string()) for cell in cells], names=columns.split())


ENGINES: dict[str, Engine] = {"reference": reference, "duckdb": duckdb}


class Table(NamedTuple):
    """A feature and those beside it, leads, the value expected of each, as it is written, and the agreement."""

    name: str
    feature: Feature
    beside: list[Feature]
    leads: list[Lead]
    expected: list[Any]
    agreement: Agreement | None


def read_table(path: Path) -> Table:
    data = YAML(typ="safe").load(path)
    feature, *beside = [
        msgspec.convert({"name": path.stem, "label": path.stem, "kind": "fit", **told}, Feature)
        for told in (data["feature"], *data.get("beside", []))
    ]
    leads = [lead_of(row, f"L-{i}") for i, row in enumerate(data["rows"])]
    agreement = agreement_of(data["agreement"]) if "agreement" in data else None
    expected = [row["expect"] for row in data["rows"]]
    return Table(path.stem, feature, beside, leads, expected, agreement)


def agreement_of(told: dict[str, Any]) -> Agreement:
    """An agreement with these facts."""
    conversion = {"definition": "signed", "stage": "Lead", "horizon_days": 90}
    stages = [{"stage": "Lead", "definition": "a name", "owner": "marketing"}]
    whole = {"agreement": "a", "version": "1", "agreed_on": "2026-10-01", "points_double_odds": 10}
    return msgspec.convert({**whole, "conversion": conversion, "stages": stages, **told}, Agreement)


def lead_of(row: dict[str, Any], lead_id: str) -> Lead:
    """The lead of a row.

    ``events`` are ages by type, ``list`` has whole events with their properties (``known``: the age at which it came to
    be known); ``created``, ``of_account`` and the ``days_ago`` of stages and versions are ages too; ``colleagues`` are
    such rows.
    """
    events = [Event(type_, before(days)) for type_, ages in row.get("events", {}).items() for days in ages]
    for told in row.get("list", []):
        properties = {k: v for k, v in told.items() if k not in ("type", "days_ago", "id", "known")}
        known = before(told["known"]) if "known" in told else None
        events.append(Event(told["type"], before(told.get("days_ago", 0)), properties, told.get("id"), known))
    return Lead(
        lead_id,
        row.get("profile", {}),
        tuple(events),
        before(row["created"]) if "created" in row else None,
        tuple(stage_change(told) for told in row.get("stages", [])),
        tuple(lead_of(told, f"{lead_id}-{i}") for i, told in enumerate(row.get("colleagues", []))),
        tuple(ProfileVersion(before(told["days_ago"]), told["profile"]) for told in row.get("versions", [])),
        before(row["of_account"]) if "of_account" in row else None,
    )


def stage_change(told: dict[str, Any]) -> StageChange:
    return StageChange(before(told["days_ago"]), told["stage"], before(told["known"]) if "known" in told else None)


def before(days: float) -> int:
    return NOW - round(days * DAY)


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


def worth(written: Any) -> Any:
    """The value of a cell: arithmetic on numbers, or a text in quotes."""
    return arithmetic(ast.parse(written, mode="eval").body) if isinstance(written, str) else written


def arithmetic(node: ast.AST) -> Any:
    match node:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](arithmetic(left), arithmetic(right))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](arithmetic(operand))
    raise ValueError(f"no arithmetic: {ast.unparse(node)}")


def is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


TABLES = [read_table(path) for path in sorted(HERE.glob("*.yaml"))]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("table", TABLES, ids=[t.name for t in TABLES])
def test_table(table: Table, engine: Engine) -> None:
    hold(table, engine([table.feature, *table.beside], table.leads, NOW, table.agreement))


def hold(table: Table, values: Sequence[Value]) -> None:
    """Every value is the one that the table expects."""
    for value, written in zip(values, table.expected, strict=True):
        expected = worth(written)
        assert value == (pytest.approx(expected, rel=1e-10) if is_number(expected) else expected), written
        assert is_number(value) == (value is not None and table.feature.type == "number")


def kinds(annotation: Any) -> set[Any]:
    """The words that a Literal allows, and None where it may be left out."""
    words = set(get_args(annotation))
    return words if not any(map(get_args, words)) else {w for part in words for w in get_args(part)} | {None}


@pytest.mark.spark
@pytest.mark.parametrize("agreed", sorted({t.agreement is not None for t in TABLES}))
def test_all_tables_at_once_on_spark(agreed: bool, spark: Any) -> None:
    """A query takes seconds there: the leads of all tables are read with the features of all."""
    engine = import_module("features.engines.spark").SparkEngine(spark)
    tables = [t for t in TABLES if (t.agreement is not None) is agreed]
    agreements = {id(t.agreement): t.agreement for t in tables}.values() if agreed else [None]
    for agreement in agreements:
        mine = [t for t in tables if t.agreement is agreement]
        leads = [renamed(lead, f"{t.name} {lead.lead_id}") for t in mine for lead in t.leads]
        features = [replace(t.feature, name=f"x{i}") for i, t in enumerate(mine)] + [f for t in mine for f in t.beside]
        results = list(engine.read(features, tables_of(leads), asked(leads, NOW), agreement=agreement))
        rows = iter([row for r in results for row in zip(*(c.plain() for c in r.columns), strict=True)])
        for i, t in enumerate(mine):
            hold(t, [next(rows)[i] for _ in t.leads])


def test_no_two_tables_have_facts_of_one_name() -> None:
    """So that all can be read together, and stand in one catalog."""
    names = [f.name for t in TABLES for f in (t.feature, *t.beside)]
    assert len(set(names)) == len(names)


def renamed(lead: Lead, name: str) -> Lead:
    return replace(lead, lead_id=name)


def test_every_kind_of_feature_has_a_table() -> None:
    """By the declarations themselves, so that a new measure, derivation or fact of the lead needs a table."""
    sources, hints = [t.feature.source for t in TABLES], get_type_hints(Source)
    assert {s.measure for s in sources if s.event is not None} == kinds(hints["measure"])
    assert {s.derive for s in sources} == kinds(hints["derive"])
    assert {s.lead for s in sources} == kinds(hints["lead"])
    assert {s.over for s in sources} == kinds(hints["over"])
    assert {s.points_of for s in sources} > {None, *TOTALS}
    assert {s.table for s in sources} == {"leads", "events", "outcomes", "agreement", "facts"}
    assert {s.table for s in sources if s.delay_days} == {"leads", "events"}
    assert {(s.measure, t.feature.type) for s, t in zip(sources, TABLES, strict=True)} > {
        ("last", "number"),
        ("last", "text"),
    }


def test_every_key_of_a_declaration_is_in_a_table() -> None:
    """But for those that are for people alone."""
    sources = [t.feature.source for t in TABLES]
    pairs = [s.pair for s in sources if s.pair is not None]
    for shape, told in ((Source, sources), (Feature, [t.feature for t in TABLES]), (Pair, pairs)):
        said = {f.name for f in msgspec.structs.fields(shape) for one in told if getattr(one, f.name) != default(f)}
        assert said >= set(shape.__struct_fields__) - {"meaning", "labels"}


def default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


@pytest.mark.parametrize("path", sorted(HERE.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_table_begins_with_its_title(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith(".")


def test_a_cell_is_worth_its_arithmetic() -> None:
    assert [worth(w) for w in ("0.5 ** (14 / 14) + 1", "-2 * 3", "'a'", None)] == [1.5, -6, "a", None]


@pytest.mark.parametrize("written", ["__import__('os')", "a", "[1]", "1 if 1 else 2", "(1).real", "1 < 2"])
def test_a_cell_holds_nothing_but_arithmetic(written: str) -> None:
    with pytest.raises(ValueError, match="no arithmetic"):
        worth(written)
