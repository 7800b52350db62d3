"""Whatever field of an agreement changes, ``differences`` says so and the content hash is another."""

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from features.agreement import (
    Agreement,
    Anchor,
    Bounds,
    Condition,
    Conversion,
    Example,
    ExampleEvent,
    Exclusion,
    Fact,
    FastTrack,
    Points,
    Signature,
    Sla,
    Stage,
)
from features.catalog import Labels, Pair, Where
from features.diff import differences
from features.processkeys import BusinessHours, Process, Quadrant, Reasons
from features.segmentkeys import Content, Persona, Phase, Segments

FULL = Agreement(
    agreement="Acme",
    version="1",
    agreed_on=date(2026, 1, 1),
    conversion=Conversion(definition="signed", stage="Customer", horizon_days=90.0),
    points_double_odds=10.0,
    expected=Anchor(score=50.0, probability=0.2),
    largest_weight_of_history=0.5,
    signatures=(Signature(name="Ada", role="marketing", on=date(2026, 1, 1)),),
    bounds=Bounds(low=0.0, high=90.0),
    fit=(
        Fact(
            fact="industry", field="industry", points=(Points(one_of=("software", 3.0, False), points=8.0, why="ours"),)
        ),
        Fact(
            fact="rank",
            field="title",
            points=(Points(equals="director", points=5.0), Points(missing=True, points=-1.0)),
        ),
        Fact(fact="staff", field="staff", unit="people", points=(Points(at_least=5.0, below=9.0, points=2.0),)),
        Fact(
            fact="department",
            field="title",
            points=(
                Points(matches=("it", "data"), named="it", points=6.0),
                Points(matches=("hr", "people"), points=-4.0),
            ),
        ),
    ),
    interest=(
        Fact(
            fact="visits",
            label="visits",
            event="page_view",
            where={"path": Where(starts_with="/pricing"), "plan": Where(one_of=("a", "b")), "logged_in": True},
            window_days=30.0,
            half_life_days=14.0,
            points_each=5.0,
            cap=15.0,
            why="a project",
            since=date(2026, 1, 1),
        ),
    ),
    exclusions=(Exclusion(name="rival", field="email", derive="email_domain", when=Condition(equals="rival.example")),),
    fast_tracks=(FastTrack(name="demo", event="demo", to="Customer"),),
    stages=(
        Stage(stage="Lead", definition="a name", owner="marketing"),
        Stage(
            stage="MQL",
            definition="fits",
            owner="marketing",
            threshold=40.0,
            required=("email",),
            metric="MQLs",
            target=0.4,
            most_days=14.0,
            sla=Sla(hours=24.0, do="call"),
        ),
        Stage(stage="Customer", definition="signed", owner="sales", gate="sales decides"),
    ),
    covers="customers",
    process=Process(recycle_to="Lead", business_hours=BusinessHours(holidays=(date(2026, 12, 25),))),
    segments=Segments(
        personas=(Persona(name="buyer", field="title", derive="seniority", when=Condition(equals="director")),),
        phases=(Phase(name="deciding", stages=("Customer",)), Phase(name="looking", event="page_view")),
        content=(Content(persona="buyer", title="Prices", url="https://acme.example/prices", why="to compare"),),
    ),
    quadrant=Quadrant(fit=5.0, interest=5.0),
    grades={"A": 70.0, "B": 40.0},
    examples=(
        Example(
            name="x",
            lead={"industry": "software", "staff": 7.0, "title": None},
            score=10.0,
            stage="Lead",
            events=(ExampleEvent(type="page_view", days_ago=2.0, times=2, properties={"path": "/pricing"}),),
        ),
    ),
)


Fields = frozenset[tuple[type, str]]


@dataclasses.dataclass(frozen=True)
class Change:
    """One value of the agreement changed: where, in which fields of which structs, and the changed agreement."""

    spot: str
    fields: Fields
    after: Agreement

    def __str__(self) -> str:
        return self.spot


def changes(value: Any, info: Any) -> Iterator[tuple[str, Fields, Any]]:
    """Every way to change one value within ``value``: where, in which fields, and the changed whole."""
    if isinstance(value, msgspec.Struct):
        types = {f.name: f.type for f in msgspec.inspect.type_info(type(value)).fields}  # type: ignore[attr-defined]
        for name, type_ in types.items():
            for spot, fields, new in changes(getattr(value, name), type_):
                whole = msgspec.structs.replace(value, **{name: new})
                yield f".{name}{spot}", fields | {(type(value), name)}, whole
    elif isinstance(value, tuple) and value:
        yield "[:-1]", frozenset(), value[:-1]
        for i, part in enumerate(value):
            for spot, fields, new in changes(part, getattr(info, "item_type", info)):
                yield f"[{i}]{spot}", fields, (*value[:i], new, *value[i + 1 :])
    elif isinstance(value, dict) and value:
        yield "[new]", frozenset(), {**value, "new": next(iter(value.values()))}
        for key, part in value.items():
            yield f"[-{key}]", frozenset(), {k: v for k, v in value.items() if k != key}
            for spot, fields, new in changes(part, getattr(info, "value_type", info)):
                yield f"[{key}]{spot}", fields, {**value, key: new}
    else:
        yield from (("", frozenset(), new) for new in others(value, info))


def others(value: Any, info: Any) -> Iterator[Any]:
    """Other values of the same field: of the same type, and of the other types that it may have."""
    kinds = getattr(info, "types", (info,))
    literals = [v for k in kinds if isinstance(k, msgspec.inspect.LiteralType) for v in k.values]
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, float | int):
        yield value + 1e-7 if isinstance(value, float) else value + 1
        yield -value - 1
    elif isinstance(value, date):
        yield value + timedelta(days=1)
    elif literals:
        yield next(v for v in literals if v != value)
    elif isinstance(value, str):
        yield value + "x"
    elif value == ():
        yield ("x",) if not isinstance(info.item_type, msgspec.inspect.StructType) else FRESH[info.item_type.cls]
    elif value == {}:
        yield {"new": "x"}
    elif value is None:
        yield from (SAMPLES[type(k)] for k in kinds if type(k) in SAMPLES)
        yield from (FRESH[k.cls][0] for k in kinds if isinstance(k, msgspec.inspect.StructType))


SAMPLES = {
    msgspec.inspect.StrType: "x",
    msgspec.inspect.FloatType: 7.0,
    msgspec.inspect.BoolType: True,
    msgspec.inspect.DateType: date(2026, 2, 2),
}
FRESH: dict[type, tuple[Any, ...]] = {
    Sla: (Sla(hours=1.0, do="act"),),
    Points: (Points(equals="x", points=1.0),),
    ExampleEvent: (ExampleEvent(type="x"),),
    Pair: (Pair(first="industry", second="visits", second_cuts=(3.0,)),),
}
CHANGES = [Change(*change) for change in changes(FULL, msgspec.inspect.type_info(Agreement))]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_change_of_a_value_is_said(change: Change) -> None:
    assert change.after != FULL
    assert differences(FULL, change.after)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_change_is_said_the_other_way_round(change: Change) -> None:
    assert differences(change.after, FULL)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_change_changes_the_hash(change: Change) -> None:
    assert change.after.content_hash() != FULL.content_hash()


def test_every_field_of_every_struct_is_changed_by_these_tests() -> None:
    """Were a field never changed, the tests above could not fail for it."""
    structs = {Agreement, Anchor, Bounds, Condition, Conversion, Example, ExampleEvent, Exclusion, Fact, FastTrack}
    structs |= {Labels, Points, Signature, Sla, Stage, Where, Process, Reasons, BusinessHours, Quadrant}
    structs |= {Segments, Persona, Phase, Content}
    assert frozenset().union(*(c.fields for c in CHANGES)) == {(s, f) for s in structs for f in s.__struct_fields__}


def test_the_same_agreement_has_no_differences() -> None:
    assert differences(FULL, msgspec.convert(msgspec.to_builtins(FULL), Agreement)) == []
