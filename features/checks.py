"""What an agreement must satisfy beyond its shape: names that exist, ranges that do not overlap, thresholds
that can be reached. Each check raises AgreementError with the line of the fault.
"""

from collections.abc import Sequence
from itertools import pairwise

from features.agreement import Agreement, Condition, Fact, Stage, feature_of
from features.catalog import Kind, Source
from features.errors import nearest
from features.points import exact_values, span, total_extremes
from features.yamlfile import Document, Path_


def check(agreement: Agreement, document: Document) -> None:
    """Run every check."""
    names: dict[str, Path_] = {}
    for kind in ("fit", "interest"):
        for i, fact in enumerate(getattr(agreement, kind)):
            path: Path_ = (kind, i)
            _check_once(fact.fact, names, path, document)
            _check_source(fact, path, document)
            _check_fact(fact, kind, path, document)
    _check_stages(agreement, document)
    _check_tests(agreement, document)
    _check_grades(agreement, document)
    for i, example in enumerate(agreement.examples):
        _check_stage_name(example.stage, agreement, ("examples", i, "stage"), document)


def _check_once(name: str, names: dict[str, Path_], path: Path_, document: Document) -> None:
    if name in names:
        first = document.line(names[name])
        raise document.refuse(f"the fact '{name}' stands twice", path, got=f"first on line {first}")
    names[name] = path


def _check_source(source: Source, path: Path_, document: Document) -> None:
    if (source.field is None) == (source.event is None):
        raise document.refuse(
            "a fact is read either from a field or from events",
            path,
            got="both" if source.field else "neither",
            allowed="one of 'field' and 'event'",
        )
    over_events = [k for k in ("where", "property", "window_days", "half_life_days") if getattr(source, k)]
    if source.measure != "count":
        over_events.append("measure")
    if source.field is not None and over_events:
        raise document.refuse(
            f"'{over_events[0]}' measures events, but this fact reads a field",
            (*path, over_events[0]),
            do="take it out, or name an 'event' instead of the 'field'",
        )
    if source.event is not None and source.derive is not None:
        raise document.refuse("'derive' reads a field, but this fact measures events", (*path, "derive"))
    if (source.measure == "distinct") != (source.property is not None):
        raise document.refuse(
            "'measure: distinct' and 'property' go together",
            path,
            do="name the property whose values to count",
        )
    if source.half_life_days is not None and source.measure != "count":
        raise document.refuse("a half-life goes with 'measure: count' only", (*path, "half_life_days"))
    for key in ("window_days", "half_life_days"):
        days = getattr(source, key)
        if days is not None and days <= 0:
            raise document.refuse(f"'{key}' must be more than 0 days", (*path, key), got=f"{days:g}")


def _check_fact(fact: Fact, kind: Kind, path: Path_, document: Document) -> None:
    if bool(fact.points) == (fact.points_each is not None):
        raise document.refuse(
            f"the fact '{fact.fact}' needs its points said one way",
            path,
            got="both" if fact.points else "neither",
            allowed="one of 'points' and 'points_each'",
        )
    if fact.cap is not None and (fact.points_each is None or fact.cap * fact.points_each < 0):
        raise document.refuse("'cap' needs 'points_each' of the same sign", (*path, "cap"), got=f"{fact.cap:g}")
    for i, points in enumerate(fact.points):
        _check_condition(points, (*path, "points", i), document)
        if points.named is not None and not points.matches:
            raise document.refuse("'as' names a class of matched texts", (*path, "points", i, "as"), do="add 'matches'")
    if any(p.matches for p in fact.points) and not all(p.matches or p.missing for p in fact.points):
        raise document.refuse(
            f"the fact '{fact.fact}' mixes 'matches' with other conditions",
            path,
            allowed="'matches' in every condition (and 'missing'), or in none",
            do="make two facts of it",
        )
    if fact.derive is not None and feature_of(fact, kind).type == "number":
        raise document.refuse(f"'{fact.derive}' gives a text, but the points compare a number", path)
    _check_disjoint(fact.points, path, document)


def _check_condition(condition: Condition, path: Path_, document: Document) -> None:
    forms = [
        condition.equals is not None,
        bool(condition.one_of),
        span(condition) is not None,
        bool(condition.matches),
        condition.missing,
    ]
    if sum(forms) != 1:
        raise document.refuse(
            "a condition has exactly one form",
            path,
            got=f"{sum(forms)} forms",
            allowed="one of: equals; in; from and/or below; matches; missing",
        )
    bounds = span(condition)
    if bounds is not None and bounds[0] >= bounds[1]:
        raise document.refuse(
            "the range is empty", path, got=f"from {bounds[0]:g} below {bounds[1]:g}", allowed="from < below"
        )


def _check_disjoint(conditions: Sequence[Condition], path: Path_, document: Document) -> None:
    where = {id(c): (*path, "points", i) for i, c in enumerate(conditions)}
    ranges = sorted(((span(c), c) for c in conditions if span(c) is not None), key=lambda pair: pair[0])  # type: ignore[arg-type, return-value]
    for (first, a), (second, b) in pairwise(ranges):
        if second[0] < first[1]:  # type: ignore[index]
            raise document.refuse(
                "two ranges overlap",
                where[id(b)],
                got=f"{_words(second)} overlaps {_words(first)} on line {document.line(where[id(a)])}",
                allowed="ranges that do not share a number: 'below' is not included",
            )
    seen: dict[float | str, Path_] = {}
    for condition in conditions:
        for value in exact_values(condition):
            if value in seen:
                line = document.line(seen[value])
                raise document.refuse(f"{value!r} gets points twice", where[id(condition)], got=f"first on line {line}")
            seen[value] = where[id(condition)]
            inside = next((r for r, _ in ranges if isinstance(value, float) and r[0] <= value < r[1]), None)  # type: ignore[index]
            if inside is not None:
                raise document.refuse(f"{value:g} overlaps the range {_words(inside)}", where[id(condition)])


def _words(bounds: tuple[float, float] | None) -> str:
    low, high = bounds or (0.0, 0.0)
    return f"[{low:g}, {high:g})"


def _check_stages(agreement: Agreement, document: Document) -> None:
    names: dict[str, Path_] = {}
    for i, stage in enumerate(agreement.stages):
        path: Path_ = ("stages", i)
        if stage.stage in names:
            raise document.refuse(f"the stage '{stage.stage}' stands twice", path)
        names[stage.stage] = path
        if stage.threshold is not None:
            _check_reachable(stage, agreement, (*path, "threshold"), document)
            _check_rising(stage, agreement.stages[:i], (*path, "threshold"), document)
    if not agreement.stages:
        raise document.refuse("the agreement has no stages", ("stages",))
    if agreement.stages[0].threshold is not None:
        raise document.refuse(
            "every lead starts in the first stage, so it has no threshold", ("stages", 0, "threshold")
        )
    _check_stage_name(agreement.conversion.stage, agreement, ("conversion", "stage"), document)


def _check_reachable(stage: Stage, agreement: Agreement, path: Path_, document: Document) -> None:
    facts = {"fit": agreement.fit, "interest": agreement.interest}.get(stage.on, (*agreement.fit, *agreement.interest))
    most = total_extremes(facts)[1]
    if stage.threshold is not None and stage.threshold > most:
        raise document.refuse(
            f"no lead can reach the threshold of '{stage.stage}'",
            path,
            got=f"{stage.threshold:g} points on {stage.on}",
            allowed=f"at most {most:g}, which is all that the rules can give",
            do="lower the threshold, or give more points",
        )


def _check_rising(stage: Stage, before: Sequence[Stage], path: Path_, document: Document) -> None:
    for earlier in before:
        if earlier.on == stage.on and earlier.threshold is not None and earlier.threshold > (stage.threshold or 0.0):
            raise document.refuse(
                f"the threshold of '{stage.stage}' is below that of the earlier stage '{earlier.stage}'",
                path,
                got=f"{stage.threshold:g} after {earlier.threshold:g}",
                allowed="thresholds on the same points that do not fall from stage to stage",
            )


def _check_tests(agreement: Agreement, document: Document) -> None:
    for key in ("exclusions", "fast_tracks"):
        for i, test in enumerate(getattr(agreement, key)):
            _check_source(test, (key, i), document)
            _check_condition(test.when, (key, i, "when"), document)
    for i, track in enumerate(agreement.fast_tracks):
        _check_stage_name(track.to, agreement, ("fast_tracks", i, "to"), document)


def _check_stage_name(name: str, agreement: Agreement, path: Path_, document: Document) -> None:
    names = [s.stage for s in agreement.stages]
    if name not in names:
        raise document.refuse(f"there is no stage '{name}'", path, do=nearest(name, names))


def _check_grades(agreement: Agreement, document: Document) -> None:
    lowest = list(agreement.grades.values())
    if lowest != sorted(lowest, reverse=True):
        raise document.refuse("grades go from the best to the worst", ("grades",), got=str(dict(agreement.grades)))
