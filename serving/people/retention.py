"""For how long each kind of record is kept."""

from collections.abc import Iterable

import msgspec

from features.errors import ConfigError, nearest

LONGEST = 36_500  # days


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days each kind of record is kept; None: without end.

    events: after they happened
    scores: after they were computed; the present one of a lead is always kept
    closed_leads: after the lead was won or lost, with everything about it
    audit: what was done by whom
    deliveries: what webhooks told, but for what is still to be delivered
    messages: ids of messages, by which one that comes again counts once
    imports: reports of the rows that imports refused
    """

    events: int | None = None
    scores: int | None = 730
    closed_leads: int | None = None
    audit: int | None = 1_095
    deliveries: int | None = 90
    messages: int | None = 30
    imports: int | None = 90


def retention_of(said: Iterable[str]) -> Retention:
    """The usual ages but for what is said, such as "scores=365"; "events=0" keeps events without end.

    Raises ConfigError.
    """
    days: dict[str, int | None] = {}
    kinds = Retention.__struct_fields__
    for text in said:
        kind, _, age = text.partition("=")
        kind = kind.strip().replace("-", "_")
        if kind not in kinds:
            what = f"'{kind}' is no kind of record"
            raise ConfigError(what, where="--keep", got=text, allowed=", ".join(kinds), do=nearest(kind, kinds))
        if not age.strip().isdecimal() or int(age) > LONGEST:
            allowed = f"{kind}=0, which is without end, to {kind}={LONGEST}"
            raise ConfigError("an age is a whole number of days", where="--keep", got=text, allowed=allowed)
        days[kind] = int(age) or None
    return Retention(**days)
