"""A catalog of facts: what may be left out, and every fault refused with its line and what to do."""

from pathlib import Path
from typing import Any

import pytest

from features.agreement import Agreement
from features.catalog import Feature, Pair, Source
from features.catalogfile import load_catalog
from features.errors import ConfigError
from features.loading import load_agreement

AGREEMENT = Path(__file__).parents[2] / "training" / "madeup" / "agreement.yaml"
ORDERS = "{event: order, measure: sum, property: amount}"


def catalog(tmp_path: Path, *lines: str) -> Path:
    """A catalog of one fact per line: its name, and the rest of its keys."""
    path = tmp_path / "features.yaml"
    path.write_text("features:\n" + "".join(f"  - {{{line}}}\n" for line in lines), "utf-8")
    return path


def one(tmp_path: Path, line: str) -> Feature:
    (feature,) = load_catalog(catalog(tmp_path, line))
    return feature


def test_a_name_and_a_source_are_enough_where_the_source_decides(tmp_path: Path) -> None:
    declared = one(tmp_path, f"name: order_value, source: {ORDERS}")
    source = Source(event="order", measure="sum", property="amount")
    assert declared == Feature(name="order_value", label="order value", kind="interest", type="number", source=source)


@pytest.mark.parametrize(
    ("line", "kind", "type_"),
    [
        ("source: {event: visit}", "interest", "number"),
        ("source: {field: job_title, derive: persona}", "fit", "text"),
        ("source: {field: staff}, unit: people", "fit", "number"),
        ("source: {field: title}, classes: [{name: it, words: [it]}]", "fit", "text"),
        ("source: {field: staff}, type: number", "fit", "number"),
        ("source: {event: visit, measure: last, property: path}, type: text", "interest", "text"),
        ("source: {event: visit, measure: last, property: minutes}, unit: minutes", "interest", "number"),
        ("source: {lead: stage}", "fit", "text"),
        ("source: {lead: days_in_stage}", "fit", "number"),
        ("source: {points_of: industry}", "fit", "number"),
        ("source: {points_of: score}", "fit", "number"),
        ("source: {points_of: interest}", "interest", "number"),
        ("source: {event: visit}, kind: fit", "fit", "number"),
        ("source: {pair: {first: staff, second: industry}}, kind: interest", "interest", "text"),
    ],
)
def test_what_is_left_out_is_decided_by_the_rest(line: str, kind: str, type_: str, tmp_path: Path) -> None:
    declared = one(tmp_path, f"name: a_fact, {line}")
    assert (declared.label, declared.kind, declared.type) == ("a fact", kind, type_)


REFUSED: list[tuple[str, str, dict[str, str]]] = [
    (
        "name: two words, source: {event: visit}",
        "the name of a fact has no spaces",
        {"where": "name", "got": "'two words'", "do": "write 'two_words', and the words that people read as 'label'"},
    ),
    (
        "name: bounds, source: {event: visit}",
        "a fact cannot be called 'bounds'",
        {"where": "name", "allowed": "any other name: 'bounds' is the term of what the bounds cut off a score"},
    ),
    (
        "name: a, source: {event: visit}, lable: visits",
        "unknown key 'lable'",
        {"where": "lable", "do": "did you mean 'label'?"},
    ),
    (
        "name: a, source: {event: visit, measure: summ}",
        "not one of the words allowed here",
        {"where": "source.measure", "got": '"summ"', "do": "did you mean 'sum'?"},
    ),
    ("name: a", "the key 'source' is missing", {"where": "", "do": "add 'source: ...'"}),
    (
        "name: a, source: {}",
        "a fact is read from exactly one place",
        {"where": "source", "got": "none", "allowed": "one of 'field', 'event', 'lead', 'points_of', 'pair'"},
    ),
    (
        "name: a, source: {points_of: fit, window_days: 3}",
        "'window_days' measures events, but this fact reads agreed points",
        {"where": "source.window_days", "do": "take it out, or name an 'event' instead of the 'points_of'"},
    ),
    (
        "name: a, source: {points_of: a}",
        "a feature cannot refer to itself",
        {"where": "source.points_of", "got": "a", "allowed": "a fact of the agreement, fit, interest or score"},
    ),
    (
        "name: a, source: {pair: {first: b, second: c}}",
        "is this pair fit or interest?",
        {"where": "", "do": "add 'kind: fit' or 'kind: interest'"},
    ),
    (
        "name: a, kind: fit, source: {pair: {first: b, second: c}, window_days: 3}",
        "'window_days' measures events, but this fact reads two other facts",
        {"where": "source.window_days", "do": "take it out, or name an 'event' instead of the 'pair'"},
    ),
    (
        "name: a, kind: fit, type: number, source: {pair: {first: b, second: c}}",
        "what is read here is a text",
        {"where": "type", "got": "number", "do": "write 'text', or take it out"},
    ),
    (
        "name: a, kind: fit, source: {pair: {first: b, second: b}}",
        "a pair is of two different facts",
        {"where": "source.pair.second", "got": "b", "do": "name another fact"},
    ),
    (
        "name: a, kind: fit, source: {pair: {first: a, second: b}}",
        "'a' is made of other facts itself",
        {
            "where": "source.pair.first",
            "allowed": "a fact that is read from a lead",
            "do": "name the facts that it is made of",
        },
    ),
    (
        "name: a, kind: fit, source: {pair: {first: b, second: c, second_cuts: [3, 8, 8]}}",
        "cuts are numbers in ascending order",
        {"where": "source.pair.second_cuts", "got": "3, 8, 8", "do": "sort them, each once"},
    ),
    (
        "name: a, source: {field: staff}",
        "is 'staff' a number or a text?",
        {"where": "", "do": "add 'type: number' or 'type: text'"},
    ),
    (
        "name: a, source: {event: visit, measure: last, property: path}",
        "is 'the last path' a number or a text?",
        {"where": "", "do": "add 'type: number' or 'type: text'"},
    ),
    (
        "name: a, type: text, source: {event: visit}",
        "what is read here is a number",
        {"where": "type", "got": "text", "do": "write 'number', or take it out"},
    ),
    (
        "name: a, type: number, source: {lead: stage}",
        "what is read here is a text",
        {"where": "type", "got": "number", "do": "write 'text', or take it out"},
    ),
    (
        "name: a, type: text, source: {field: plan}, unit: EUR",
        "a text has no unit",
        {"where": "unit", "got": "EUR", "do": "take it out"},
    ),
    (
        "name: a, source: {event: visit}, classes: [{name: it, words: [it]}]",
        "classes are made of a text field",
        {"where": "classes", "do": "take them out"},
    ),
    (
        "name: a, source: {field: title}, classes: [{name: Other, words: [it]}]",
        "a class cannot be called 'Other'",
        {"where": "classes[0]", "allowed": "any other name: 'other' is the class of the texts that match nothing"},
    ),
    (
        "name: a, source: {field: title}, classes: [{name: it, words: [it]}, {name: IT, words: [data]}]",
        "the class 'it' stands twice",
        {"where": "classes[1]", "got": "first on line 2", "do": "give each its own name, or take one out"},
    ),
    (
        "name: a, source: {field: title}, classes: [{name: it, words: []}]",
        "the class 'it' has no words",
        {"where": "classes[0]", "do": "list words, such as 'data'"},
    ),
]


@pytest.mark.parametrize(("line", "what", "parts"), REFUSED, ids=[what for _, what, _ in REFUSED])
def test_a_fault_is_refused(line: str, what: str, parts: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_catalog(catalog(tmp_path, line))
    spot = f"features[0].{parts.pop('where')}".rstrip(".")
    expected: dict[str, Any] = {"got": "", "allowed": "", "do": "", **parts}
    assert error.value.parts() == {"what": what, "where": f"features.yaml, line 2 ({spot})", **expected}


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the fact 'a' stands twice") as error:
        load_catalog(catalog(tmp_path, "name: a, source: {event: visit}", "name: a, source: {event: order}"))
    assert error.value.where == "features.yaml, line 3 (features[1])"
    assert error.value.got == "first on line 2"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the file"):
        load_catalog(tmp_path / "none.yaml")


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return load_agreement(AGREEMENT)


def test_points_of_no_fact_are_refused_with_the_nearest(agreement: Agreement, tmp_path: Path) -> None:
    path = catalog(tmp_path, "name: a, source: {points_of: industri}")
    load_catalog(path)
    with pytest.raises(ConfigError, match="'industri' is no fact of the agreement") as error:
        load_catalog(path, agreement)
    assert error.value.where == "features.yaml, line 2 (features[0].source.points_of)"
    assert error.value.do == "did you mean 'industry'?"


def test_the_name_of_an_agreed_fact_is_refused(agreement: Agreement, tmp_path: Path) -> None:
    path = catalog(tmp_path, "name: industry, source: {event: visit}")
    with pytest.raises(ConfigError, match="the agreement has a fact called 'industry'") as error:
        load_catalog(path, agreement)
    assert error.value.where == "features.yaml, line 2 (features[0].name)"


def test_points_of_facts_and_totals_are_accepted(agreement: Agreement, tmp_path: Path) -> None:
    lines = [f"name: points_of_{of}, source: {{points_of: {of}}}" for of in ("industry", "fit", "interest", "score")]
    assert len(load_catalog(catalog(tmp_path, *lines), agreement)) == 4


VISITS = "name: visits, source: {event: visit}"
PLAN = "name: plan, source: {field: plan}, type: text"
BRANCH = "name: agreed_branch, source: {points_of: industry}"


def pair(keys: str) -> str:
    return f"name: both, kind: fit, source: {{pair: {{{keys}}}}}"


def test_a_pair_may_come_before_its_facts_in_the_file(tmp_path: Path) -> None:
    both, *_ = load_catalog(catalog(tmp_path, pair("first: plan, second: visits, second_cuts: [3, 8]"), VISITS, PLAN))
    assert both.source.pair == Pair(first="plan", second="visits", second_cuts=(3.0, 8.0))
    assert (both.source.table, both.nothing) == ("facts", None)


PAIRS: list[tuple[str, str, str, dict[str, str]]] = [
    (
        "first: plan, second: visits",
        "second",
        "'visits' is a number, so that it must be cut into ranges",
        {"do": "add 'second_cuts: [...]', where its ranges begin"},
    ),
    (
        "first: plan, first_cuts: [1], second: visits, second_cuts: [3]",
        "first_cuts",
        "'plan' is a text, which has no ranges",
        {"do": "take the cuts out"},
    ),
    (
        "first: plan, second: agreed_branch, second_cuts: [3]",
        "second",
        "'agreed_branch' is made of other facts itself",
        {"allowed": "a fact that is read from a lead", "do": "name the facts that it is made of"},
    ),
]


@pytest.mark.parametrize(("keys", "at", "what", "parts"), PAIRS, ids=[what for _, _, what, _ in PAIRS])
def test_a_pair_that_does_not_fit_its_facts_is_refused(
    keys: str, at: str, what: str, parts: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as error:
        load_catalog(catalog(tmp_path, VISITS, PLAN, BRANCH, pair(keys)))
    where = f"features.yaml, line 5 (features[3].source.pair.{at})"
    assert error.value.parts() == {"what": what, "where": where, "got": "", "allowed": "", "do": "", **parts}


def test_a_pair_of_what_is_no_fact_is_refused_with_the_nearest(agreement: Agreement, tmp_path: Path) -> None:
    path = catalog(tmp_path, PLAN, pair("first: plan, second: industri"))
    load_catalog(path)
    with pytest.raises(ConfigError, match="'industri' is no fact that is read here") as error:
        load_catalog(path, agreement)
    assert error.value.where == "features.yaml, line 3 (features[1].source.pair.second)"
    assert error.value.do == "did you mean 'industry'?"


def test_a_pair_of_an_agreed_fact_is_accepted(agreement: Agreement, tmp_path: Path) -> None:
    path = catalog(tmp_path, pair("first: industry, second: employees, second_cuts: [50]"))
    assert len(load_catalog(path, agreement)) == 1
