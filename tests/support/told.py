"""The outbox of a store in tests: tell it of leads, look what becomes of that."""

from typing import Any

from sqlalchemy import Row, select

from features.moments import moment
from serving.store.database import Store
from serving.store.schema import webhook_deliveries
from serving.webhooks import endpoints
from serving.webhooks.endpoints import Endpoint
from serving.webhooks.filters import Filters
from serving.webhooks.message import Message
from serving.webhooks.outbox import announce
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.worker import Deliverer

NOW = moment("2026-11-21T09:00:00Z")
IN_HOUSE = WebhookSettings(allow_private=True, timeout=5.0)


def message(score: float = 63.4, at: int = NOW, **data: Any) -> Message:
    """A lead that has become an MQL."""
    stage = {"stage_was": "Lead", "stage": "MQL", "owner": "marketing", "persona": "IT lead"}
    return Message("lead.stage_changed", "L-17", "leads", at, {"score": score, **stage, **data})


class Outbox:
    """The outbox of a store, and what is in it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def endpoint(self, url: str, **columns: Any) -> Endpoint:
        filters = columns.pop("filters", Filters())
        return self.store.write(lambda c: endpoints.create(c, NOW, url, filters=filters, **columns))

    def find(self, endpoint: Endpoint) -> Endpoint:
        return self.store.read(lambda c: endpoints.find(c, endpoint.endpoint_id))

    def tell(self, *messages: Message) -> None:
        for each in messages or (message(),):
            self.store.write(lambda c, m=each: announce(c, m))  # type: ignore[misc]

    def deliveries(self) -> list[Row[Any]]:
        order = webhook_deliveries.c.delivery_id
        return list(self.store.read(lambda c: c.execute(select(webhook_deliveries).order_by(order)).all()))

    def states(self) -> list[str]:
        return [row.state for row in self.deliveries()]

    def deliver(self, at: int = NOW, settings: WebhookSettings = IN_HOUSE, **how: Any) -> int:
        return Deliverer(self.store, settings, **how).run_once(at)
