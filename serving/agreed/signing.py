"""Signatures under an agreement: who stands for it, in which role, and since when."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from features.errors import LeadError
from serving.access import audit
from serving.programs.agreements import PAST, kept
from serving.programs.errors import NotAdoptable
from serving.service import Service
from serving.signin.visitor import Visitor
from serving.store.rows import insert_new
from serving.store.schema import signoffs

LONGEST = 100  # characters of a role


class Signature(NamedTuple):
    """One person under one version; by: who the desk or the key was; at: microseconds."""

    by: str
    name: str
    role: str
    at: int


def signatures(connection: Connection, program: str, hashed: str) -> list[Signature]:
    """Who signed a version, the first one first."""
    c = signoffs.c
    asked = select(c.by, c.name, c.role, c.at).where(c.program == program, c.hash == hashed)
    return [Signature(*row) for row in connection.execute(asked.order_by(c.at, c.by))]


def has_signed(found: list[Signature], visitor: Visitor) -> bool:
    """Whether a visitor's signature is among these, perhaps of an earlier session."""
    return any(one.by == visitor.by or one.name == visitor.name for one in found)


def sign(service: Service, program: str, hashed: str, visitor: Visitor, role: str) -> bool:
    """Sign a version as the visitor; whether that is new: who has signed stays signed as before.

    role: what the person stands for, such as Head of Sales
    Raises LeadError without a role, NoSuchAgreement, NotAdoptable for a version of the past; StoreUnavailable.
    """
    if not role or len(role) > LONGEST:
        what, allowed = "a signature says what the person stands for", f"1 to {LONGEST} characters"
        raise LeadError(what, where="role", got=f"{len(role)} characters", allowed=allowed)
    now = service.clock()

    def work(connection: Connection) -> bool:
        found = kept(connection, program, hashed)
        if found.state == PAST:
            what, where = "this version does not hold any more", f"version {found.version}"
            raise NotAdoptable(what, where=where, do="propose it again, then sign it")
        if has_signed(signatures(connection, program, hashed), visitor):
            return False
        row = {"program": program, "hash": hashed, "by": visitor.by, "name": visitor.name, "role": role, "at": now}
        if new := insert_new(connection, signoffs, row):
            about = {"program": program, "version": found.version}
            audit.note(connection, visitor.caller, "agreement.signed", hashed, about, at=now)
        return new

    return service.store.write(work)
