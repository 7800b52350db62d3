"""A batch of leads into the store: what they were, where no score has read it yet; else what they are now."""

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import Connection, bindparam, select, update

from features.errors import DataError
from serving.imports.creating import add_versions, create, reached, traits_by_account
from serving.imports.into import ERASED, Into, Kept
from serving.imports.known import Known, erased, found, read_at
from serving.imports.past import Past, stands_twice
from serving.imports.reading import LeadRow
from serving.imports.refused import Refused
from serving.leads.accounts import join, moment_of
from serving.leads.later import mark_due
from serving.leads.profiles import tell
from serving.leads.record import Profile, Record, lock
from serving.store.many import among
from serving.store.schema import leads, profile_versions


def keep_leads(into: Into, rows: Sequence[LeadRow]) -> Kept:
    """Store a batch; raises Overtaken."""
    names = {row.lead for row in rows}
    known = found(into.connection, names)
    gone = erased(into.connection, names)  # once the leads are locked: nobody can be erased from here on
    versions = _versions(into.connection, known.values())
    pasts: dict[str, Past] = {}
    stored, refused = 0, []
    for row in rows:
        lead = known.get(row.lead)
        try:
            if row.lead in gone:
                raise DataError(ERASED)
            if lead is not None and lead.scored:
                stored += _told_now(into, lead, versions[lead.lead_id], row)
            else:
                lead_id = row.lead if lead is None else lead.lead_id
                past = pasts.setdefault(lead_id, _past(lead_id, lead, versions))
                stored += past.tell(row, into.now)
        except DataError as error:
            refused.append(Refused.of(row.row, error, "" if row.lead in gone else row.lead))
    _save(into, [past for past in pasts.values() if past.told])
    return Kept(stored, len(rows) - stored - len(refused), refused)


def _versions(connection: Connection, known: Iterable[Known]) -> dict[str, dict[int, Profile]]:
    """The stored versions of leads, by their ids and moments."""
    versions: dict[str, dict[int, Profile]] = {each.lead_id: {} for each in known}
    if versions:
        c = profile_versions.c
        rows = select(c.lead_id, c.valid_from, c.profile).where(among(connection, c.lead_id, [*versions]))
        for lead_id, at, profile in connection.execute(rows):
            versions[lead_id][at] = orjson.loads(profile)
    return versions


def _past(lead_id: str, known: Known | None, versions: dict[str, dict[int, Profile]]) -> Past:
    if known is None:
        return Past(lead_id, 0, 0, {}, is_new=True)
    return Past(*known.record, versions[lead_id])


def _told_now(into: Into, lead: Known, versions: dict[int, Profile], row: LeadRow) -> bool:
    """A row about a lead that was scored: its fields are known from now on, as if they had just been sent."""
    record = lock(into.connection, lead.lead_id)
    assert record is not None
    if row.profile in versions.values() or record.profile | row.profile == record.profile:
        return _joins(into, record, row)
    if row.valid_from is not None and row.valid_from < max(versions, default=row.valid_from):
        what, do = "the lead was scored since; its past is not changed", "leave out what was before its last change"
        raise DataError(what, where="valid_from", do=do)
    if row.again:
        raise stands_twice()
    record = tell(into.connection, record, row.profile, into.now)
    versions[record.moment] = record.profile
    _joins(into, record, row)
    mark_due(into.connection, [lead.lead_id])
    return True


def _joins(into: Into, record: Record, row: LeadRow) -> bool:
    """Whether the row names another account than the lead's; it belongs to it from now on."""
    if not row.account or record.account == f"group:{row.account}":
        return False
    mark_due(into.connection, join(into.connection, record, row.account, {}, into.now))
    return True


def _save(into: Into, pasts: Sequence[Past]) -> None:
    """Store leads that are new, and what is new of the others."""
    joining = {past.account for past in pasts if past.account is not None}
    read = read_at(into.connection, into.programs, joining)
    traits = traits_by_account(into.connection, joining)
    for past in pasts:
        account = past.account or ""
        if account in read or account in traits:
            from_now = account in read and past.has_joined
            at = moment_of(into.connection, account, max(into.now, past.moment + 1)) if from_now else None
            past.joins(at, traits.get(account, {}), into.now)
    create(into, [past.new_lead() for past in pasts if past.is_new])
    _change(into.connection, [past for past in pasts if not past.is_new])


def _change(connection: Connection, pasts: Sequence[Past]) -> None:
    if not pasts:
        return
    c = leads.c
    names = ("created_at", "moment", "profile", "email", "domain", "account", "account_from")
    same = (
        update(leads).where(c.lead_id == bindparam("lead")).values({name: bindparam(f"new_{name}") for name in names})
    )
    connection.execute(same, [_changed(past) for past in pasts])
    add_versions(connection, ((p.lead_id, at, p.versions[at]) for p in pasts for at in p.told))
    mark_due(connection, [past.lead_id for past in pasts])


def _changed(past: Past) -> dict[str, object]:
    how = reached(past.profile)
    return {
        "lead": past.lead_id,
        "new_created_at": past.created_at,
        "new_moment": past.moment,
        "new_profile": orjson.dumps(past.profile).decode(),
        "new_email": how.email,
        "new_domain": how.domain,
        "new_account": past.account,
        "new_account_from": past.account_from,
    }
