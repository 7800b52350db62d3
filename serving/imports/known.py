"""Who the leads of a batch are, locked; and whether a score has read them, so that their past must stay as it is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, select, update

from serving.intake.identity import USER, hashed
from serving.leads.accounts import moment_of
from serving.programs.programs import Programs
from serving.store.many import among, insert_many
from serving.store.schema import accounts, erasures, identities, leads, scores, standings


class Known(NamedTuple):
    """A lead of the store, locked; ``profile``: its own fields, as JSON; ``scored``: whether it ever was."""

    lead_id: str
    created_at: int
    moment: int
    profile: str
    account: str | None
    account_from: int | None
    scored: bool


def erased(connection: Connection, names: Collection[str]) -> set[str]:
    """Those of these ids under which somebody was erased."""
    if connection.execute(select(erasures.c.at).limit(1)).first() is None:
        return set()
    by_hash = {hashed(name): name for name in names}
    found = connection.execute(select(erasures.c.id_hash).where(among(connection, erasures.c.id_hash, [*by_hash])))
    return {by_hash[each] for each in found.scalars()}


def found(connection: Connection, names: Collection[str]) -> dict[str, Known]:
    """The leads that the store has, by the names that were asked for, each locked until the transaction ends."""
    c = identities.c
    mapped = select(c.id, c.lead_id).where(c.kind == USER, among(connection, c.id, [*names]))
    lead_ids: dict[str, str] = {name: name for name in names}
    lead_ids.update((row.id, row.lead_id) for row in connection.execute(mapped))
    columns = [leads.c[field] for field in Known._fields if field != "scored"]
    asked = select(*columns).where(among(connection, leads.c.lead_id, [*set(lead_ids.values())]))
    rows = connection.execute(asked.order_by(leads.c.lead_id).with_for_update()).all()
    already = _scored(connection, [row.lead_id for row in rows])
    by_id = {row.lead_id: Known(**row._mapping, scored=row.lead_id in already) for row in rows}
    return {name: by_id[lead_id] for name, lead_id in lead_ids.items() if lead_id in by_id}


def read_by_others(connection: Connection, programs: Programs, known: Iterable[Known]) -> set[str]:
    """The leads of which a colleague's score may have read what they did."""
    lead_ids = [each.lead_id for each in known if each.account is not None]
    _hold_accounts(connection, programs, {each.account for each in known if each.account is not None})
    if not lead_ids or not any_scores(connection):
        return set()
    colleague = leads.alias()
    reads = exists().where(
        colleague.c.account == leads.c.account,
        colleague.c.lead_id != leads.c.lead_id,
        standings.c.lead_id == colleague.c.lead_id,
        standings.c.scored_at >= leads.c.account_from,
    )
    rows = connection.execute(select(leads.c.lead_id).where(among(connection, leads.c.lead_id, lead_ids), reads))
    return set(rows.scalars())


def accounts_read(connection: Connection, programs: Programs, names: Collection[str]) -> set[str]:
    """Those of these accounts of which a lead was scored: whoever joins them is a colleague from now on only."""
    _hold_accounts(connection, programs, names)
    if not names or not any_scores(connection):
        return set()
    scored = exists().where(standings.c.lead_id == leads.c.lead_id, standings.c.scored_at.is_not(None))
    rows = select(leads.c.account).distinct().where(among(connection, leads.c.account, sorted(names)), scored)
    return set(connection.execute(rows).scalars())


def moments(connection: Connection, programs: Programs, known: Sequence[Known], now: int) -> dict[str, int]:
    """The moment at which each of these leads is acted on now, remembered in its row."""
    at = {each.lead_id: _moment(connection, programs, each, now) for each in known}
    if at:
        act = update(leads).where(leads.c.lead_id == bindparam("lead")).values(moment=bindparam("at"))
        connection.execute(act, [{"lead": lead_id, "at": moment} for lead_id, moment in at.items()])
    return at


def any_scores(connection: Connection) -> bool:
    """Whether anything was ever scored here."""
    return connection.execute(select(scores.c.score_id).limit(1)).first() is not None


def mark_due(connection: Connection, lead_ids: Collection[str]) -> None:
    """Have the leads that were scored, or could not be, scored anew soon."""
    c = standings.c
    stale = update(standings).where(among(connection, c.lead_id, [*lead_ids]), c.checksum.is_not(None))
    connection.execute(stale.values(checksum=""))


def _scored(connection: Connection, lead_ids: Sequence[str]) -> set[str]:
    if not lead_ids or not any_scores(connection):
        return set()
    c = standings.c
    rows = select(c.lead_id).where(among(connection, c.lead_id, lead_ids), c.scored_at.is_not(None))
    return set(connection.execute(rows).scalars())


def _hold_accounts(connection: Connection, programs: Programs, names: Collection[str]) -> None:
    """Keep leads of these accounts from being scored meanwhile, where their scores read colleagues."""
    if programs.read_accounts and names:
        ordered = sorted(names)
        insert_many(connection, accounts, [{"account": name, "traits": "{}", "moment": 0} for name in ordered])
        rows = select(accounts.c.account).where(among(connection, accounts.c.account, ordered))
        connection.execute(rows.order_by(accounts.c.account).with_for_update()).all()


def _moment(connection: Connection, programs: Programs, known: Known, now: int) -> int:
    at = max(now, known.moment + 1)
    if programs.read_accounts and known.account is not None:
        return moment_of(connection, known.account, at)
    return at


def grouped(names: Mapping[str, Known]) -> dict[str, Known]:
    """The leads by their own ids."""
    return {known.lead_id: known for known in names.values()}
