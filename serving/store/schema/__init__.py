"""The tables of the store, for SQLite and PostgreSQL alike.

Moments are whole microseconds since 1970 (``features.moments``), JSON is text, so that a double keeps its bits.
What is only ever added to (events, profile versions, scores, stage changes) is never changed afterwards, but for an
anonymous visitor's events, which get their lead once, and for erasure.
"""

from serving.store.schema.access import api_keys, audit, idempotency, secrets, sessions, visits
from serving.store.schema.base import metadata
from serving.store.schema.crm import crm_connectors, crm_sent
from serving.store.schema.housekeeping import erasures, imports, leases, prunings
from serving.store.schema.people import accounts, events, identities, leads, messages, past_accounts, profile_versions
from serving.store.schema.scoring import agreements, feedback, scorecards, scores, signoffs, stage_changes, standings
from serving.store.schema.webhooks import webhook_deliveries, webhook_endpoints, webhook_messages

__all__ = [
    "accounts",
    "agreements",
    "api_keys",
    "audit",
    "crm_connectors",
    "crm_sent",
    "erasures",
    "events",
    "feedback",
    "idempotency",
    "identities",
    "imports",
    "leads",
    "leases",
    "messages",
    "metadata",
    "past_accounts",
    "profile_versions",
    "prunings",
    "scorecards",
    "scores",
    "secrets",
    "sessions",
    "signoffs",
    "stage_changes",
    "standings",
    "visits",
    "webhook_deliveries",
    "webhook_endpoints",
    "webhook_messages",
]
