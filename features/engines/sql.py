"""What is measured over events and stages, said once, in DuckDB's SQL; SQLGlot translates it for Spark.

Narwhals was tried on forty features of twenty thousand leads. It is as fast as this SQL and reads well, but it has no
value at the greatest moment (``last``), counts an unknown value as a distinct one on DuckDB, has no hash of an id, and
hides the SQL that one wants to see when a plan is slow; so SQLGlot, which needs one dialect written well. Every number
that could read as a decimal in one dialect and as a double in the other is written with an exponent.

Tables that an engine brings (``lead``: the engine's own key of a lead):

    leads      lead_id, lead, account, created, one column ``f<i>`` per profile feature
    events     lead_id, event_id, t, type, properties     (t: microseconds since 1970)
    kinds      type, properties, content, h<j> (bits: selections), v<j> (properties as read)
    stages     lead, t, stage
    snapshots  s, lead, as_of

Events are counted in two steps: first by snapshot and class, a class being kinds that no feature tells apart, then by
snapshot. What the first step counts, forty features share.
"""

from collections.abc import Iterable

from features.engines.plan import Frame, Plan, Session, read_of
from features.measures import MILLIONTHS, pace_ratio
from features.moments import DAY

BITS = 60  # selections per column of ``kinds``
_ROOM = 2**32  # more than there are kinds


def features_sql(plan: Plan, *, ids: bool, first: int, last: int) -> str:
    """One row per snapshot with every feature: ``s``, ``lead``, ``as_of``, ``f0``, ``f1``, ...

    ids: whether events have ids, so that repeats must be left out
    first, last: the earliest and the latest moment of a snapshot: events after it, and those that no window holds
        at the earliest, are not read
    """
    parts: dict[str, str] = {}
    if plan.measured:
        parts |= _classes(plan) | _known(ids, last)
        parts["seen"] = _seen(plan, first)
        for name, over, rows in (("own", "lead", _OWN), ("shared", "account", _SHARED)):
            at = [i for i in plan.measured if plan.features[i].source.over == over]
            parts |= {name: _Tally(plan, at, rows).sql()} if at else {}
    if plan.reads_stages:
        parts["staged"] = _STAGED
    if any(f.source.lead == "colleagues" for f in plan.features):
        parts["colleagues"] = _COLLEAGUES
    joins = " ".join(f"LEFT JOIN {n} ON {n}.s = x.s" for n in ("own", "shared", "staged", "colleagues") if n in parts)
    columns = "".join(f", {_value(plan, i)} AS f{i}" for i in plan.read)
    whole = f"SELECT x.s, x.lead, x.as_of{columns} FROM snapshots AS x JOIN leads AS l ON l.lead = x.lead {joins}"
    named = ", ".join(f"{name} AS ({part})" for name, part in parts.items())
    return f"WITH {named} {whole}" if named else whole


def _columns(plan: Plan) -> list[str]:
    """What ``kinds`` says of an event beside its type."""
    return [
        *(f"h{j}" for j in range((len(plan.selections) - 1) // BITS + 1)),
        *(f"v{j}" for j in range(len(plan.reads))),
    ]


def _classes(plan: Plan) -> dict[str, str]:
    """``coded``: the kinds with their order ``k`` and their class ``c``, NULL where no feature is about them."""
    columns = _columns(plan)
    wanted = " OR ".join(f"{c} <> 0" for c in columns if c.startswith("h"))
    of_class = f"CASE WHEN {wanted} THEN DENSE_RANK() OVER (ORDER BY {', '.join(columns)}) END AS c"
    words = [_told_apart(f"v{j}") if read.form == "word" else f"v{j}" for j, read in enumerate(plan.reads)]
    hits = [c for c in columns if c.startswith("h")]
    return {
        "coded": "SELECT type, properties, ROW_NUMBER() OVER (ORDER BY content, type, properties) AS k, "
        f"{of_class}, {', '.join([*hits, *words])} FROM kinds",
        "classes": f"SELECT DISTINCT c, {', '.join(columns)} FROM coded WHERE c IS NOT NULL",
    }


def _told_apart(column: str) -> str:
    """A number for each text of a column, NULL where there is none: all that counting distinct values needs."""
    return f"CASE WHEN {column} IS NOT NULL THEN DENSE_RANK() OVER (ORDER BY {column}) END AS {column}"


def _known(ids: bool, last: int) -> dict[str, str]:
    """``known``: each event once, if a feature is about it.

    Of several with one id the earliest counts, of these the kind that sorts first. Only ids whose hash occurs more
    than once need to be compared.
    """
    single = (
        "SELECT e.lead_id, e.t, d.c FROM events AS e "
        "JOIN coded AS d ON d.type = e.type AND d.properties = e.properties "
        f"WHERE e.t <= {last} AND d.c IS NOT NULL"
    )
    if not ids:
        return {"known": single}
    key = "HASH(e.lead_id, e.event_id)"
    with_id = f"FROM events AS e WHERE e.t <= {last} AND e.event_id IS NOT NULL"
    repeated = f"SELECT {key} AS id {with_id} GROUP BY 1 HAVING COUNT(*) > 1"
    order = f"CAST(e.t AS DECIMAL(19, 0)) * {_ROOM}"
    earliest = (
        f"SELECT e.lead_id, MIN(e.t) AS t, MIN({order} + d.k) - MIN({order}) AS k FROM events AS e "
        "JOIN coded AS d ON d.type = e.type AND d.properties = e.properties "
        f"WHERE e.t <= {last} AND e.event_id IS NOT NULL AND {key} IN (SELECT id FROM repeated) "
        "GROUP BY e.lead_id, e.event_id"
    )
    once = f"(e.event_id IS NULL OR {key} NOT IN (SELECT id FROM repeated))"
    return {
        "repeated": repeated,
        "known": f"{single} AND {once} UNION ALL SELECT m.lead_id, m.t, d.c FROM ({earliest}) AS m "
        "JOIN coded AS d ON d.k = m.k WHERE d.c IS NOT NULL",
    }


def _seen(plan: Plan, first: int) -> str:
    """The known events with the sessions that they belong to."""
    rows = "SELECT l.lead, e.t, e.c FROM known AS e JOIN leads AS l ON l.lead_id = e.lead_id"
    if not plan.sessions:
        window = plan.longest_window
        return rows if window is None else f"{rows} WHERE e.t > {first - window}"
    hits = ", ".join(c for c in _columns(plan) if c.startswith("h"))
    paused = ", ".join(f"{_begins(s)} AS b{j}" for j, s in enumerate(plan.sessions))
    numbered = ", ".join(f"SUM(b{j}) OVER (PARTITION BY lead ORDER BY t) AS z{j}" for j in range(len(plan.sessions)))
    chosen = f"SELECT r.lead, r.t, r.c, {hits} FROM ({rows}) AS r JOIN classes AS d ON d.c = r.c"
    return f"SELECT lead, t, c, {numbered} FROM (SELECT *, {paused} FROM ({chosen}) AS chosen) AS paused"


def _begins(session: Session) -> str:
    """1 where an event begins a session: the one before it, if any, is longer ago than the gap."""
    hit = _hit(session.selection)
    before = (
        f"MAX(CASE WHEN {hit} THEN t END) OVER "
        "(PARTITION BY lead ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return f"CASE WHEN {hit} AND COALESCE(t - {before} > {session.gap}, TRUE) THEN 1 ELSE 0 END"


def _hit(selection: int) -> str:
    return f"(h{selection // BITS} & {1 << selection % BITS}) <> 0"


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


class _Tally:
    """The features at some positions, counted by snapshot and class, then by snapshot."""

    def __init__(self, plan: Plan, at: Iterable[int], rows: str) -> None:
        self._plan, self._rows = plan, rows
        self._tallies: dict[str, str] = {}
        measures = [f"{self._measure(i)} AS f{i}" for i in at]
        self._measures = ", ".join(measures)

    def sql(self) -> str:
        """One row per snapshot that has events, with a column ``f<i>`` per feature."""
        plan = self._plan
        sessions = "".join(f", e.z{j}" for j in range(len(plan.sessions)))
        by = "s, c, lead" if "lead" in self._tallies else "s, c"
        tallies = ", ".join(f"{sql} AS {name}" for sql, name in self._tallies.items() if sql != "lead")
        events = f"SELECT x.s, e.lead, e.c, x.as_of - e.t AS age{sessions} {self._rows}"
        tallied = f"SELECT {by}, {tallies} FROM ({events}) AS past GROUP BY {by}"
        told = f"SELECT y.*, {', '.join(f'd.{c}' for c in _columns(plan))} FROM ({tallied}) AS y"
        return f"SELECT s, {self._measures} FROM ({told} JOIN classes AS d ON d.c = y.c) AS told GROUP BY s"

    def _tally(self, aggregate: str, value: str, frame: Frame) -> str:
        """The column of the first step for an aggregate over the events within a frame."""
        ages = [f"age < {frame.window}"] if frame.window is not None else []
        ages += [f"age >= {frame.late}"] if frame.late else []
        whole = f"{aggregate}({_where(' AND '.join(ages), value) if ages else value})"
        return self._tallies.setdefault(whole, f"t{len(self._tallies)}")

    def _measure(self, at: int) -> str:
        plan = self._plan
        source, read, session = plan.features[at].source, read_of(plan.features[at]), plan.session_of(at)
        hit, frame = _hit(plan.selections.number(source)), plan.frame_of(at)
        value = f"v{plan.reads.index(read)}" if read else ""
        count = self._tally("COUNT", "1", frame)
        some = f"{hit} AND {count} > 0"
        match source.measure:
            case "count" if source.half_life_days is not None:
                halved = f"POWER(5e-1, age / {_double(source.half_life_days * DAY)})"
                return f"SUM({_where(hit, self._tally('SUM', halved, frame))})"
            case "count":
                return f"SUM({_where(hit, count)})"
            case "distinct":
                return f"COUNT(DISTINCT {_where(some, value)})"
            case "sum":
                total = f"SUM({_where(hit, f'{value} * CAST({count} AS DECIMAL(10, 0))')})"
                return f"CAST({total} AS DOUBLE) / {_double(float(MILLIONTHS))}"
            case "max":
                return f"MAX({_where(some, value)})"
            case "last":
                at_last = f"{{'t': -{self._tally('MIN', 'age', frame)}, 'v': {value}}}"
                return f"(MAX({_where(f'{some} AND {value} IS NOT NULL', at_last)})).v"
            case "days_since_first":
                return _days(f"MAX({_where(hit, self._tally('MAX', 'age', frame))})")
            case "days_since_last":
                return _days(f"MIN({_where(hit, self._tally('MIN', 'age', frame))})")
            case "pace":
                whole = f"SUM({_where(hit, self._tally('COUNT', '1', plan.frame_of(at, compared=True)))})"
                recent = f"CAST(SUM({_where(hit, count)}) AS DOUBLE)"
                return _where(f"{whole} > 0", f"{recent} / {whole} * {_double(pace_ratio(source))}")
            case "sessions":
                number = f"z{plan.sessions.index(session)}" if session else ""
                most, least = (self._tally(of, number, frame) for of in ("MAX", "MIN"))
                return f"MAX({_where(hit, most)}) - MIN({_where(hit, least)}) + 1"
            case "leads":
                self._tallies.setdefault("lead", "lead")
                return f"COUNT(DISTINCT {_where(some, 'lead')})"


def _where(condition: str, value: str) -> str:
    """The value where a condition holds, else NULL, which aggregates pass over; twice as fast as FILTER in DuckDB 2."""
    return f"CASE WHEN {condition} THEN {value} END"


def _value(plan: Plan, at: int) -> str:
    """A feature's value in the row of a snapshot."""
    feature = plan.features[at]
    source = feature.source
    if source.field is not None:
        late = plan.frame_of(at).late
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
