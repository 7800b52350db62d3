"""Routes about who may: whose key this is, making, listing and revoking keys, and the audit of all acts."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from features.errors import LeadError
from features.moments import iso, moment, now
from serving.access import audit, keys
from serving.access.caller import SCOPES, Caller
from serving.access.guard import needs
from serving.fields import Moment, Strict, whole
from serving.routes.problems import may
from serving.store.database import Store, StoreUnavailable
from serving.strictjson import StrictJson

Scope = Literal["score", "ingest", "read", "act", "manage", "admin"]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
KeyId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
About = Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$", description="the id of a lead or another thing")]
Cursor = Annotated[str, Query(pattern="^[0-9]{0,18}$", description="`next_cursor` of the page before")]
Admin = Annotated[Caller, Depends(needs("admin"))]


class CallerOut(BaseModel):
    """Whose key was sent, and what it may; ``per_minute``: most requests, null: the service's own limit."""

    key_id: str
    name: str
    scopes: list[str]
    per_minute: int | None


class KeyIn(Strict):
    """A key to be made; ``admin`` may all that the other scopes may, ``manage`` opens the pages to a manager."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "n8n", "scopes": ["ingest", "read"]}]})

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    expires_at: Moment | None = None
    per_minute: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(whole)] | None = None

    def wanted(self, at: int) -> keys.Wanted:
        """As the store takes it; raises LeadError for a key that would expire before the moment ``at``."""
        expires_at = None if self.expires_at is None else moment(self.expires_at)
        if expires_at is not None and expires_at <= at:
            raise LeadError("a key cannot expire in the past", where="expires_at", got=self.expires_at or "")
        return keys.Wanted(self.name, frozenset(self.scopes), expires_at, self.per_minute)


class KeyOut(BaseModel):
    """A key, all but its secret. ``last_used_at`` is noted once a minute."""

    key_id: str
    name: str
    scopes: list[str]
    per_minute: int | None
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class NewKeyOut(KeyOut):
    """A key that was just made; ``key`` is shown here and never again."""

    key: str


class KeysOut(BaseModel):
    """All keys, the oldest first; those that were revoked or have expired as well."""

    keys: list[KeyOut]


class EntryOut(BaseModel):
    """One act; ``by``: a key's id, ``cli:USER`` or ``system``."""

    id: int
    at: str
    by: str
    by_name: str
    act: str
    about: str
    detail: dict[str, Any]
    request_id: str


class AuditOut(BaseModel):
    """Acts, the newest first; ``next_cursor`` is empty on the last page."""

    entries: list[EntryOut]
    next_cursor: str


def key_routes(store: Store, clock: Callable[[], int] = now) -> APIRouter:
    """``/v1/keys``: made, listed and revoked by callers with the scope ``admin``; ``/v1/whoami`` by any."""
    router = APIRouter(tags=["keys"], route_class=StrictJson)

    @router.get("/v1/whoami", summary="Whose key this is, and what it may")
    async def who_am_i(caller: Annotated[Caller, Depends(needs(""))]) -> CallerOut:
        """For connectors that try a key before they keep it."""
        scopes = [scope for scope in SCOPES if scope in caller.scopes]
        return CallerOut(key_id=caller.key_id, name=caller.name, scopes=scopes, per_minute=caller.per_minute)

    @router.post("/v1/keys", status_code=201, responses=may(422), summary="Make a key")
    def create_key(sent: KeyIn, caller: Admin, request: Request) -> NewKeyOut:
        """The answer shows the key, once; sent again, the request makes another key (no `Idempotency-Key` here)."""
        at = clock()
        wanted = sent.wanted(at)
        made = store.write(lambda c: keys.create(c, caller, wanted, at))
        _look_again(request)
        return NewKeyOut(**_shown(made.key), key=made.text)

    @router.get("/v1/keys", summary="All keys")
    def list_keys(_: Admin) -> KeysOut:
        return KeysOut(keys=[KeyOut(**_shown(key)) for key in store.read(keys.listed)])

    @router.delete("/v1/keys/{key_id}", responses=may(404, 422), summary="Revoke a key")
    def revoke_key(key_id: KeyId, caller: Admin, request: Request) -> KeyOut:
        """Void at once here, in other processes within about a second; once void it stays as it is."""
        revoked = store.write(lambda c: keys.revoke(c, caller, key_id, clock()))
        _look_again(request)
        return KeyOut(**_shown(revoked))

    return router


def audit_routes(store: Store) -> APIRouter:
    """``/v1/audit``, for callers with the scope ``admin``."""
    router = APIRouter(tags=["audit"], route_class=StrictJson)

    @router.get("/v1/audit", responses=may(422), summary="Who did what, when", dependencies=[Depends(needs("admin"))])
    def list_audit(
        since: Annotated[Moment | None, Query(description="this moment and later (ISO 8601)")] = None,
        about: About = "",
        cursor: Cursor = "",
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> AuditOut:
        after = None if since is None else moment(since)
        page = store.read(lambda c: audit.entries(c, since=after, about=about, cursor=cursor, limit=limit))
        found = [EntryOut(**entry._asdict() | {"at": iso(entry.at)}) for entry in page.entries]
        return AuditOut(entries=found, next_cursor=page.next_cursor)

    return router


def _look_again(request: Request) -> None:
    """Have this process see the change at once; it is done, whether or not the database still answers."""
    with suppress(StoreUnavailable):
        request.app.state.keys.refresh()


def _shown(key: keys.ApiKey) -> dict[str, Any]:
    moments = {name: at and iso(at) for name, at in key._asdict().items() if name.endswith("_at")}
    return key._asdict() | moments | {"scopes": list(key.scopes)}
