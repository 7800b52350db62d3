"""Every change has its webhook, each webhook is owed to whom it concerns, and none was heard of that is not stored."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import orjson

from crash.hooks import Hooks
from crash.kept import Kept
from features.moments import iso
from serving.process.moves import BACK
from serving.webhooks.endpoints import Endpoint


def changes_not_announced(found: Kept) -> Iterator[str]:
    """A change of stage and its webhook share their moment; being created is not a change."""
    made = Counter((row.lead_id, row.at) for row in found.stage_changes if row.action != "created")
    back = Counter((row.lead_id, row.at) for row in found.stage_changes if row.action in BACK)
    for type_, expected in (("lead.stage_changed", made), ("lead.recycled", back)):
        told = Counter((row.lead_id, row.at) for row in found.webhook_messages if row.type == type_)
        yield from (f"{type_}: {n} too few for {which}" for which, n in (expected - told).items())
        yield from (f"{type_}: {n} too many for {which}" for which, n in (told - expected).items())


def clocks_not_announced(found: Kept) -> Iterator[str]:
    """A reminder and a breach are told once for every time that a lead is in a stage."""
    told: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in found.webhook_messages:
        if row.type.startswith("lead.sla_"):
            told[row.lead_id, orjson.loads(row.payload)["data"]["stage_since"]][row.type] += 1
    yield from (f"{whose}: told {dict(counts)}" for whose, counts in told.items() if max(counts.values()) > 1)
    for standing in found.standings:
        if standing.sla_state in ("due", "breached"):
            type_ = f"lead.sla_{standing.sla_state}"
            if not told[standing.lead_id, iso(standing.stage_since)][type_]:
                yield f"{standing.lead_id}: {type_} was never told"


def scores_not_announced(found: Kept) -> Iterator[str]:
    last = {row.lead_id: row for row in sorted(found.webhook_messages, key=lambda r: r.at) if row.type == "lead.scored"}
    for standing in found.standings:
        row = last.get(standing.lead_id)
        told = (None, "") if row is None else tuple(orjson.loads(row.payload)["data"][n] for n in ("score", "grade"))
        if told != (standing.told_score, standing.told_grade):
            yield f"{standing.lead_id}: last told {told}, remembered {standing.told_score}, {standing.told_grade}"


def deliveries_wrong(found: Kept, endpoints: Mapping[str, Endpoint]) -> Iterator[str]:
    """Each message has one delivery for each endpoint that wants it, and no other."""
    due = defaultdict(list)
    for row in found.webhook_deliveries:
        due[row.message_id].append(row.endpoint_id)
    for row in found.webhook_messages:
        data = orjson.loads(row.payload)["data"]
        wanted = [name for name, e in endpoints.items() if e.wants(row.type, row.program, data)]
        if sorted(due[row.message_id]) != sorted(wanted):
            yield f"{row.message_id} ({row.type}): due to {due[row.message_id]}, wanted by {wanted}"


def delivered_unheard(found: Kept, endpoints: Mapping[str, Endpoint], hooks: Hooks) -> Iterator[str]:
    for row in found.webhook_deliveries:
        path = "/" + endpoints[row.endpoint_id].url.rpartition("/")[2]
        if row.state == "delivered" and (path, row.message_id) not in hooks.taken:
            yield f"{row.message_id}: delivered to {path}, who never took it"
