"""Routes about webhooks: who is told of leads, what was sent, and sending it again. Every act is audited."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection

from features.moments import moment, now
from serving.access import audit
from serving.access.caller import Caller
from serving.routes.problems import may
from serving.store.database import Store, T
from serving.strictjson import StrictJson
from serving.webhooks import deliveries, endpoints, outbox
from serving.webhooks.addresses import LookUp, admit, look_up
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.shapes import (
    DeliveriesOut,
    EndpointChange,
    EndpointIn,
    EndpointOut,
    EndpointsOut,
    EndpointWithSecret,
    ReplayIn,
    SentAgainOut,
    State,
    TestOut,
)

Cursor = Annotated[str, Query(pattern="^[0-9]{0,18}$", description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


class Desk(NamedTuple):
    """What the routes work with; ``wake`` tells the deliverer of this process that something is due."""

    store: Store
    settings: WebhookSettings
    clock: Callable[[], int]
    look: LookUp
    wake: Callable[[], None]

    def admit(self, url: str) -> None:
        """Judge a URL before any transaction; raises EndpointError."""
        admit(url, self.look, allow_private=self.settings.allow_private)

    def act(self, caller: Caller, act: str, about: str, work: Callable[[Connection, int], T], **detail: Any) -> T:
        """Do something to an endpoint now and write it into the audit, both or neither."""
        at = self.clock()

        def audited(connection: Connection) -> T:
            done = work(connection, at)
            named = done.endpoint_id if isinstance(done, endpoints.Endpoint) else about
            audit.note(connection, caller, f"webhook.{act}", named, detail, at=at)
            return done

        return self.store.write(audited)


def webhook_routes(
    store: Store,
    settings: WebhookSettings,
    *,
    who: Callable[..., Any],
    clock: Callable[[], int] = now,
    look: LookUp = look_up,
    wake: Callable[[], None] = lambda: None,
) -> APIRouter:
    """The routes under ``/v1/webhooks``.

    who: a dependency that gives the Caller, or refuses; such as ``needs("admin")``
    wake: ``Deliverer.wake`` of this process
    """
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=StrictJson, dependencies=[Depends(who)])
    desk = Desk(store, settings, clock, look, wake)
    _endpoint_routes(router, desk, who)
    _delivery_routes(router, desk, who)
    return router


def _endpoint_routes(router: APIRouter, desk: Desk, who: Callable[..., Any]) -> None:
    by = Annotated[Caller, Depends(who)]

    @router.get("", summary="Who is told of leads")
    def list_webhooks() -> EndpointsOut:
        return EndpointsOut(endpoints=[EndpointOut.of(e) for e in desk.store.read(endpoints.everyone)])

    @router.post("", status_code=201, responses=may(409, 422), summary="Tell an address of leads")
    def create_webhook(wanted: EndpointIn, caller: by) -> EndpointWithSecret:
        """The secret to verify signatures with is in the answer to this and to a rotation, and nowhere else."""
        desk.admit(wanted.url)
        columns = wanted.columns()
        return EndpointWithSecret.of(desk.act(caller, "created", "", lambda c, at: endpoints.create(c, at, **columns)))

    @router.get("/{endpoint_id}", responses=may(404, 422), summary="One endpoint")
    def get_webhook(endpoint_id: str) -> EndpointOut:
        return EndpointOut.of(desk.store.read(lambda c: endpoints.find(c, endpoint_id)))

    @router.patch("/{endpoint_id}", responses=may(404, 422), summary="Change, disable or enable an endpoint")
    def change_webhook(endpoint_id: str, wanted: EndpointChange, caller: by) -> EndpointOut:
        if wanted.url is not None:
            desk.admit(wanted.url)
        columns = wanted.columns()
        changed = desk.act(
            caller,
            "changed",
            endpoint_id,
            lambda c, at: endpoints.change(c, at, endpoint_id, **columns),
            fields=sorted(columns),
        )
        return EndpointOut.of(changed)

    @router.delete("/{endpoint_id}", status_code=204, responses=may(404, 422), summary="Delete an endpoint")
    def delete_webhook(endpoint_id: str, caller: by) -> None:
        """With all that was or is to be sent to it."""
        desk.act(caller, "deleted", endpoint_id, lambda c, _: endpoints.remove(c, endpoint_id))

    @router.post("/{endpoint_id}/rotate", responses=may(404, 422), summary="Give an endpoint a new secret")
    def rotate_webhook_secret(endpoint_id: str, caller: by) -> EndpointWithSecret:
        """For a day, every message carries a signature by the old secret as well."""
        return EndpointWithSecret.of(
            desk.act(caller, "secret_rotated", endpoint_id, lambda c, at: endpoints.rotate(c, at, endpoint_id))
        )


def _delivery_routes(router: APIRouter, desk: Desk, who: Callable[..., Any]) -> None:
    by = Annotated[Caller, Depends(who)]

    @router.post("/{endpoint_id}/test", status_code=202, responses=may(404, 409, 422), summary="Try an endpoint")
    def test_webhook(endpoint_id: str, caller: by) -> TestOut:
        """Sends it a message of the type `webhook.test`; what came of it is among its deliveries."""
        message_id = desk.act(caller, "tested", endpoint_id, lambda c, at: outbox.announce_test(c, at, endpoint_id))
        desk.wake()
        return TestOut(message_id=message_id)

    @router.get("/{endpoint_id}/deliveries", responses=may(404, 422), summary="What was sent to an endpoint")
    def list_deliveries(endpoint_id: str, state: State = "", cursor: Cursor = "", limit: Limit = 50) -> DeliveriesOut:
        """The newest first; `state=dead` lists the dead letters."""
        before = int(cursor) if cursor else None
        return DeliveriesOut.of(desk.store.read(lambda c: deliveries.sent(c, endpoint_id, state, before, limit)))

    @router.post("/{endpoint_id}/replay", responses=may(404, 409, 422), summary="Send again")
    def replay_deliveries(endpoint_id: str, wanted: ReplayIn, caller: by) -> SentAgainOut:
        """One message, or all dead letters about what happened since a moment, under the ids they had."""
        since = None if wanted.since is None else moment(wanted.since)
        count = desk.act(
            caller,
            "replayed",
            endpoint_id,
            lambda c, _: deliveries.replay(c, endpoint_id, wanted.message_id, since),
            **wanted.model_dump(exclude_none=True),
        )
        desk.wake()
        return SentAgainOut(replayed=count)
