"""Leads with several rows, one per version of their profile: what is refused, and what is made of them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from features.engines.places import Place
from features.engines.plan import Plan
from features.errors import DataError
from features.moments import iso
from features.snapshots import NEVER

_OF_THE_LEAD = {"created": "created_at", "account": "account", "joined": "account_from"}
_DIFFER = " OR ".join(
    f"MIN({column}) <> MAX({column}) OR COUNT({column}) NOT IN (0, COUNT(*))" for column in _OF_THE_LEAD
)

CONTRADICTING = (
    f"SELECT lead_id FROM brought GROUP BY lead_id HAVING COUNT(DISTINCT valid_from) < COUNT(*) OR {_DIFFER}"
)
"""The leads that ``refuse_contradiction`` refuses; ``brought``: the rows as ``LeadRows`` reads them."""

LEAD = "lead_id, MIN(created) AS created, MIN(account) AS account, MIN(joined) AS joined"
"""What ``leads`` says of each lead, by ``lead_id``."""


def version(plan: Plan) -> str:
    """What ``versions`` says beside the lead, of the rows ``b`` brought."""
    until = f"LEAD(b.valid_from, 1, {NEVER}) OVER (PARTITION BY b.lead_id ORDER BY b.valid_from) AS valid_until"
    return ", ".join(["b.valid_from", until, *(f"b.f{i}" for i in plan.fields)])


def rows_of(lead_id: str) -> str:
    """The condition for the rows of one lead."""
    return "WHERE lead_id = '" + lead_id.replace("'", "''") + "'"


def refuse_contradiction(rows: pa.Table, table: Place) -> None:
    """Raise DataError naming two rows of a lead that cannot both hold; ``rows``: all rows of the lead, as read.

    Two versions from one moment on; another ``created_at`` or account, which are the lead's own, whatever the version.
    """
    said = rows.to_pylist()
    for i, row in enumerate(said):
        first = next(other for other in said if other["valid_from"] == row["valid_from"])
        if first is not row:
            what = f"the lead '{row['lead_id']}' has two versions from one moment on"
            raise DataError(what, where=_where(table, first, row), got=iso(row["valid_from"]), do="keep one of them")
        for column, name in _OF_THE_LEAD.items():
            if row[column] != said[0][column]:
                _refuse_two(said, i, column, name, table)


def _refuse_two(said: Sequence[dict[str, Any]], i: int, column: str, name: str, table: Place) -> None:
    raise DataError(
        f"the rows of the lead '{said[i]['lead_id']}' disagree on its {name}",
        where=_where(table, said[0], said[i]),
        got=" and ".join(_written(row[column], column) for row in (said[0], said[i])),
        do=f"give every version the same {name}, that of the lead",
    )


def _where(table: Place, *rows: dict[str, Any]) -> str:
    return " and ".join(table.row(row["row"]) for row in rows)


def _written(value: Any, column: str) -> str:
    if value is None:
        return "none"
    if column != "account":
        return iso(value)
    kind, _, name = str(value).partition(":")
    return name if kind == "account" else "none"


JOINED = f"SELECT lead, account, COALESCE(joined, -{NEVER}) AS since, {NEVER} AS until FROM leads"
"""``members``, where ``leads`` says since when each is of its account."""
