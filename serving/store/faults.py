"""Whether the database is at fault or the statement, and whether what failed may be done again."""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_AGAIN = {"40001", "40P01"}  # PostgreSQL: a serialization failure, a deadlock: nothing was written
_READ_ONLY = "25006"  # a standby, or a primary that has become one
_OF_ONE_STATEMENT = {"55P03", "57014"}  # it waited too long for a row, or took too long; others need not
_BROKEN_FILE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_outage(error: SQLAlchemyError) -> bool:
    """Whether the database is at fault, rather than the statement."""
    if isinstance(error, PoolTimeout | InterfaceError | OperationalError) or is_conflict(error):
        return True
    broken = getattr(_cause(error), "sqlite_errorcode", 0) & 0xFF in _BROKEN_FILE
    return broken or is_lost(error) or is_read_only(error) or _state(error).startswith("XX")


def is_conflict(error: SQLAlchemyError) -> bool:
    """Whether another transaction was in the way; nothing was written, and it may be done again."""
    return _state(error) in _AGAIN


def is_lost(error: SQLAlchemyError) -> bool:
    """Whether the connection broke."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_read_only(error: SQLAlchemyError) -> bool:
    """Whether the database takes no writes, as after a failover: another connection may lead to one that does."""
    return _state(error) == _READ_ONLY


def is_general(error: SQLAlchemyError) -> bool:
    """Whether others will fail in the same way."""
    return not is_conflict(error) and _state(error) not in _OF_ONE_STATEMENT


def said(error: SQLAlchemyError) -> str:
    """Its first line; no value of any row is in it."""
    return str(_cause(error)).strip().partition("\n")[0][:200]


def _cause(error: SQLAlchemyError) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _state(error: SQLAlchemyError) -> str:
    return str(getattr(_cause(error), "sqlstate", "") or "")
