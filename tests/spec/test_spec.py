"""Every table beside this file holds on every engine.

A table declares one feature and gives rows: a lead's profile and events, and the value expected, spelled as
arithmetic. An engine reads one feature of many leads as of one moment; the reference is the first of them.
"""

import ast
import operator
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from ruamel.yaml import YAML

from features.catalog import Feature, Value
from features.moments import DAY, moment
from features.reference import Reader
from features.tables import Event, Lead

HERE = Path(__file__).parent
NOW = moment("2026-11-21T09:00:00Z")

Engine = Callable[[Feature, Sequence[Lead], int], list[Value]]


def reference(feature: Feature, leads: Sequence[Lead], as_of: int) -> list[Value]:
    reader = Reader([feature])
    return [reader.read(lead, as_of)[0] for lead in leads]


ENGINES: dict[str, Engine] = {"reference": reference}


class Table(NamedTuple):
    """A feature, leads, and the value expected of each, as it is written."""

    name: str
    feature: Feature
    leads: list[Lead]
    expected: list[Any]


def read_table(path: Path) -> Table:
    data = YAML(typ="safe").load(path)
    declared = {"name": path.stem, "label": path.stem, "kind": "fit", **data["feature"]}
    leads = [lead_of(row, f"L-{i}") for i, row in enumerate(data["rows"])]
    return Table(path.stem, msgspec.convert(declared, Feature), leads, [row["expect"] for row in data["rows"]])


def lead_of(row: dict[str, Any], lead_id: str) -> Lead:
    """The lead of a row: ``events`` are ages by type, ``list`` has whole events with their properties."""
    events = [Event(type_, before(days)) for type_, ages in row.get("events", {}).items() for days in ages]
    for told in row.get("list", []):
        properties = {k: v for k, v in told.items() if k not in ("type", "days_ago", "id")}
        events.append(Event(told["type"], before(told.get("days_ago", 0)), properties, told.get("id")))
    return Lead(lead_id, row.get("profile", {}), tuple(events))


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
    values = engine(table.feature, table.leads, NOW)
    for value, written in zip(values, table.expected, strict=True):
        expected = worth(written)
        assert value == (pytest.approx(expected, rel=1e-12) if is_number(expected) else expected), written
        assert is_number(value) == (value is not None and table.feature.type == "number")


def test_every_kind_of_feature_has_a_table() -> None:
    sources = [t.feature.source for t in TABLES]
    assert {s.derive for s in sources} == {None, "email_domain", "email_class", "seniority"}
    assert {s.measure for s in sources} == {"count", "distinct", "days_since_last"}
    assert {t.feature.type for t in TABLES} == {"number", "text"}
    assert any(t.feature.classes for t in TABLES)
    assert any(s.where for s in sources)


def test_a_cell_is_worth_its_arithmetic() -> None:
    assert [worth(w) for w in ("0.5 ** (14 / 14) + 1", "-2 * 3", "'a'", None)] == [1.5, -6, "a", None]


@pytest.mark.parametrize("written", ["__import__('os')", "a", "[1]", "1 if 1 else 2", "(1).real", "1 < 2"])
def test_a_cell_holds_nothing_but_arithmetic(written: str) -> None:
    with pytest.raises(ValueError, match="no arithmetic"):
        worth(written)
