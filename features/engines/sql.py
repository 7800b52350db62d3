"""What is measured over events and stages, said once, in DuckDB's SQL; SQLGlot translates it for Spark.

Narwhals was tried on forty features of twenty thousand leads. It is as fast as this SQL and reads well, but it has no
value at the greatest moment (``last``), counts an unknown value as a distinct one on DuckDB, has no hash of an id, and
hides the SQL that one wants to see when a plan is slow; so SQLGlot, which needs one dialect written well. Every number
that could read as a decimal in one dialect and as a double in the other is written with an exponent.

Tables that an engine brings (``lead``: the engine's own key of a lead; moments are microseconds since 1970):

    leads      lead_id, lead, account, created, and, where profiles have no versions, one column ``f<i>`` per profile
               feature
    versions   lead, valid_from, valid_until, one column ``f<i>`` per profile feature
    members    lead, account, since, until: instead of ``account``, where leads came to their accounts later
    events     lead_id, event_id, t, type, properties, known (from when it counts; where some were known late)
    kinds      type, properties, content, h<j> (bits: selections), v<j> (properties as read)
    stages     lead, t, stage, known (as above; NULL: at once)
    snapshots  s, lead, as_of

Events are counted in two steps: first by snapshot and class, a class being kinds that no feature tells apart, then by
snapshot. What the first step counts, forty features share.
"""

from collections.abc import Sequence

from features.engines.plan import Frame, Plan, read_of
from features.engines.sql_known import Held, hit, kind_columns, known_sql, sessions_then
from features.measures import FADED, MILLIONTHS, pace_ratio
from features.moments import DAY


def features_sql(plan: Plan, held: Held, *, first: int, last: int) -> str:
    """One row per snapshot with every feature: ``s``, ``lead``, ``as_of``, ``f0``, ``f1``, ...

    first, last: the earliest and the latest moment of a snapshot: events after it, and those that no window holds
        at the earliest, are not read
    """
    parts: dict[str, str] = {"mates": _MATES} if held.members and plan.reads_accounts else {}
    if plan.measured:
        parts |= known_sql(plan, held, first=first, last=last)
        for name, over in (("own", "lead"), ("shared", "account")):
            at = [i for i in plan.measured if plan.features[i].source.over == over]
            rows = (_own if over == "lead" else _shared)(held)
            parts |= {name: _Tally(plan, held, at, rows).sql()} if at else {}
    if plan.reads_stages:
        parts["staged"] = _STAGED
    if any(f.source.lead == "colleagues" for f in plan.features):
        parts["colleagues"] = _MATES_COUNTED if held.members else _COLLEAGUES
    joins = [f"LEFT JOIN {n} ON {n}.s = x.s" for n in ("own", "shared", "staged", "colleagues") if n in parts]
    joins += [_VERSION] if held.versions else []
    columns = "".join(f", {_value(plan, held, i)} AS f{i}" for i in plan.read)
    people = "snapshots AS x JOIN leads AS l ON l.lead = x.lead"
    whole = f"SELECT x.s, x.lead, x.as_of{columns} FROM {people} {' '.join(joins)}"
    named = ", ".join(f"{name} AS ({part})" for name, part in parts.items())
    return f"WITH {named} {whole}" if named else whole


def _own(held: Held) -> str:
    return f"FROM snapshots AS x JOIN seen AS e ON e.lead = x.lead WHERE {_counts(held)}"


def _counts(held: Held) -> str:
    """Whether an event counts as of a snapshot."""
    return "e.known <= x.as_of AND COALESCE(e.gone > x.as_of, TRUE)" if held.late else "e.t <= x.as_of"


_OF_ACCOUNT = "FROM snapshots AS x JOIN leads AS l ON l.lead = x.lead JOIN leads AS o ON o.account = l.account"
_COLLEAGUES = f"""SELECT x.s, COUNT(*) AS n {_OF_ACCOUNT}
WHERE o.lead <> l.lead AND COALESCE(o.created <= x.as_of, TRUE) GROUP BY x.s"""
_MATES = """SELECT DISTINCT x.s, x.as_of, n.lead FROM snapshots AS x
JOIN members AS m ON m.lead = x.lead AND m.since <= x.as_of AND m.until > x.as_of
JOIN members AS n ON n.account = m.account AND n.since <= x.as_of AND n.until > x.as_of
JOIN leads AS o ON o.lead = n.lead WHERE n.lead <> x.lead AND COALESCE(o.created <= x.as_of, TRUE)"""
_MATES_COUNTED = "SELECT s, COUNT(*) AS n FROM mates GROUP BY s"


def _shared(held: Held) -> str:
    if held.members:
        everybody = "SELECT s, as_of, lead FROM snapshots UNION ALL SELECT s, as_of, lead FROM mates"
        return f"FROM ({everybody}) AS x JOIN seen AS e ON e.lead = x.lead WHERE {_counts(held)}"
    return f"""{_OF_ACCOUNT} JOIN seen AS e ON e.lead = o.lead
WHERE {_counts(held)} AND (o.lead = l.lead OR COALESCE(o.created <= x.as_of, TRUE))"""


_VERSION = "LEFT JOIN versions AS p ON p.lead = x.lead AND p.valid_from <= x.as_of AND p.valid_until > x.as_of"
_STAGED = """SELECT s, MAX(t) AS t, (MAX({'t': t, 'v': stage})).v AS stage
FROM (SELECT x.s, o.t, o.stage FROM snapshots AS x JOIN stages AS o ON o.lead = x.lead
    WHERE o.t <= x.as_of AND COALESCE(o.known <= x.as_of, TRUE)) AS past
GROUP BY s"""


class _Tally:
    """The features at some positions, counted by snapshot and class, then by snapshot."""

    def __init__(self, plan: Plan, held: Held, at: Sequence[int], rows: str) -> None:
        self._plan, self._late, self._rows = plan, held.late, rows
        self._sessions = any(plan.session_of(i) for i in at)
        self._tallies: dict[str, str] = {}
        measures = [f"{self._measure(i)} AS f{i}" for i in at]
        self._measures = ", ".join(measures)

    def sql(self) -> str:
        """One row per snapshot that has events, with a column ``f<i>`` per feature."""
        plan = self._plan
        by = "s, c, lead" if "lead" in self._tallies else "s, c"
        tallies = ", ".join(f"{sql} AS {name}" for sql, name in self._tallies.items() if sql != "lead")
        tallied = f"SELECT {by}, {tallies} FROM ({self._events()}) AS past GROUP BY {by}"
        told = f"SELECT y.*, {', '.join(f'd.{c}' for c in kind_columns(plan))} FROM ({tallied}) AS y"
        return f"SELECT s, {self._measures} FROM ({told} JOIN classes AS d ON d.c = y.c) AS told GROUP BY s"

    def _events(self) -> str:
        """The events that count at each snapshot, with their ages and sessions."""
        if self._sessions and self._late:
            return sessions_then(self._plan, f"SELECT x.s, e.lead, e.t, e.c, x.as_of - e.t AS age {self._rows}")
        sessions = "".join(f", e.z{j}" for j in range(len(self._plan.sessions))) if self._sessions else ""
        return f"SELECT x.s, e.lead, e.c, x.as_of - e.t AS age{sessions} {self._rows}"

    def _tally(self, aggregate: str, value: str, frame: Frame) -> str:
        """The column of the first step for an aggregate over the events within a frame."""
        ages = [f"age < {frame.window}"] if frame.window is not None else []
        ages += [f"age >= {frame.late}"] if frame.late else []
        whole = f"{aggregate}({_where(' AND '.join(ages), value) if ages else value})"
        return self._tallies.setdefault(whole, f"t{len(self._tallies)}")

    def _measure(self, at: int) -> str:
        plan = self._plan
        source, read, session = plan.features[at].source, read_of(plan.features[at]), plan.session_of(at)
        such, frame = hit(plan.selections.number(source)), plan.frame_of(at)
        value = f"v{plan.reads.index(read)}" if read else ""
        count = self._tally("COUNT", "1", frame)
        some = f"{such} AND {count} > 0"
        match source.measure:
            case "count" if source.half_life_days is not None:
                faded = f"FLOOR(POWER(5e-1, age / {_double(source.half_life_days * DAY)}) * {_double(float(FADED))})"
                return f"SUM({_where(such, self._tally('SUM', faded, frame))}) / {_double(float(FADED))}"
            case "count":
                return f"SUM({_where(such, count)})"
            case "distinct":
                return f"COUNT(DISTINCT {_where(some, value)})"
            case "sum":
                total = f"SUM({_where(such, f'{value} * CAST({count} AS DECIMAL(10, 0))')})"
                nearest = f"CAST(CAST({total} AS VARCHAR) AS DOUBLE)"  # which a decimal's own cast does not always give
                return f"{nearest} / {_double(float(MILLIONTHS))}"
            case "max":
                return f"MAX({_where(some, value)})"
            case "last":
                at_last = f"{{'t': -{self._tally('MIN', 'age', frame)}, 'v': {value}}}"
                return f"(MAX({_where(f'{some} AND {value} IS NOT NULL', at_last)})).v"
            case "days_since_first":
                return _days(f"MAX({_where(such, self._tally('MAX', 'age', frame))})")
            case "days_since_last":
                return _days(f"MIN({_where(such, self._tally('MIN', 'age', frame))})")
            case "pace":
                whole = f"SUM({_where(such, self._tally('COUNT', '1', plan.frame_of(at, compared=True)))})"
                recent = f"CAST(SUM({_where(such, count)}) AS DOUBLE)"
                return _where(f"{whole} > 0", f"{recent} / {whole} * {_double(pace_ratio(source))}")
            case "sessions":
                number = f"z{plan.sessions.index(session)}" if session else ""
                most, least = (self._tally(of, number, frame) for of in ("MAX", "MIN"))
                return f"MAX({_where(such, most)}) - MIN({_where(such, least)}) + 1"
            case "leads":
                self._tallies.setdefault("lead", "lead")
                return f"COUNT(DISTINCT {_where(some, 'lead')})"


def _where(condition: str, value: str) -> str:
    """The value where a condition holds, else NULL, which aggregates pass over; twice as fast as FILTER in DuckDB 2."""
    return f"CASE WHEN {condition} THEN {value} END"


def _value(plan: Plan, held: Held, at: int) -> str:
    """A feature's value in the row of a snapshot."""
    feature = plan.features[at]
    source = feature.source
    if source.field is not None:
        late = plan.frame_of(at).late
        said = f"p.f{at}" if held.versions else f"l.f{at}"
        return f"CASE WHEN COALESCE(l.created + {late} <= x.as_of, TRUE) THEN {said} END" if late else said
    if source.lead is not None:
        return _OF_LEAD[source.lead]
    table = "own" if source.over == "lead" else "shared"
    if feature.type == "text":
        return f"{table}.f{at}"
    value = f"CAST({table}.f{at} AS DOUBLE)"
    return value if source.unknown_without else f"COALESCE({value}, 0e0)"


def _days(microseconds_: str) -> str:
    return f"CAST({microseconds_} AS DOUBLE) / {_double(float(DAY))}"


def _double(value: float) -> str:
    """A literal that is a double in every dialect.

    >>> _double(0.25), _double(1e20)
    ('0.25e0', '1e+20')
    """
    written = repr(value)
    return written if "e" in written else f"{written}e0"


_AGE = f"CASE WHEN l.created <= x.as_of THEN {_days('x.as_of - l.created')} END"
_OF_LEAD = {
    "age_days": _AGE,
    "stage": "NULLIF(staged.stage, '')",
    "days_in_stage": f"COALESCE({_days('x.as_of - staged.t')}, {_AGE})",
    "colleagues": "CAST(COALESCE(colleagues.n, 0) AS DOUBLE)",
}
