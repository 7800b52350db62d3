"""API keys in the store: made, listed, revoked. A key is shown once; only its SHA-256 is kept.

A key reads ``lsk_<key_id>_<secret>``: 12 characters that name it and 32 (160 random bits) that prove it.
"""

from base64 import b32encode
from hashlib import sha256
from secrets import token_bytes, token_hex
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from serving.access.audit import note
from serving.access.caller import SCOPES, Caller
from serving.access.refusals import NoSuchKey
from serving.store.schema import api_keys

PREFIX = "lsk_"


class Wanted(NamedTuple):
    """A key to be made. ``expires_at``: a moment; ``per_minute``: most requests; None: neither."""

    name: str
    scopes: frozenset[str]
    expires_at: int | None = None
    per_minute: int | None = None


class ApiKey(NamedTuple):
    """A key as the store has it, all but its secret; moments in microseconds since 1970."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int | None
    created_at: int
    created_by: str
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None


class NewKey(NamedTuple):
    """A key that was just made, and its text, which nobody can find out again."""

    text: str
    key: ApiKey


_COLUMNS = [api_keys.c[name] for name in ApiKey._fields]


def digest(text: bytes) -> bytes:
    """What is kept of a key. Its secret is random, so that a slow hash would add nothing."""
    return sha256(text).digest()


def new_text() -> str:
    """A key's text from the system's source of randomness.

    >>> len(new_text()) == len(PREFIX) + 12 + len("_") + 160 // 5
    True
    """
    return f"{PREFIX}{token_hex(6)}_{b32encode(token_bytes(20)).decode().lower()}"


def id_of(text: str) -> str:
    """The part of a key's text that names it.

    >>> id_of("lsk_0123456789ab_secret")
    '0123456789ab'
    """
    return text[len(PREFIX) :].partition("_")[0]


def create(connection: Connection, caller: Caller, wanted: Wanted, at: int, text: str = "") -> NewKey:
    """Make a key (from ``text``, where the caller has drawn it) and note that in the audit."""
    text = text or new_text()
    scopes = tuple(scope for scope in SCOPES if scope in wanted.scopes)
    key = ApiKey(id_of(text), wanted.name, scopes, wanted.per_minute, at, caller.key_id, wanted.expires_at, None, None)
    row = key._asdict() | {"scopes": " ".join(scopes), "hash": digest(text.encode()).hex()}
    connection.execute(insert(api_keys).values(row))
    detail = {"scopes": scopes, "expires_at": key.expires_at, "per_minute": key.per_minute}
    note(connection, caller, "key.created", key.key_id, detail, at=at)
    return NewKey(text, key)


def listed(connection: Connection) -> list[ApiKey]:
    """All keys, the oldest first; those that were revoked or have expired as well."""
    rows = connection.execute(select(*_COLUMNS).order_by(api_keys.c.created_at, api_keys.c.key_id))
    return [ApiKey(*row)._replace(scopes=tuple(row.scopes.split())) for row in rows]


def revoke(connection: Connection, caller: Caller, key_id: str, at: int) -> ApiKey:
    """Make a key void from now on, and note that in the audit; once void it stays as it is.

    Raises NoSuchKey.
    """
    row = connection.execute(select(*_COLUMNS).where(api_keys.c.key_id == key_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchKey(key_id)
    key = ApiKey(*row)._replace(scopes=tuple(row.scopes.split()))
    if key.revoked_at is not None:
        return key
    connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(revoked_at=at))
    note(connection, caller, "key.revoked", key_id, {}, at=at)
    return key._replace(revoked_at=at)
