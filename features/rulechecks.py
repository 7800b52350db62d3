"""What rules must satisfy: facts, the conditions on them and named tests of a lead can hold, and are said once."""

from collections.abc import Sequence
from itertools import pairwise

from features.agreement import Condition, Fact, LeadTest, class_name, value_type
from features.catalog import BOUNDS, COUNTING, OTHER, Source
from features.derive import CLASSES
from features.describe import range_words, value_words
from features.errors import nearest
from features.points import exact_values, span
from features.sourcechecks import check_source
from features.texts import text
from features.yamlfile import Document, Path_

MOST_POINTS = 1e9  # times the largest number of a lead, still far from what a sum can hold


def check_once(word: str, name: str, names: dict[str, Path_], path: Path_, document: Document) -> None:
    """Refuse a name that ``names`` has already, else note where it stands."""
    if name in names:
        raise document.refuse(
            f"the {word} '{name}' stands twice",
            path,
            got=f"first on line {document.line(names[name])}",
            do="give each its own name, or take one out",
        )
    names[name] = path


def check_name(name: str, path: Path_, document: Document) -> None:
    """Refuse a name with spaces, and the one that answers use themselves."""
    if name.split() != [name]:
        short = "_".join(name.split())
        raise document.refuse(
            "the name of a fact has no spaces",
            path,
            got=repr(name),
            do=f"write '{short}', and the words that people read as 'label'",
        )
    if name == BOUNDS:
        raise document.refuse(
            f"a fact cannot be called '{BOUNDS}'",
            path,
            allowed=f"any other name: '{BOUNDS}' is the term of what the bounds cut off a score",
        )


def check_fact(fact: Fact, path: Path_, document: Document) -> None:
    """Refuse a fact whose points are said twice or not at all, overlap, or can never be given."""
    check_name(fact.fact, (*path, "fact"), document)
    check_source(fact, path, document)
    each = fact.points_each
    if bool(fact.points) == (each is not None):
        raise document.refuse(
            f"the fact '{fact.fact}' needs its points said one way",
            path,
            got="both" if fact.points else "neither",
            allowed="one of 'points' and 'points_each'",
        )
    if fact.cap is not None and (each is None or fact.cap * each <= 0):
        beside = "no points_each" if each is None else f"points_each {each:g}"
        raise document.refuse(
            "'cap' needs 'points_each' of the same sign", (*path, "cap"), got=f"cap {fact.cap:g} with {beside}"
        )
    _check_amounts(fact, path, document)
    type_ = value_type(fact, fact.points, each=each is not None)
    if fact.gives_text and type_ == "number":
        raise document.refuse(
            f"'{fact.derive or fact.lead}' gives a text, but the points compare a number",
            path,
            do="compare texts" + (", or take 'derive' out" if fact.derive else ""),
        )
    for i, points in enumerate(fact.points):
        _check_condition(points, fact, type_, (*path, "points", i), document)
    _check_classes(fact, path, document)
    _check_disjoint(fact.points, path, document)


def _check_amounts(fact: Fact, path: Path_, document: Document) -> None:
    amounts: list[tuple[float, Path_]] = [(fact.points_each or 0.0, (*path, "points_each"))]
    amounts += [(points.points, (*path, "points", i, "points")) for i, points in enumerate(fact.points)]
    for amount, spot in amounts:
        if abs(amount) > MOST_POINTS:
            raise document.refuse(
                "nobody can mean so many points", spot, got=f"{amount:g}", allowed=f"at most {MOST_POINTS:g}"
            )


def _check_classes(fact: Fact, path: Path_, document: Document) -> None:
    for i, points in enumerate(fact.points):
        spot: Path_ = (*path, "points", i)
        if points.named is not None and not points.matches:
            raise document.refuse("'as' names a class of matched texts", (*spot, "as"), do="add 'matches'")
        if points.matches and fact.field is None:
            raise document.refuse(
                "'matches' looks for words in a field", (*spot, "matches"), do="list values with 'equals' or 'in'"
            )
        if points.matches and text(class_name(points)) in (None, OTHER):
            raise document.refuse(
                f"a class cannot be called '{class_name(points)}'",
                spot,
                allowed=f"any other name: '{OTHER}' is the class of the texts that match nothing",
            )
    if any(p.matches for p in fact.points) and not all(p.matches or p.missing for p in fact.points):
        raise document.refuse(
            f"the fact '{fact.fact}' mixes 'matches' with other conditions",
            path,
            allowed="'matches' in every condition (and 'missing'), or in none",
            do="make two facts of it",
        )


def _check_condition(condition: Condition, source: Source, type_: str, path: Path_, document: Document) -> None:
    if not condition.one_of and document.has((*path, "in")):
        raise document.refuse("'in' lists no value", (*path, "in"), do="list values, or take it out")
    bounds = span(condition)
    forms = (condition.equals is not None, condition.one_of, bounds is not None, condition.matches, condition.missing)
    if sum(map(bool, forms)) != 1:
        raise document.refuse(
            "a condition has exactly one form",
            path,
            got=f"{sum(map(bool, forms))} forms",
            allowed="one of: equals; in; from and/or below; matches; missing",
        )
    if bounds is not None and bounds[0] >= bounds[1]:
        raise document.refuse(
            "the range is empty", path, got=f"from {bounds[0]:g} below {bounds[1]:g}", allowed="from < below"
        )
    named = (condition.equals, *condition.one_of, *condition.matches)
    if any(isinstance(v, str) and text(v) is None for v in named):
        raise document.refuse("a blank text is an unknown value", path, do="write 'missing: true' for unknown values")
    if condition.missing and not source.unknown_without:
        word = "sum" if source.measure == "sum" else "count"
        raise document.refuse(f"a {word} is never unknown", path, do="write 'equals: 0' for none")
    texts = [v for v in named if v is not None and (isinstance(v, str | bool))]
    if type_ == "number" and texts:
        raise document.refuse("this fact is a number, which no text equals", path, got=value_words(texts[0]))
    _check_derived(condition, source, path, document)


def _check_derived(condition: Condition, source: Source, path: Path_, document: Document) -> None:
    classes = CLASSES.get(source.derive or "")
    if classes is None or condition.matches:
        return
    for value in exact_values(condition):
        if value not in classes:
            raise document.refuse(f"'{source.derive}' never gives '{value}'", path, do=nearest(str(value), classes))


def _check_disjoint(conditions: Sequence[Condition], path: Path_, document: Document) -> None:
    where = {id(c): (*path, "points", i) for i, c in enumerate(conditions)}
    ranges = sorted(((s, c) for c in conditions if (s := span(c)) is not None), key=lambda pair: pair[0])
    for (first, a), (second, b) in pairwise(ranges):
        if second[0] < first[1]:
            later, earlier = (b, a) if where[id(b)] > where[id(a)] else (a, b)
            raise document.refuse(
                "two ranges overlap",
                where[id(later)],
                got=f"{range_words(later)} overlaps {range_words(earlier)} on line {document.line(where[id(earlier)])}",
                allowed="ranges that do not share a number: 'below' is not included",
            )
    seen: dict[float | str | None, Path_] = {}
    for condition in conditions:
        for value in (*exact_values(condition), *([None] if condition.missing else [])):
            words = "the unknown value" if value is None else value_words(value)
            if value in seen:
                line = document.line(seen[value])
                raise document.refuse(f"{words} gets points twice", where[id(condition)], got=f"first on line {line}")
            seen[value] = where[id(condition)]
            inside = next((c for r, c in ranges if isinstance(value, float) and r[0] <= value < r[1]), None)
            if inside is not None:
                raise document.refuse(f"{words} overlaps the range {range_words(inside)}", where[id(condition)])


def check_test(test: LeadTest, path: Path_, document: Document) -> None:
    """Refuse a named test that does not say when it hits, or never can."""
    check_source(test, path, document)
    if not (test.event is not None and test.measure in COUNTING) and not document.has((*path, "when")):
        raise document.refuse(f"'{test.name}' does not say when it hits", path, do="add 'when' with a condition")
    type_ = value_type(test, (test.when,), each=False)
    if test.gives_text and type_ == "number":
        raise document.refuse(
            f"'{test.derive or test.lead}' gives a text, but 'when' compares a number", (*path, "when")
        )
    _check_condition(test.when, test, type_, (*path, "when"), document)
