"""What the source of a fact must satisfy: a field or events, a measure that fits, tests that can be passed."""

from features.catalog import Source, Where
from features.describe import where_words
from features.selections import property_test
from features.texts import text
from features.yamlfile import Document, Path_

MOST_DAYS = 36_500.0
_WORDS = {
    "field": "a field",
    "event": "events",
    "lead": "the lead itself",
    "points_of": "agreed points",
    "pair": "two other facts",
}
READ_FROM = tuple(_WORDS)
_OF_AGREEMENT = READ_FROM[:3]
_DAYS = ("window_days", "compare_days", "half_life_days", "delay_days")
_OF_EVENTS = ("where", "property", "window_days", "compare_days", "half_life_days", "gap_minutes")
_OF_PROPERTY = ("distinct", "sum", "max", "last")
# The measure that each key belongs to; what needs its key, and what has it if anybody wants it.
_NEEDED = {"compare_days": "pace", "gap_minutes": "sessions"}
_KNOWN = "name a value, or write '{}' for any event whose property is known"


def check_source(source: Source, path: Path_, document: Document, read_from: tuple[str, ...] = _OF_AGREEMENT) -> None:
    """Check where a fact, an exclusion, a fast-track or a feature is read; ``read_from``: the keys it may use."""
    given = [key for key in READ_FROM if getattr(source, key) is not None]
    if len(given) != 1 or given[0] not in read_from:
        raise document.refuse(
            "a fact is read from exactly one place",
            path,
            got=" and ".join(f"'{key}'" for key in given) or "none",
            allowed="one of " + ", ".join(f"'{key}'" for key in read_from),
        )
    for key in ("field", "event", "property"):
        if getattr(source, key) is not None and text(getattr(source, key)) is None:
            raise document.refuse(f"'{key}' names nothing", (*path, key), got="a blank text", do="write its name")
    for key in _DAYS:
        _check_days(source, key, path, document)
    if source.event is None:
        _check_without_events(source, given[0], path, document)
    else:
        _check_measure(source, path, document)
    for name, where in source.where.items():
        _check_where(where, (*path, "where", name), document)


def _check_without_events(source: Source, read_from: str, path: Path_, document: Document) -> None:
    over_events = [k for k in _OF_EVENTS if getattr(source, k)] + ["measure"] * (source.measure != "count")
    over_events += ["over"] * (source.over != "lead")
    if over_events:
        raise document.refuse(
            f"'{over_events[0]}' measures events, but this fact reads {_WORDS[read_from]}",
            (*path, over_events[0]),
            do=f"take it out, or name an 'event' instead of the '{read_from}'",
        )
    if source.derive is not None and source.field is None:
        raise document.refuse(
            f"'derive' reads a field, but this fact reads {_WORDS[read_from]}", (*path, "derive"), do="take it out"
        )
    if source.delay_days and source.field is None:
        raise document.refuse("only fields and events can be late", (*path, "delay_days"), do="take it out")


def _check_measure(source: Source, path: Path_, document: Document) -> None:
    measure = source.measure
    if source.derive is not None:
        raise document.refuse(
            "'derive' reads a field, but this fact measures events", (*path, "derive"), do="take it out"
        )
    if measure in _OF_PROPERTY and source.property is None:
        raise document.refuse(
            f"'measure: {measure}' reads a property, but none is named", path, do="add 'property: ...'"
        )
    if source.property is not None and measure not in _OF_PROPERTY:
        raise document.refuse(
            f"'measure: {measure}' reads no property",
            (*path, "property"),
            do=f"take it out, or measure one of {', '.join(_OF_PROPERTY)}",
        )
    for key, owner in _NEEDED.items():
        if (measure == owner) != (getattr(source, key) is not None):
            raise document.refuse(
                f"'{key}' and 'measure: {owner}' go together",
                path,
                got=f"measure: {measure}",
                do=f"add '{key}: ...'" if measure == owner else f"take '{key}' out",
            )
    if source.gap_minutes is not None and not 0 < source.gap_minutes <= MOST_DAYS * 1440:
        raise document.refuse(
            "'gap_minutes' must be more than 0 and at most a century",
            (*path, "gap_minutes"),
            got=f"{source.gap_minutes:g}",
        )
    if source.half_life_days is not None and measure != "count":
        raise document.refuse(
            "a half-life goes with 'measure: count' only",
            (*path, "half_life_days"),
            got=f"measure: {measure}",
            do="take it out",
        )
    _check_windows(source, path, document)
    _check_account(source, path, document)


def _check_windows(source: Source, path: Path_, document: Document) -> None:
    window, compare = source.window_days, source.compare_days
    if compare is not None and (window is None or window >= compare):
        raise document.refuse(
            "a pace compares a window with a longer one",
            (*path, "compare_days"),
            got=f"window_days {'none' if window is None else f'{window:g}'}, compare_days {compare:g}",
            allowed="window_days < compare_days",
        )
    if window is not None and source.delay_days >= window:
        raise document.refuse(
            "no event is ever read: it leaves the window before it is there",
            (*path, "delay_days"),
            got=f"{source.delay_days:g}",
            allowed=f"less than the window of {window:g} days",
        )


def _check_account(source: Source, path: Path_, document: Document) -> None:
    if source.measure == "leads" and source.over != "account":
        raise document.refuse("'measure: leads' counts the leads of an account", path, do="add 'over: account'")
    if source.measure == "sessions" and source.over == "account":
        raise document.refuse("a session is of one lead", (*path, "over"), do="take 'over' out")


def _check_days(source: Source, key: str, path: Path_, document: Document) -> None:
    days = getattr(source, key)
    if days is not None and (days < 0 or (days == 0 and key != "delay_days")):
        least = "0 or more" if key == "delay_days" else "more than 0"
        raise document.refuse(f"'{key}' must be {least} days", (*path, key), got=f"{days:g}")
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
