"""An agreement's rules in plain words, as ``leadscore agreement show`` and ``diff`` print them."""

import re

from features.agreement import AUTOMATIC, Condition, Fact, LeadTest, Stage
from features.catalog import Pair, Source, Where
from features.pairs import BOTH, range_names
from features.segmentkeys import Phase

_LOOKS_OTHERWISE = re.compile(r"[-+.\d]+(?:e[-+]?\d+)?|true|false|null|\s.*|.*\s|", re.IGNORECASE | re.DOTALL)


def number_words(value: float) -> str:
    """A number without a needless fraction, and with every digit that it has.

    >>> number_words(14.0), number_words(0.95)
    ('14', '0.95')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def amount(value: float, unit: str = "") -> str:
    """A number with its unit, which loses its plural s beside a 1.

    >>> amount(14.0, "days"), amount(1.0, "points"), amount(1.0, "business"), amount(5.0)
    ('14 days', '1 point', '1 business', '5')
    """
    single = unit.endswith("s") and not unit.endswith("ss") and abs(value) == 1
    return f"{number_words(value)} {unit[:-1] if single else unit}".rstrip()


def value_words(value: str | float | bool | None, unit: str = "") -> str:
    """One value; a text is quoted where it could be taken for a number or for nothing.

    >>> [value_words(v) for v in ("software", "3", 3.0, True, None)]
    ['software', '"3"', '3', 'true', 'unknown']
    """
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if _LOOKS_OTHERWISE.fullmatch(value) else value
    return amount(value, unit)


def any_of(words: list[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def range_words(condition: Condition, unit: str = "") -> str:
    """The numbers that a condition covers; empty where it is no range.

    >>> range_words(Condition(at_least=50.0, below=200.0), "people")
    'at least 50 and below 200 people'
    """
    low = [] if condition.at_least is None else [f"at least {number_words(condition.at_least)}"]
    high = [] if condition.below is None else [f"below {number_words(condition.below)}"]
    parts = low + high
    return f"{' and '.join(parts)} {unit}".rstrip() if parts else ""


def condition_words(condition: Condition, unit: str = "") -> str:
    """When a condition holds.

    >>> condition_words(Condition(one_of=("software", "financial services")))
    'software or financial services'
    >>> condition_words(Condition(matches=("it", "engineer*"))), condition_words(Condition(missing=True))
    ('holds: it, engineer*', 'unknown')
    """
    parts = [
        any_of([value_words(v, unit) for v in (condition.equals, *condition.one_of) if v is not None]),
        range_words(condition, unit),
        f"holds: {', '.join(condition.matches)}" if condition.matches else "",
        "unknown" if condition.missing else "",
    ]
    return " and ".join(filter(None, parts))


def where_words(where: dict[str, Where | str | float | bool]) -> str:
    """The tests on an event's properties.

    >>> where_words({"path": Where(starts_with="/pricing"), "logged_in": True})
    'path starting with /pricing and logged_in true'
    """
    return " and ".join(f"{name} {_test_words(test)}" for name, test in where.items())


def _test_words(test: Where | str | float | bool) -> str:
    if not isinstance(test, Where):
        return value_words(test)
    parts = [
        any_of([value_words(v) for v in (test.equals, *test.one_of) if v is not None]),
        "" if test.starts_with is None else f"starting with {test.starts_with}",
        "" if test.contains is None else f"containing {test.contains}",
    ]
    return " and ".join(filter(None, parts)) or "known"


def source_words(source: Source) -> str:
    """Where a fact is read.

    >>> source_words(Source(field="job_title", derive="seniority"))
    'job_title (seniority)'
    >>> where = {"path": Where(starts_with="/pricing")}
    >>> source_words(Source(event="page_view", where=where, window_days=30.0, half_life_days=14.0))
    'page_view events with path starting with /pricing, in 30 days, halving every 14 days'
    >>> source_words(Source(event="any", measure="distinct", property="product"))
    'distinct product of events of any type'
    """
    late = f", {amount(source.delay_days, 'days')} late" if source.delay_days else ""
    if source.event is None:
        return _read_words(source) + late
    events = "events of any type" if source.event == "any" else f"{source.event} events"
    if source.where:
        events += f" with {where_words(source.where)}"
    if source.over == "account":
        events += " of the whole account"
    parts = [_MEASURED[source.measure].format(events=events, property=source.property)]
    if source.window_days is not None:
        parts.append(f"in {amount(source.window_days, 'days')}")
    if source.compare_days is not None:
        parts.append(f"compared with {amount(source.compare_days, 'days')}")
    if source.half_life_days is not None:
        parts.append(f"halving every {amount(source.half_life_days, 'days')}")
    if source.gap_minutes is not None:
        parts.append(f"apart by pauses over {amount(source.gap_minutes, 'minutes')}")
    return ", ".join(parts) + late


_MEASURED = {
    "count": "{events}",
    "distinct": "distinct {property} of {events}",
    "sum": "sum of {property} of {events}",
    "max": "largest {property} of {events}",
    "last": "last {property} of {events}",
    "days_since_first": "days since the first of {events}",
    "days_since_last": "days since the last of {events}",
    "pace": "pace of {events}",
    "sessions": "sessions of {events}",
    "leads": "leads with {events}",
}
_OF_LEAD = {
    "age_days": "days since the lead was created",
    "stage": "the stage that the lead is in",
    "days_in_stage": "days in the stage",
    "colleagues": "other leads of the same account",
}
_TOTALS = {"fit": "all fit facts", "interest": "all interest facts", "score": "all facts"}


def _read_words(source: Source) -> str:
    if source.lead is not None:
        return _OF_LEAD[source.lead]
    if source.points_of is not None:
        return f"points agreed for {_TOTALS.get(source.points_of, source.points_of)}"
    if source.pair is not None:
        return pair_words(source.pair)
    return f"{source.field or ''} ({source.derive})" if source.derive else source.field or ""


def pair_words(pair: Pair) -> str:
    """The two facts that are taken together, and the ranges of numbers.

    >>> pair_words(Pair(first="industry", second="visits", second_cuts=(3.0, 8.0)))
    'industry × visits (below 3, 3 to 8, from 8)'
    """
    sides = ((pair.first, pair.first_cuts), (pair.second, pair.second_cuts))
    return BOTH.format(*(f"{name} ({', '.join(range_names(cuts))})" if cuts else name for name, cuts in sides))


def points_words(fact: Fact) -> list[tuple[str, float, str]]:
    """Rows of a fact's points: the condition in words, the points, the reason.

    >>> points_words(Fact(fact="visits", event="page_view", points_each=5.0, cap=15.0, why="they have a project"))
    [('each, at most 15', 5.0, 'they have a project')]
    """
    if fact.points_each is not None:
        return [(f"each{_cap_words(fact)}", fact.points_each, fact.why)]
    return [(condition_words(p, fact.unit), p.points, p.why) for p in fact.points]


def _cap_words(fact: Fact) -> str:
    if fact.cap is None:
        return ""
    return f", at {'most' if fact.cap > 0 else 'least'} {number_words(fact.cap)}"


def rule_words(fact: Fact) -> str:
    """A fact and its points in one line.

    >>> rule_words(Fact(fact="trials", label="trials started", event="trial", points_each=8.0, cap=16.0))
    'trials started, 8 points each up to 16'
    >>> from features.agreement import Points
    >>> rule_words(Fact(fact="rank", field="title", points=(Points(equals="director", points=10.0),)))
    'rank, 10 points for director'
    """
    if fact.points_each is not None:
        cap = "" if fact.cap is None else f" {'up' if fact.cap > 0 else 'down'} to {number_words(fact.cap)}"
        return f"{fact_words(fact)}, {amount(fact.points_each, 'points')} each{cap}"
    rows = [f"{amount(points, 'points')} for {words}" for words, points, _ in points_words(fact)]
    return f"{fact_words(fact)}, {'; '.join(rows)}"


def fact_words(fact: Fact) -> str:
    """The words that people read for a fact."""
    return fact.label or fact.fact.replace("_", " ")


def test_words(test: LeadTest) -> str:
    """When a named test hits a lead.

    >>> from features.segmentkeys import Phase
    >>> test_words(Phase(name="deciding", stages=("SAL", "SQL")))
    'in the stage SAL or SQL'
    >>> test_words(Phase(name="looking", event="page_view", window_days=30.0))
    'page_view events, in 30 days is at least 1'
    """
    if isinstance(test, Phase) and test.stages:
        return f"in the stage {any_of(list(test.stages))}"
    verb = "" if test.when.matches else "is "  # what matches says itself that it is held
    return f"{source_words(test)} {verb}{condition_words(test.when)}"


def stage_words(stage: Stage) -> str:
    """What it takes to enter a stage.

    >>> sal = Stage(stage="SAL", definition="", owner="", threshold=50.0, required=("email",), gate="sales accepts")
    >>> stage_words(sal)
    'from 50 points; email known; sales accepts'
    """
    on = "" if stage.on == "score" else f" of the {stage.on} score"
    parts = [
        "" if stage.threshold is None else f"from {amount(stage.threshold, 'points')}{on}",
        f"{', '.join(stage.required)} known" if stage.required else "",
        "" if stage.gate == AUTOMATIC else stage.gate,
    ]
    return "; ".join(filter(None, parts)) or "every lead"
