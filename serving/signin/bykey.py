"""Signing in by a key: whose it is, and which role its scopes open."""

import re
from hmac import compare_digest

from sqlalchemy import Connection, select

from serving.access.keys import PREFIX, digest, id_of
from serving.signin.refusals import NoRole, WrongKey
from serving.signin.sessions import BY_KEY, Person
from serving.signin.visitor import role_of
from serving.store.schema import api_keys

_KEY = re.compile(rf"{PREFIX}[0-9a-f]{{12}}_[a-z2-7]{{32}}")


def person_of(connection: Connection, text: str, now: int) -> Person:
    """Whose key it is; raises WrongKey, which says as little of a key that is unknown as of one that was revoked."""
    if not _KEY.fullmatch(text):
        raise WrongKey
    c = api_keys.c
    row = connection.execute(select(api_keys).where(c.key_id == id_of(text))).one_or_none()
    held = row is not None and compare_digest(bytes.fromhex(row.hash), digest(text.encode()))
    if row is None or not held or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise WrongKey
    role = role_of(row.scopes.split())
    if role is None:
        do = "make one with: leadscore keys add NAME --role rep"
        raise NoRole("this key opens no pages", got=row.scopes, allowed="read and act; manage; admin", do=do)
    return Person(row.name, role, f"{BY_KEY}{row.key_id}")
