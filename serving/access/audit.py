"""Who did what, when, to which lead or thing: written in the act's own transaction, read page by page."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select

from features.moments import now
from serving.access.caller import Caller
from serving.observe.request_id import current
from serving.store.schema import api_keys, audit


class Entry(NamedTuple):
    """One act. ``by``: a key's id, ``cli:USER`` or ``system``; ``by_name``: the key's name now, else empty."""

    id: int
    at: int
    by: str
    by_name: str
    act: str
    about: str
    detail: Mapping[str, Any]
    request_id: str


class Page(NamedTuple):
    """Entries, the newest first, and the cursor of the next page; empty on the last."""

    entries: list[Entry]
    next_cursor: str


def note(
    connection: Connection,
    caller: Caller,
    act: str,
    about: str,
    detail: Mapping[str, Any],
    request_id: str = "",
    *,
    at: int | None = None,
) -> None:
    """Write one act into the audit.

    act: what was done, such as ``key.created``; about: the id of what it was done to
    detail: what else must be known of it, as JSON, without personal data
    request_id: default: that of the request that is being answered; at: the act's moment, default: now
    """
    connection.execute(
        insert(audit).values(
            at=now() if at is None else at,
            by=caller.key_id,
            act=act,
            about=about,
            detail=orjson.dumps(detail).decode(),
            request_id=request_id or current(),
        )
    )


def entries(
    connection: Connection, *, since: int | None = None, about: str = "", cursor: str = "", limit: int = 100
) -> Page:
    """Acts, the newest first: those of ``since`` and later, or all; on ``about``, or on everything."""
    wanted = (
        select(audit, api_keys.c.name).outerjoin(api_keys, api_keys.c.key_id == audit.c.by).order_by(audit.c.id.desc())
    )
    if since is not None:
        wanted = wanted.where(audit.c.at >= since)
    if about:
        wanted = wanted.where(audit.c.about == about)
    if cursor:
        wanted = wanted.where(audit.c.id < int(cursor))
    rows = connection.execute(wanted.limit(limit + 1)).all()
    found = [
        Entry(r.id, r.at, r.by, r.name or "", r.act, r.about, orjson.loads(r.detail), r.request_id)
        for r in rows[:limit]
    ]
    return Page(found, str(found[-1].id) if len(rows) > limit else "")
