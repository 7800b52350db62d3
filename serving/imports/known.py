"""Who the leads of a batch are, locked; and whether a score has read them, so that their past must stay as it is."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from serving.intake.identity import USER, hashed
from serving.leads.accounts import moment_among
from serving.leads.record import Record, next_moment, record_of
from serving.programs.programs import Programs
from serving.store.many import among, insert_many
from serving.store.schema import accounts, erasures, identities, leads, scores, standings


class Known(NamedTuple):
    """A lead of the store, locked; ``scored``: whether it ever was."""

    record: Record
    scored: bool

    @property
    def lead_id(self) -> str:
        """Its own id, whatever it was called."""
        return self.record.lead_id


def erased(connection: Connection, names: Collection[str]) -> set[str]:
    """Those of these ids under which somebody was erased."""
    if connection.execute(select(erasures.c.at).limit(1)).first() is None:
        return set()
    by_hash = {hashed(name): name for name in names}
    again = connection.execute(select(erasures.c.id_hash).where(among(connection, erasures.c.id_hash, [*by_hash])))
    return {by_hash[each] for each in again.scalars()}


def found(connection: Connection, names: Collection[str]) -> dict[str, Known]:
    """The leads that the store has, by the names that were asked for, each locked until the transaction ends."""
    c = identities.c
    mapped = select(c.id, c.lead_id).where(c.kind == USER, among(connection, c.id, [*names]))
    lead_ids: dict[str, str] = {name: name for name in names}
    lead_ids.update((row.id, row.lead_id) for row in connection.execute(mapped))
    asked = select(leads).where(among(connection, leads.c.lead_id, [*set(lead_ids.values())]))
    records = [record_of(row) for row in connection.execute(asked.order_by(leads.c.lead_id).with_for_update())]
    already = _scored(connection, [record.lead_id for record in records])
    by_id = {record.lead_id: Known(record, record.lead_id in already) for record in records}
    return {name: by_id[lead_id] for name, lead_id in lead_ids.items() if lead_id in by_id}


def read_by_others(connection: Connection, programs: Programs, known: Collection[Known]) -> set[str]:
    """The leads of which a colleague's score may have read what they did."""
    records = [each.record for each in known if each.record.account is not None]
    read = read_at(connection, programs, {record.account for record in records if record.account is not None})
    return {r.lead_id for r in records if r.account in read and read[r.account] >= (r.account_from or 0)}


def read_at(connection: Connection, programs: Programs, names: Collection[str]) -> dict[str, int]:
    """When a score last read the leads of these accounts, if any did; none does until the transaction ends."""
    ordered, c = sorted(names), accounts.c
    if not ordered:
        return {}
    if programs.read_accounts:  # a score that is being computed now makes or locks the row
        insert_many(connection, accounts, [{"account": name, "traits": "{}", "moment": 0} for name in ordered])
    rows = select(c.account, c.moment).where(among(connection, c.account, ordered)).order_by(c.account)
    return {row.account: row.moment for row in connection.execute(rows.with_for_update()) if row.moment > 0}


def moments(connection: Connection, programs: Programs, known: Sequence[Known], now: int) -> dict[str, int]:
    """The moment at which each of these leads is acted on now, remembered in its row."""
    moment = moment_among if programs.read_accounts else _moment_alone
    at = {each.lead_id: moment(connection, each.record, now) for each in known}
    if at:
        act = update(leads).where(leads.c.lead_id == bindparam("lead")).values(moment=bindparam("at"))
        connection.execute(act, [{"lead": lead_id, "at": moment} for lead_id, moment in at.items()])
    return at


def _moment_alone(_: Connection, record: Record, now: int) -> int:
    return next_moment(record, now)


def _scored(connection: Connection, lead_ids: Sequence[str]) -> set[str]:
    if not lead_ids or connection.execute(select(scores.c.score_id).limit(1)).first() is None:
        return set()
    c = standings.c
    rows = select(c.lead_id).where(among(connection, c.lead_id, lead_ids), c.scored_at.is_not(None))
    return set(connection.execute(rows).scalars())
