"""What people read in the terminal of what a CRM did not take."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from features.moments import iso
from serving.crm.ledger import LISTED, Entry

_WORDS = {
    "failed": "not taken",
    "missing": "not found there",
    "retry": "to be tried again",
    "no_key": "cannot be found there",
    "sent": "as they are",
    "waiting": "to be sent",
    "apart": "not told of",
}


def failures_table(rows: Sequence[Entry], counts: Mapping[str, int]) -> RenderableType:
    """The rows, and how many leads stand how."""
    told = ", ".join(f"{count:,} {_WORDS.get(state, state)}" for state, count in counts.items())
    summary = Text(f"Leads: {told or 'none looked at yet'}.")
    if not rows:
        return summary
    table = Table("lead", "what", "tries", "next", "the CRM says")
    for row in rows:
        when = iso(row.again_at // 1_000_000 * 1_000_000) if row.again_at else ""
        table.add_row(Text(row.lead_id), _WORDS[row.state], f"{row.attempts}", when, Text(row.last_error))
    hidden = sum(counts.get(state, 0) for state in LISTED) - len(rows)
    more = [Text(f"{hidden:,} more: --most shows them.")] if hidden > 0 else []
    return Group(table, *more, summary)
