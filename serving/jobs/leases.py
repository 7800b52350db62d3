"""A job is done by one worker at a time: whoever holds its lease, until that runs out."""

from sqlalchemy import Connection, delete, select, update

from serving.store.rows import insert_new
from serving.store.schema import leases


def take(connection: Connection, name: str, holder: str, now: int, until: int) -> bool:
    """Take the lease of a job, or keep it; whether the holder has it now.

    One that ends much later than it could if it were taken now is of a clock that was ahead, and counts for nothing.
    """
    insert_new(connection, leases, {"name": name, "holder": holder, "until": until})
    impossible = leases.c.until > until + (until - now)
    mine = (leases.c.holder == holder) | (leases.c.until < now) | impossible
    taken = update(leases).where(leases.c.name == name, mine).values(holder=holder, until=until)
    connection.execute(taken)
    holds: str = connection.execute(select(leases.c.holder).where(leases.c.name == name)).scalar_one()
    return holds == holder


def give_back(connection: Connection, holder: str) -> None:
    """Let others do the jobs of a worker that stops."""
    connection.execute(delete(leases).where(leases.c.holder == holder))
