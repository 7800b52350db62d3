"""Into what a batch goes, and what became of it."""

from typing import NamedTuple

from sqlalchemy import Connection

from serving.imports.clocks import Clocks
from serving.imports.refused import Refused
from serving.programs.programs import Programs
from serving.programs.service import InService

ERASED = "this person was erased; nothing is stored of them"


class Overtaken(Exception):
    """Another worker has made one of the leads meanwhile; the batch is to be done again."""


class Into(NamedTuple):
    """The transaction of a batch.

    service: the program that outcomes are about; now: the moment of the batch
    create: whether leads are made of events and outcomes
    """

    connection: Connection
    programs: Programs
    service: InService
    clocks: Clocks
    now: int
    create: bool = False


class Kept(NamedTuple):
    """What became of a batch: rows stored, rows that had come before, rows that were refused."""

    stored: int
    repeated: int
    refused: list[Refused]
