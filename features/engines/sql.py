"""What is measured over events and stages, said once, in DuckDB's SQL; SQLGlot translates it for Spark.

Tried against Narwhals on the same forty features: see ``docs/features.md``, "Engines". Every number that could read
as a decimal in one dialect and as a double in the other is written with an exponent.

Tables that an engine brings (``lead``: the engine's own key of a lead):

    leads      lead, account, created, one column ``f<i>`` per profile feature
    events     lead, event_id, t, k           (t: microseconds since 1970; k: the row of ``kinds``)
    kinds      k, h<j> (bits: selections), v<j> (properties as read)
    stages     lead, t, stage
    snapshots  s, lead, as_of
"""

from collections.abc import Callable, Iterable

from features.catalog import Source
from features.engines.plan import Plan, Session, read_of
from features.measures import MILLIONTHS, microseconds, pace_ratio
from features.moments import DAY

BITS = 60  # selections per column of ``kinds``
_ROOM = 2**32  # more than there are kinds


def features_sql(plan: Plan, *, ids: bool, first: int, last: int) -> str:
    """One row per snapshot with every feature: ``s``, ``lead``, ``as_of``, ``f0``, ``f1``, ...

    ids: whether events have ids, so that repeats must be left out
    first, last: the earliest and the latest moment of a snapshot: events after it, and those that no window holds
        at the earliest, are not read
    """
    parts = []
    if plan.measured:
        parts.append(f"known AS ({_known(ids, last)})")
        parts.append(f"seen AS ({_seen(plan, first)})")
        own = [i for i in plan.measured if plan.features[i].source.over == "lead"]
        shared = [i for i in plan.measured if plan.features[i].source.over == "account"]
        parts += [f"own AS ({_measured(plan, own, _OWN)})"] if own else []
        parts += [f"shared AS ({_measured(plan, shared, _SHARED)})"] if shared else []
    if plan.reads_stages:
        parts.append(f"staged AS ({_STAGED})")
    if any(f.source.lead == "colleagues" for f in plan.features):
        parts.append(f"colleagues AS ({_COLLEAGUES})")
    names = [part.split(" AS ", 1)[0] for part in parts]
    joins = " ".join(f"LEFT JOIN {n} ON {n}.s = x.s" for n in names if n not in ("known", "seen"))
    columns = ", ".join(f"{_value(plan, i)} AS f{i}" for i in range(len(plan.features)) if i not in plan.points_at)
    chosen = f"SELECT x.s, x.lead, x.as_of{', ' if columns else ''}{columns}"
    whole = f"{chosen} FROM snapshots AS x JOIN leads AS l ON l.lead = x.lead {joins}"
    return f"WITH {', '.join(parts)} {whole}" if parts else whole


def _known(ids: bool, last: int) -> str:
    """Each event once: of an id the earliest, of these the kind that sorts first."""
    if not ids:
        return f"SELECT lead, t, k FROM events WHERE t <= {last}"
    earliest = (
        "SELECT lead, MIN(t) AS t, "
        f"MIN(CAST(t AS DECIMAL(19, 0)) * {_ROOM} + k) - CAST(MIN(t) AS DECIMAL(19, 0)) * {_ROOM} AS k "
        f"FROM events WHERE t <= {last} AND event_id IS NOT NULL GROUP BY lead, event_id"
    )
    return (
        f"SELECT lead, t, CAST(k AS BIGINT) AS k FROM ({earliest}) AS earliest "
        f"UNION ALL SELECT lead, t, k FROM events WHERE t <= {last} AND event_id IS NULL"
    )


def _seen(plan: Plan, first: int) -> str:
    """The known events that a feature is about, with what their kinds say and the sessions that they belong to."""
    bits = (len(plan.selections) - 1) // BITS + 1
    wanted = " OR ".join(f"d.h{j} <> 0" for j in range(bits))
    columns = [*(f"d.h{j}" for j in range(bits)), *(f"d.v{j}" for j in range(len(plan.reads)))]
    rows = f"SELECT e.lead, e.t, {', '.join(columns)} FROM known AS e JOIN kinds AS d ON d.k = e.k WHERE ({wanted})"
    if not plan.sessions:
        window = plan.longest_window
        return rows if window is None else f"{rows} AND e.t > {first - window}"
    paused = ", ".join(f"{_begins(s)} AS b{j}" for j, s in enumerate(plan.sessions))
    numbered = ", ".join(f"SUM(b{j}) OVER (PARTITION BY lead ORDER BY t) AS z{j}" for j in range(len(plan.sessions)))
    return f"SELECT *, {numbered} FROM (SELECT *, {paused} FROM ({rows}) AS chosen) AS paused"


def _begins(session: Session) -> str:
    """1 where an event begins a session: the one before it, if any, is longer ago than the gap."""
    hit = _hit(session.selection)
    before = (
        f"MAX(CASE WHEN {hit} THEN t END) OVER "
        "(PARTITION BY lead ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return f"CASE WHEN {hit} AND COALESCE(t - {before} > {session.gap}, TRUE) THEN 1 ELSE 0 END"


_OWN = "FROM snapshots AS x JOIN seen AS e ON e.lead = x.lead WHERE e.t <= x.as_of"
_SHARED = """FROM snapshots AS x JOIN leads AS l ON l.lead = x.lead JOIN leads AS o ON o.account = l.account
JOIN seen AS e ON e.lead = o.lead
WHERE e.t <= x.as_of AND (o.lead = l.lead OR COALESCE(o.created <= x.as_of, TRUE))"""
_COLLEAGUES = """SELECT x.s, COUNT(*) AS n
FROM snapshots AS x JOIN leads AS l ON l.lead = x.lead JOIN leads AS o ON o.account = l.account
WHERE o.lead <> l.lead AND COALESCE(o.created <= x.as_of, TRUE) GROUP BY x.s"""
_STAGED = """SELECT s, MAX(t) AS t, (MAX({'t': t, 'v': stage})).v AS stage
FROM (SELECT x.s, o.t, o.stage FROM snapshots AS x JOIN stages AS o ON o.lead = x.lead WHERE o.t <= x.as_of) AS past
GROUP BY s"""


def _measured(plan: Plan, at: Iterable[int], rows: str) -> str:
    """The features at these positions over the events of each snapshot."""
    bits = (len(plan.selections) - 1) // BITS + 1
    columns = [*(f"h{j}" for j in range(bits)), *(f"v{j}" for j in range(len(plan.reads)))]
    columns += [f"z{j}" for j in range(len(plan.sessions))]
    events = f"SELECT x.s, e.lead, e.t, x.as_of - e.t AS age, {', '.join(f'e.{c}' for c in columns)} {rows}"
    measures = ", ".join(f"{_measure(plan, i)} AS f{i}" for i in at)
    return f"SELECT s, {measures} FROM ({events}) AS past GROUP BY s"


def _measure(plan: Plan, at: int) -> str:
    feature = plan.features[at]
    source = feature.source
    hit = _hit(plan.selections.number(source))
    read = read_of(feature)
    value = f"v{plan.reads.index(read)}" if read else ""
    session = plan.session_of(at)
    number = f"z{plan.sessions.index(session)}" if session else ""
    return _MEASURES[source.measure](source, _when(hit, source, source.window_days), hit, value or number)


def _hit(selection: int) -> str:
    return f"(h{selection // BITS} & {1 << selection % BITS}) <> 0"


def _when(hit: str, source: Source, window_days: float | None) -> str:
    """The condition on an event: of the selection, in the window, and there by now."""
    late = f" AND age >= {microseconds(source.delay_days)}" if source.delay_days else ""
    window = "" if window_days is None else f" AND age < {microseconds(window_days)}"
    return f"{hit}{window}{late}"


def _count(source: Source, when: str, _: str, __: str) -> str:
    if source.half_life_days is None:
        return f"COUNT(*) FILTER (WHERE {when})"
    return f"SUM(POWER(5e-1, age / {_double(source.half_life_days * DAY)})) FILTER (WHERE {when})"


def _pace(source: Source, when: str, hit: str, _: str) -> str:
    recent = f"COUNT(*) FILTER (WHERE {when})"
    whole = f"COUNT(*) FILTER (WHERE {_when(hit, source, source.compare_days)})"
    return f"CASE WHEN {whole} > 0 THEN CAST({recent} AS DOUBLE) / {whole} * {_double(pace_ratio(source))} END"


_MEASURES: dict[str, Callable[[Source, str, str, str], str]] = {
    "count": _count,
    "distinct": lambda _, when, __, value: f"COUNT(DISTINCT {value}) FILTER (WHERE {when})",
    "sum": lambda _, when, __, value: (
        f"CAST(SUM({value}) FILTER (WHERE {when}) AS DOUBLE) / {_double(float(MILLIONTHS))}"
    ),
    "max": lambda _, when, __, value: f"MAX({value}) FILTER (WHERE {when})",
    "last": lambda _, when, __, value: (
        f"(MAX({{'t': t, 'v': {value}}}) FILTER (WHERE {when} AND {value} IS NOT NULL)).v"
    ),
    "days_since_first": lambda _, when, __, ___: _days(f"MAX(age) FILTER (WHERE {when})"),
    "days_since_last": lambda _, when, __, ___: _days(f"MIN(age) FILTER (WHERE {when})"),
    "pace": _pace,
    "sessions": lambda _, when, __, value: (
        f"MAX({value}) FILTER (WHERE {when}) - MIN({value}) FILTER (WHERE {when}) + 1"
    ),
    "leads": lambda _, when, __, ___: f"COUNT(DISTINCT lead) FILTER (WHERE {when})",
}


def _value(plan: Plan, at: int) -> str:
    """A feature's value in the row of a snapshot."""
    feature = plan.features[at]
    source = feature.source
    if source.field is not None:
        late = microseconds(source.delay_days)
        return f"CASE WHEN COALESCE(l.created + {late} <= x.as_of, TRUE) THEN l.f{at} END" if late else f"l.f{at}"
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
