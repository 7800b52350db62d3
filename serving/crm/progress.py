"""How far a connection is: what it has read of scores and stage changes, its walk over all leads, its pause.

Every new score and every stage change is a row with a number of its own, so that what is new has higher ones.
A number may be seen later than a higher one (of a longer transaction), or be given again (by SQLite, after an erasure):
what was read in the minute before the last time, and the last thousand rows, are looked at again; what was compared
since is left out.
"""

from typing import NamedTuple

import msgspec
import orjson
from sqlalchemy import Connection, func, select, update

from features.moments import SECOND
from serving.crm.config import CrmConfig
from serving.crm.records import mapping_of
from serving.store.rows import put
from serving.store.schema import crm_connectors, scores, stage_changes

SETTLED, EVERY = 60 * SECOND, 20 * SECOND
OVERLAP = 1_000
_c = crm_connectors.c


class Read(NamedTuple):
    """Numbers up to which rows were read, at a moment."""

    at: int
    score: int
    change: int


class Place(msgspec.Struct, frozen=True):
    """How far was read, and how far at some earlier moments, the earliest first."""

    score: int
    change: int
    marks: tuple[Read, ...] = ()

    def start(self, at: int) -> Read:
        """Where to begin to read: how far it was a minute before the last time, however long ago that is."""
        mark = self.marks[0] if self.marks else Read(at, self.score, self.change)
        score, change = min(mark.score, self.score), min(mark.change, self.change)
        return Read(at, max(0, score - OVERLAP), max(0, change - OVERLAP))

    def read_to(self, to: Read) -> "Place":
        """Having read so far."""
        marks = self.marks if self.marks and 0 <= to.at - self.marks[-1].at < EVERY else (*self.marks, to)
        settled = [n for n, mark in enumerate(marks) if mark.at <= to.at - SETTLED]
        return Place(to.score, to.change, marks[settled[-1] :] if settled else marks[-8:])


class Progress(NamedTuple):
    """A row of ``crm_connectors``; ``is_new``: the mapping is another one than before, so that all leads are walked."""

    place: Place
    walked_to: str | None
    paused_until: int
    pauses: int
    because: str


def newest(connection: Connection, at: int) -> Read:
    """The highest numbers there are."""
    score = connection.execute(select(func.max(scores.c.score_id))).scalar_one()
    change = connection.execute(select(func.max(stage_changes.c.id))).scalar_one()
    return Read(at, score or 0, change or 0)


def progress_of(connection: Connection, config: CrmConfig) -> Progress | None:
    """How far the connection is; None where it was never used, or its mapping is another one by now."""
    chosen = select(crm_connectors).where(_c.connector == config.name, _c.program == config.program)
    row = connection.execute(chosen).one_or_none()
    if row is None or row.mapping != mapping_of(config):
        return None
    place = msgspec.json.decode(row.place, type=Place)
    return Progress(place, row.walked_to, row.paused_until, row.pauses, row.because)


def begin(connection: Connection, config: CrmConfig, at: int) -> Progress:
    """Begin a walk over all leads."""
    to = newest(connection, at)
    progress = Progress(Place(to.score, to.change, (to,)), "", 0, 0, "")
    save(connection, config, progress)
    return progress


def save(connection: Connection, config: CrmConfig, progress: Progress) -> None:
    """Store how far the connection is."""
    place = orjson.dumps(msgspec.to_builtins(progress.place)).decode()
    of = {"connector": config.name, "program": config.program, "mapping": mapping_of(config), "place": place}
    put(connection, crm_connectors, {**of, **{k: v for k, v in progress._asdict().items() if k != "place"}})


def pause_until(connection: Connection, config: CrmConfig, until: int, pauses: int, because: str) -> None:
    """Send nothing before a moment."""
    mine = update(crm_connectors).where(_c.connector == config.name, _c.program == config.program)
    connection.execute(mine.values(paused_until=until, pauses=pauses, because=because))
