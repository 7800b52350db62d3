"""Looks at a store and at what receivers heard, and names all that is wrong."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from crash import announced, consistent, owed
from crash.databases import Database
from crash.hooks import Hooks
from crash.kept import Kept, kept
from crash.ledger import Ledger
from features.agreement import Agreement
from serving.store.many import among
from serving.store.schema import webhook_messages
from serving.webhooks.endpoints import Endpoint


class Watched(NamedTuple):
    """What is looked at: one era's leads, what their callers were told, and who hears of them."""

    era: int
    ledger: Ledger
    agreement: Agreement
    endpoints: Mapping[str, Endpoint]
    hooks: Hooks


def wrong(connection: Connection, watched: Watched, after: int) -> list[str]:
    """All that is wrong with an era; of its scores those beyond a number are replayed."""
    found = kept(connection, watched.era)
    return [
        *(fault for promise in owed.OWED for fault in promise(watched.ledger, found)),
        *consistent.stages_in_disorder(found, watched.agreement),
        *consistent.scores_in_disorder(found),
        *consistent.moments_ahead(found),
        *consistent.not_replayed(connection, found, after),
        *_wrong_with_webhooks(watched, found),
    ]


def unsound(connection: Connection, database: Database) -> list[str]:
    """What is wrong with the database as a whole."""
    return [*consistent.orphans(connection), *database.unsound(connection)]


def unstored(connection: Connection, heard: set[str]) -> list[str]:
    """Webhooks that were heard of and are not in the store."""
    asked = select(webhook_messages.c.message_id).where(among(connection, webhook_messages.c.message_id, list(heard)))
    return [f"{i}: heard of, but not stored" for i in heard - set(connection.execute(asked).scalars())]


def _wrong_with_webhooks(watched: Watched, found: Kept) -> Iterator[str]:
    yield from announced.changes_not_announced(found)
    yield from announced.clocks_not_announced(found)
    yield from announced.scores_not_announced(found)
    yield from announced.deliveries_wrong(found, watched.endpoints)
    yield from announced.delivered_unheard(found, watched.endpoints, watched.hooks)
