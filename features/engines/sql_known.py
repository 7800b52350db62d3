"""Which events count, as SQL: what each says, each id once, from when until when, and the sessions they belong to."""

from typing import NamedTuple

from features.engines.plan import Plan, Session

BITS = 60  # selections per column of ``kinds``
_ROOM = 2**32  # more than there are kinds


class Held(NamedTuple):
    """What tables hold beside what all of them do.

    ids: events have ids, so that repeats must be left out
    late: events came to be known after they happened
    versions: profiles changed; members: leads came to their accounts later, or left them
    """

    ids: bool = False
    late: bool = False
    versions: bool = False
    members: bool = False


def known_sql(plan: Plan, held: Held, *, first: int, last: int) -> dict[str, str]:
    """The named queries that end in ``seen``: the events that features are about.

    ``seen`` has ``lead``, ``t``, the class ``c``, and ``z<j>`` per kind of session. Where some were known late it has
    ``known`` and ``gone`` instead of sessions, between which an event counts (``gone``: an earlier one with its id
    came to be known; NULL: never): how events fall into sessions then depends on the moment (``sessions_then``).
    """
    return _classes(plan) | _known(held, last) | {"seen": _seen(plan, held, first)}


def kind_columns(plan: Plan) -> list[str]:
    """What ``kinds`` says of an event beside its type."""
    return [
        *(f"h{j}" for j in range((len(plan.selections) - 1) // BITS + 1)),
        *(f"v{j}" for j in range(len(plan.reads))),
    ]


def hit(selection: int) -> str:
    """Whether an event is in a selection."""
    return f"(h{selection // BITS} & {1 << selection % BITS}) <> 0"


def _classes(plan: Plan) -> dict[str, str]:
    """``coded``: the kinds with their order ``k`` and their class ``c``, NULL where no feature is about them."""
    columns = kind_columns(plan)
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


_KEY = "HASH(e.lead_id, e.event_id)"
_CODED = "FROM events AS e JOIN coded AS d ON d.type = e.type AND d.properties = e.properties"


def _known(held: Held, last: int) -> dict[str, str]:
    """``known``: each event once, if a feature is about it. Only ids whose hash stands twice need to be compared."""
    by_then = f"{'e.known' if held.late else 'e.t'} <= {last}"
    until = ", e.known, CAST(NULL AS BIGINT) AS gone" if held.late else ""
    single = f"SELECT e.lead_id, e.t{until}, d.c {_CODED} WHERE {by_then} AND d.c IS NOT NULL"
    if not held.ids:
        return {"known": single}
    repeated = f"SELECT {_KEY} AS id FROM events AS e WHERE {by_then} AND e.event_id IS NOT NULL"
    once = f"(e.event_id IS NULL OR {_KEY} NOT IN (SELECT id FROM repeated))"
    again = f"{by_then} AND e.event_id IS NOT NULL AND {_KEY} IN (SELECT id FROM repeated)"
    return {
        "repeated": f"{repeated} GROUP BY 1 HAVING COUNT(*) > 1",
        "known": f"{single} AND {once} UNION ALL {_in_turn(again) if held.late else _earliest(again)}",
    }


def _earliest(again: str) -> str:
    """Of events with one id the earliest, of these the kind that sorts first."""
    order = f"CAST(e.t AS DECIMAL(19, 0)) * {_ROOM}"
    earliest = (
        f"SELECT e.lead_id, MIN(e.t) AS t, MIN({order} + d.k) - MIN({order}) AS k {_CODED} WHERE {again} "
        "GROUP BY e.lead_id, e.event_id"
    )
    return f"SELECT m.lead_id, m.t, d.c FROM ({earliest}) AS m JOIN coded AS d ON d.k = m.k WHERE d.c IS NOT NULL"


def _in_turn(again: str) -> str:
    """Events with one id, each from when it is known until one that ``_earliest`` prefers is known."""
    gone = (
        "MIN(e.known) OVER (PARTITION BY e.lead_id, e.event_id ORDER BY e.t, d.k "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    turns = f"SELECT e.lead_id, e.t, e.known, {gone} AS gone, d.c {_CODED} WHERE {again}"
    return f"SELECT * FROM ({turns}) AS turns WHERE c IS NOT NULL AND COALESCE(gone > known, TRUE)"


def _seen(plan: Plan, held: Held, first: int) -> str:
    """The known events, with the sessions that they belong to where these are always the same."""
    until = ", e.known, e.gone" if held.late else ""
    rows = f"SELECT l.lead, e.t{until}, e.c FROM known AS e JOIN leads AS l ON l.lead_id = e.lead_id"
    if not plan.sessions:
        window = plan.longest_window
        return rows if window is None else f"{rows} WHERE e.t > {first - window}"
    return rows if held.late else _numbered(plan, rows, "lead", "lead, t, c")


def sessions_then(plan: Plan, events: str) -> str:
    """Events as they were known at each snapshot (``s``, ``lead``, ``t``, ``c``, ``age``), with their sessions then."""
    return _numbered(plan, events, "s", "s, lead, c, age")


def _numbered(plan: Plan, rows: str, of: str, kept: str) -> str:
    """Rows with a column ``z<j>``, the number of the session, per kind of session; counted for each ``of``."""
    hits = ", ".join(f"d.{c}" for c in kind_columns(plan) if c.startswith("h"))
    paused = ", ".join(f"{_begins(s, of)} AS b{j}" for j, s in enumerate(plan.sessions))
    numbered = ", ".join(f"SUM(b{j}) OVER (PARTITION BY {of} ORDER BY t) AS z{j}" for j in range(len(plan.sessions)))
    chosen = f"SELECT r.*, {hits} FROM ({rows}) AS r JOIN classes AS d ON d.c = r.c"
    return f"SELECT {kept}, {numbered} FROM (SELECT *, {paused} FROM ({chosen}) AS chosen) AS paused"


def _begins(session: Session, of: str) -> str:
    """1 where an event begins a session: the one before it, if any, is longer ago than the gap."""
    such = hit(session.selection)
    before = (
        f"MAX(CASE WHEN {such} THEN t END) OVER "
        f"(PARTITION BY {of} ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return f"CASE WHEN {such} AND COALESCE(t - {before} > {session.gap}, TRUE) THEN 1 ELSE 0 END"
