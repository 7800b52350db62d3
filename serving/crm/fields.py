"""What can be written of a lead into a CRM, and how each is rounded.

Only what a new score or a change of stage brings with it; the time of scoring goes along, and is no reason to send.
"""

from collections.abc import Mapping
from typing import Any

from serving.crm.connector import Value
from serving.leads.announcing import REASONS

POINTS = ("score", "agreed_score", "fit_points", "interest_points", "interval_low", "interval_high")
TEXTS = (
    *("grade", "stage", "trend", "owner", "assigned_to", "waiting_for", "persona", "phase", "quadrant", "exclusion"),
    *("stage_next", "missing_for_next", "summary", *REASONS),
)
MOMENTS = ("scored_at", "stage_since")
WORDED = frozenset({"stage_next", "points_to_next", "missing_for_next", "summary", "interval_low", "interval_high"})
WORDED |= frozenset(REASONS)
FIELDS = (*POINTS, *TEXTS, *MOMENTS, "probability", "points_to_next", "card_url", "lead_id")
NO_REASON_TO_SEND = frozenset({"scored_at", "card_url"})

Told = Mapping[str, Any]


def value_of(field: str, told: Told, decimals: int, longest: int) -> Value:
    """A field as a CRM gets it; moments as ISO 8601. The card's address is put in as it is sent.

    >>> value_of("score", {"score": 49.66}, 1, 255), value_of("probability", {"probability": 0.3918}, 1, 255)
    (49.7, 39)
    >>> value_of("summary", {"summary": "a long text"}, 1, 6)
    'a lon…'
    """
    found = told.get(field)
    if found is None or found == "":
        return None
    if field in POINTS:
        return round(float(found), decimals) + 0.0  # no minus before a nought
    if field == "probability":
        return round(100 * float(found))
    if field == "points_to_next":
        return _short(float(found), decimals)
    return str(found) if field in MOMENTS else _cut(str(found), longest)


def _short(points: float, decimals: int) -> float:
    """Rounded as the summary says it, but who is short of something is not shown as there.

    >>> _short(10.44, 1), _short(0.01, 1), _short(0.0, 1)
    (10.4, 0.1, 0.0)
    """
    return max(round(points, decimals), 10.0**-decimals) if points > 0 else 0.0


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
