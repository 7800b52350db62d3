"""What a store holds of one era's leads, read in one transaction."""

from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Row, Table, select

from serving.store.schema import (
    accounts,
    audit,
    events,
    feedback,
    idempotency,
    identities,
    leads,
    messages,
    profile_versions,
    scores,
    stage_changes,
    standings,
    webhook_deliveries,
    webhook_messages,
)

Rows = list[Row[Any]]


class Kept(NamedTuple):
    """Rows of the tables, by the names of the tables, each table in the order of its key."""

    leads: Rows
    profile_versions: Rows
    accounts: Rows
    identities: Rows
    events: Rows
    messages: Rows
    scores: Rows
    standings: Rows
    stage_changes: Rows
    feedback: Rows
    audit: Rows
    idempotency: Rows
    webhook_messages: Rows
    webhook_deliveries: Rows


def kept(connection: Connection, era: int) -> Kept:
    def mine(table: Table, column: Column[Any], like: str) -> Rows:
        asked = select(table).where(column.like(like)).order_by(*table.primary_key)
        return list(connection.execute(asked).all())

    lead, key = f"L-{era}-%", f"_-{era}.%"
    told = mine(webhook_messages, webhook_messages.c.lead_id, lead)
    joined = select(webhook_deliveries).join(webhook_messages).where(webhook_messages.c.lead_id.like(lead))
    return Kept(
        leads=mine(leads, leads.c.lead_id, lead),
        profile_versions=mine(profile_versions, profile_versions.c.lead_id, lead),
        accounts=mine(accounts, accounts.c.account, f"group:%-{era}"),
        identities=mine(identities, identities.c.id, f"_-{era}-%"),
        events=mine(events, events.c.message_id, key),
        messages=mine(messages, messages.c.message_id, key),
        scores=mine(scores, scores.c.lead_id, lead),
        standings=mine(standings, standings.c.lead_id, lead),
        stage_changes=mine(stage_changes, stage_changes.c.lead_id, lead),
        feedback=mine(feedback, feedback.c.lead_id, lead),
        audit=mine(audit, audit.c.about, lead),
        idempotency=mine(idempotency, idempotency.c.key, key),
        webhook_messages=told,
        webhook_deliveries=list(connection.execute(joined).all()),
    )
