"""What the source of a fact must satisfy: a field or events, a measure that fits, tests that can be passed."""

from features.catalog import Source, Where
from features.describe import where_words
from features.reference import property_test, text
from features.yamlfile import Document, Path_

MOST_DAYS = 36_500.0
_OF_EVENTS = ("where", "property", "window_days", "half_life_days")
_KNOWN = "name a value, or write '{}' for any event whose property is known"


def check_source(source: Source, path: Path_, document: Document) -> None:
    """Check where a fact, an exclusion or a fast-track is read."""
    if (source.field is None) == (source.event is None):
        raise document.refuse(
            "a fact is read either from a field or from events",
            path,
            got="neither" if source.field is None else "both",
            allowed="one of 'field' and 'event'",
        )
    for key in ("field", "event", "property"):
        if getattr(source, key) is not None and text(getattr(source, key)) is None:
            raise document.refuse(f"'{key}' names nothing", (*path, key), got="a blank text", do="write its name")
    over_events = [k for k in _OF_EVENTS if getattr(source, k)] + ["measure"] * (source.measure != "count")
    if source.field is not None and over_events:
        raise document.refuse(
            f"'{over_events[0]}' measures events, but this fact reads a field",
            (*path, over_events[0]),
            do="take it out, or name an 'event' instead of the 'field'",
        )
    if source.event is not None and source.derive is not None:
        raise document.refuse(
            "'derive' reads a field, but this fact measures events", (*path, "derive"), do="take it out"
        )
    _check_measure(source, path, document)
    for name, where in source.where.items():
        _check_where(where, (*path, "where", name), document)


def _check_measure(source: Source, path: Path_, document: Document) -> None:
    if (source.measure == "distinct") != (source.property is not None):
        raise document.refuse(
            "'measure: distinct' and 'property' go together",
            path,
            do="name the property whose values to count, or take it out",
        )
    if source.half_life_days is not None and source.measure != "count":
        raise document.refuse(
            "a half-life goes with 'measure: count' only",
            (*path, "half_life_days"),
            got=f"measure: {source.measure}",
            do="take it out",
        )
    for key in ("window_days", "half_life_days"):
        days = getattr(source, key)
        if days is not None and days <= 0:
            raise document.refuse(f"'{key}' must be more than 0 days", (*path, key), got=f"{days:g}")
        if days is not None and days > MOST_DAYS:
            raise document.refuse(
                f"'{key}' is longer than a century",
                (*path, key),
                got=f"{days:g}",
                allowed=f"at most {MOST_DAYS:g} days",
                do="take it out if events never grow old",
            )


def _check_where(where: Where | str | float | bool, path: Path_, document: Document) -> None:
    """Refuse a test of a property that no event passes, or that tests nothing."""
    if not isinstance(where, Where):
        where = Where(equals=where)
    elif not where.one_of and document.has((*path, "in")):
        raise document.refuse("'in' lists no value", (*path, "in"), do="list values, or take it out")
    listed = [v for v in (where.equals, *where.one_of) if v is not None]
    texts = [*listed, where.starts_with, where.contains]
    if any(isinstance(v, str) and text(v) is None for v in texts):
        raise document.refuse("a blank text is an unknown value, which passes no test", path, do=_KNOWN)
    if listed and not any(map(property_test(where), listed)):
        raise document.refuse(
            "no event passes this test",
            path,
            got=where_words({str(path[-1]): where}),
            do="list a value that passes the other tests, or take one of them out",
        )
