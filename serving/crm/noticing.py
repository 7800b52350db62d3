"""Which leads may have changed since they were last compared: found by what is new, not by walking over all."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, func, or_, select

from serving.crm.config import CrmConfig
from serving.crm.ledger import mark
from serving.crm.progress import Progress, Read, newest, save
from serving.store.database import Store
from serving.store.schema import crm_sent, scores, stage_changes, standings

CHUNK, WALK = 20_000, 5_000
Beat = Callable[[], None]


def notice(store: Store, config: CrmConfig, progress: Progress, at: int, beat: Beat) -> Progress:
    """Mark the leads with something new, and the next ones of a walk; how far it is then.

    beat: called between small parts, and may end it by raising
    """
    if progress.walked_to is not None:
        beat()
        progress = store.write(lambda connection: _walk(connection, config, progress))
    to = store.read(lambda connection: newest(connection, at))
    for part in _parts(progress.place.start(at), to):
        found = store.read(partial(_new, config=config, part=part))
        if found:
            beat()
            store.write(partial(mark, config=config, lead_ids=found))
    moved = progress._replace(place=progress.place.read_to(to))
    if moved.place != progress.place:
        store.write(lambda connection: save(connection, config, moved))
    return moved


def _walk(connection: Connection, config: CrmConfig, progress: Progress) -> Progress:
    c, after = standings.c, progress.walked_to or ""
    chosen = select(c.lead_id).where(c.program == config.program, c.lead_id > after).order_by(c.lead_id).limit(WALK)
    found = connection.execute(chosen).scalars().all()
    mark(connection, config, found)
    walked = progress._replace(walked_to=found[-1] if len(found) == WALK else None)
    save(connection, config, walked)
    return walked


def _parts(start: Read, to: Read) -> Iterator[tuple[Read, Read]]:
    """Small ranges of numbers, from one place to another."""
    while start.score < to.score or start.change < to.change:
        end = Read(to.at, min(start.score + CHUNK, to.score), min(start.change + CHUNK, to.change))
        yield start, end
        start = end


def _new(connection: Connection, config: CrmConfig, part: tuple[Read, Read]) -> Sequence[str]:
    """The leads with a score or a stage change of a range that was not compared yet."""
    start, end = part
    of_scores = _of(connection, config, scores, scores.c.score_id, crm_sent.c.score_id, (start.score, end.score))
    of_changes = _of(
        connection, config, stage_changes, stage_changes.c.id, crm_sent.c.change_id, (start.change, end.change)
    )
    return sorted({*of_scores, *of_changes})


def _of(
    connection: Connection,
    config: CrmConfig,
    table: Table,
    number: Column[Any],
    compared: Column[Any],
    within: tuple[int, int],
) -> Sequence[str]:
    s = crm_sent.c
    mine = and_(s.lead_id == table.c.lead_id, s.connector == config.name, s.program == config.program)
    chosen = (
        select(table.c.lead_id)
        .select_from(table.outerjoin(crm_sent, mine))
        .where(number > within[0], number <= within[1], table.c.program == config.program)
        .group_by(table.c.lead_id, compared, s.next_at)
        .having(or_(compared.is_(None), and_(func.max(number) > compared, or_(s.next_at.is_(None), s.next_at > 0))))
    )
    return connection.execute(chosen).scalars().all()
