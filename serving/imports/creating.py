"""New leads, as they were: their first fields, their account, their first stage. Nothing of it is announced."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, select

from features.derive import account_of, email_domain
from serving.imports.into import Into, Overtaken
from serving.imports.known import Known
from serving.intake.identity import USER
from serving.leads.record import Profile, Record
from serving.leads.standing import Standing
from serving.programs.service import InService
from serving.store.many import among, insert_many
from serving.store.schema import accounts, identities, leads, profile_versions, standings


class Reached(NamedTuple):
    """How a lead is reached: its address, the domain of it, and the company behind that."""

    email: str | None
    domain: str | None
    company: str | None


class NewLead(NamedTuple):
    """A lead to be made; ``versions``: its fields, those of its account included, by the moment from which on."""

    lead_id: str
    created_at: int
    moment: int
    profile: Profile
    account: str | None
    account_from: int | None
    versions: Mapping[int, Profile]


def reached(profile: Profile) -> Reached:
    """How the lead with this profile is reached."""
    email = profile.get("email")
    return _reached(email.strip().lower()) if isinstance(email, str) and email.strip() else Reached(None, None, None)


@lru_cache(maxsize=16_384)  # asked several times of each lead of a batch
def _reached(address: str) -> Reached:
    return Reached(address, email_domain(address), account_of(address))


def create(into: Into, new: Collection[NewLead]) -> None:
    """Store new leads, in the first stage of the program of leads, not scored yet; raises Overtaken."""
    connection = into.connection
    if insert_many(connection, leads, [_lead(each) for each in new]) < len(new):
        raise Overtaken
    named = [{"kind": USER, "id": each.lead_id, "lead_id": each.lead_id, "since": into.now} for each in new]
    insert_many(connection, identities, named)
    add_versions(connection, ((each.lead_id, at, fields) for each in new for at, fields in each.versions.items()))
    add_standings(into, into.programs.leads, {each.lead_id: each.created_at for each in new})


def add_versions(connection: Connection, versions: Iterable[tuple[str, int, Profile]]) -> None:
    """Store what leads were from some moments on."""
    rows = [{"lead_id": i, "valid_from": at, "profile": orjson.dumps(fields).decode()} for i, at, fields in versions]
    insert_many(connection, profile_versions, rows)


def traits_by_account(connection: Connection, names: Collection[str]) -> dict[str, Profile]:
    """The fields that hold for every lead of these accounts, where there are any."""
    if not names:
        return {}
    c = accounts.c
    rows = select(c.account, c.traits).where(among(connection, c.account, sorted(names)), c.traits != "{}")
    return {row.account: orjson.loads(row.traits) for row in connection.execute(rows)}


def stranger(lead_id: str, at: int) -> NewLead:
    """A lead of whom nothing is known but something that it did."""
    return NewLead(lead_id, at, at, {}, None, None, {})


def as_known(new: NewLead) -> Known:
    """A new lead as the store has it."""
    record = Record(new.lead_id, new.created_at, new.moment, new.profile, new.account, new.account_from)
    return Known(record, scored=False)


def add_standings(into: Into, service: InService, since: Mapping[str, int]) -> None:
    """Let leads into the first stage of a program, each since a moment, unless they are in it."""
    rows = [_standing(into, service, lead_id, at)._asdict() for lead_id, at in since.items()]
    insert_many(into.connection, standings, rows)


def _standing(into: Into, service: InService, lead_id: str, at: int) -> Standing:
    stage = service.process.first
    clock = into.clocks.since(service, stage.stage, at)
    return Standing(
        lead_id,
        service.program,
        service.process.is_open(stage.stage),
        stage.stage,
        at,
        stage.owner,
        sla_state=clock.state,
        sla_remind_at=clock.remind_at,
        sla_due_at=clock.due_at,
    )


def _lead(new: NewLead) -> dict[str, object]:
    how = reached(new.profile)
    return {
        "lead_id": new.lead_id,
        "created_at": new.created_at,
        "moment": new.moment,
        "profile": orjson.dumps(new.profile).decode(),
        "email": how.email,
        "domain": how.domain,
        "account": new.account,
        "account_from": new.account_from,
    }
