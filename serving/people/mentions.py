"""Places that mention people without being about one lead: reports of refused rows, kept answers, the audit."""

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, or_, select, update

from serving.access import idempotency
from serving.intake.identity import hashed
from serving.people.finding import Person
from serving.programs import agreements
from serving.store.schema import audit, imports


def acts_on(connection: Connection, person: Person) -> Iterator[dict[str, Any]]:
    """What the audit says was done to a person."""
    c = audit.c
    rows = connection.execute(select(audit).where(c.about.in_(person.ids)).order_by(c.id))
    for row in rows:
        yield {"at": row.at, "act": row.act, "by": row.by, "detail": orjson.loads(row.detail)}


def refused_rows(connection: Connection, person: Person) -> Iterator[dict[str, Any]]:
    """Rows about a person that imports refused."""
    for row in _reports(connection, person):
        for refused in orjson.loads(row.report):
            if mentions(refused, person):
                yield {"import_id": row.import_id, "at": row.begun_at} | refused


def forget(connection: Connection, person: Person) -> dict[str, int]:
    """Take a person out of all of these; how many entries there were. The audit keeps a hash in place of the id."""
    taken = {"imports": _forget_reports(connection, person)}
    taken["idempotency"] = sum(idempotency.forget(connection, name) for name in person.names)
    for lead_id in person.ids:
        agreements.forget(connection, lead_id)
    about = audit.c.about.in_(person.ids)
    hidden = update(audit).where(about).values(about=hashed(person.main_id), detail="{}")
    return taken | {"audit": connection.execute(hidden).rowcount}


def mentions(refused: dict[str, Any], person: Person) -> bool:
    """Whether a refused row is about a person, or shows its address or nothing but its id."""
    shown = f"{refused['got']} {refused['do']}"
    if person.email is not None and person.email in shown.lower():
        return True
    return refused["about"] in person.ids or any(repr(name) in shown for name in person.ids)


def _forget_reports(connection: Connection, person: Person) -> int:
    taken = 0
    for row in _reports(connection, person):
        before = orjson.loads(row.report)
        after = [refused for refused in before if not mentions(refused, person)]
        taken += len(before) - len(after)
        if after != before:
            left = update(imports).where(imports.c.import_id == row.import_id)
            connection.execute(left.values(report=orjson.dumps(after).decode()))
    return taken


def _reports(connection: Connection, person: Person) -> list[Any]:
    """The imports whose reports might mention a person."""
    c = imports.c
    named = [c.report.icontains(orjson.dumps(name).decode()[1:-1], autoescape=True) for name in person.names]
    return list(connection.execute(select(c.import_id, c.begun_at, c.report).where(or_(*named))).all())
