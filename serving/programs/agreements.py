"""The agreements of a program as the store keeps them: the adopted one, those proposed, those of the past."""

from functools import lru_cache
from io import StringIO
from typing import Any, NamedTuple

import msgspec
import orjson
from ruamel.yaml import YAML
from sqlalchemy import Connection, Row, select, update

from features.agreement import Agreement, said
from serving.programs.effect import without_lead
from serving.programs.errors import NoSuchAgreement
from serving.store.schema import agreements

PROPOSED, ADOPTED, PAST = "proposed", "adopted", "past"
_WIDE = 100


class Kept(NamedTuple):
    """A row of ``agreements``, by the same names; the schema says what each means."""

    program: str
    hash: str
    name: str
    version: str
    document: str
    source: str | None
    state: str
    proposed_at: int
    proposed_by: str
    adopted_at: int | None
    adopted_by: str | None
    effect: str | None
    renamed: str | None

    @property
    def agreement(self) -> Agreement:
        """The agreement itself."""
        return agreement_of(self.document)

    @property
    def stages_renamed(self) -> dict[str, str]:
        """Stages of earlier agreements, each with the one that leads in it go to."""
        return orjson.loads(self.renamed) if self.renamed else {}

    @property
    def yaml(self) -> str:
        """Its text as it was sent; made of its keys where it came within a scorecard."""
        return self.source if self.source is not None else yaml_of(self.agreement)


def adopted_hash(connection: Connection, program: str) -> str | None:
    """The hash of the agreement that a program works by; None before its first start."""
    c = agreements.c
    asked = select(c.hash).where(c.program == program, c.state == ADOPTED)
    found: str | None = connection.execute(asked).scalar_one_or_none()
    return found


def adopted(connection: Connection, program: str) -> Kept | None:
    """The agreement that a program works by; None before its first start."""
    found = adopted_hash(connection, program)
    return kept(connection, program, found) if found is not None else None


def kept(connection: Connection, program: str, hashed: str) -> Kept:
    """An agreement by its hash; raises NoSuchAgreement."""
    found = find(connection, program, hashed)
    if found is None:
        do = "propose it first: POST /v1/agreements, or leadscore agreement propose FILE"
        raise NoSuchAgreement("there is no such agreement", where=f"the program '{program}'", got=hashed, do=do)
    return found


def find(connection: Connection, program: str, hashed: str) -> Kept | None:
    """An agreement by its hash, if the program knows it."""
    c = agreements.c
    row = connection.execute(select(agreements).where(c.program == program, c.hash == hashed)).one_or_none()
    return _kept(row) if row else None


def history(connection: Connection, program: str) -> list[Kept]:
    """Every agreement of a program, that which was proposed or adopted last first."""
    found = [_kept(row) for row in connection.execute(select(agreements).where(agreements.c.program == program))]
    return sorted(found, key=lambda k: (-max(k.proposed_at, k.adopted_at or 0), k.hash))


def document_of(agreement: Agreement) -> str:
    """What an agreement says, as JSON by the keys of its file."""
    return orjson.dumps(said(agreement), default=str).decode()


@lru_cache(maxsize=16)
def agreement_of(document: str) -> Agreement:
    """The agreement of a document that ``document_of`` made."""
    return msgspec.json.decode(document, type=Agreement)


def yaml_of(agreement: Agreement) -> str:
    """An agreement as a YAML text that says the same; without the comments of its file."""
    yaml, out = YAML(), StringIO()
    yaml.width = _WIDE
    yaml.dump(said(agreement), out)
    return out.getvalue()


def _kept(row: Row[Any]) -> Kept:
    return Kept(**row._mapping)


def forget(connection: Connection, lead_id: str) -> None:
    """Take a lead that is erased out of the examples of every effect that was shown."""
    c = agreements.c
    named = select(c.program, c.hash, c.effect).where(
        c.effect.contains(orjson.dumps(lead_id).decode(), autoescape=True)
    )
    for program, hashed, shown in connection.execute(named).all():
        mine = update(agreements).where(c.program == program, c.hash == hashed)
        connection.execute(mine.values(effect=without_lead(shown, lead_id)))
