"""The scorecard: all that serving needs to score a lead, as JSON with a checksum; no pickle, no learner.

It holds the agreement, the declaration of every fact, a learned table of points per fact, the weight of
history and the scale. ``training.additive`` evaluates it.
"""

import hashlib
import os
from math import log
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from features.agreement import Agreement, said
from features.catalog import Feature, Strict
from features.errors import ScorecardError

SCHEMA: Final = "leadscore.scorecard/1"
RULES: Final = "rules"  # the version of an agreement without history
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Table(Strict, frozen=True, kw_only=True):
    """The learned points of one fact, referenced to the agreement's zero.

    cuts: numbers only, ascending: ``points[i]`` is for ``cuts[i - 1] <= value < cuts[i]``
    values: texts only: ``points[i]`` is for ``values[i]``
    missing / other: points of an unknown value / of a text never seen in history
    bags: per bag the same numbers in the order (points..., missing, other), for the interval
    """

    cuts: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    points: tuple[float, ...]
    missing: float
    other: float
    bags: tuple[tuple[float, ...], ...] = ()


class History(Strict, frozen=True, kw_only=True):
    """What the learned tables come from: how many leads, when, which data, and how the run can be found.

    known_until: up to when outcomes were learned, in the data's own order of time (microseconds since 1970, or the
    numbers of the order column); leads read after it are new to the tables
    """

    leads: int
    converted: int
    trained_at: str
    data_fingerprint: str
    known_until: float | None = None
    run_id: str = ""
    code_version: str = ""
    metrics: dict[str, float] = msgspec.field(default_factory=dict)


class Scorecard(Strict, frozen=True, kw_only=True):
    """Points per fact, agreed and learned, and the scale that turns a score into a probability.

    score = base + sum of (1 - w) * agreed(fact) + w * learned(fact), with ``base = w * learned_base``
    probability = 1 / (1 + exp(-(scale_a + scale_b * score)))

    weight_of_history: ``w``, 0 where history has earned nothing
    missing_values: texts that mean "unknown", such as ``Select``
    id_column: the column that names a lead in the files of this source; empty for ``lead_id``
    account_column: the column that names a lead's account; empty for the domain of its ``email``
    learned_base: the learned points of a lead of whom nothing is known; ``base_bags``: the same per bag
    spread: by how much the deviation between bags is multiplied to be the score's standard error
    """

    schema: Literal["leadscore.scorecard/1"] = SCHEMA
    name: str
    model_version: str
    agreement: Agreement
    agreement_hash: str
    features: tuple[Feature, ...]
    missing_values: tuple[str, ...] = ()
    id_column: str = ""
    account_column: str = ""
    tables: dict[str, Table] = msgspec.field(default_factory=dict)
    weight_of_history: Share = 0.0
    learned_base: float = 0.0
    base_bags: tuple[float, ...] = ()
    spread: float = 0.0
    scale_a: float
    scale_b: float
    history: History | None = None


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    checksum: str
    scorecard: msgspec.Raw


def encode(card: Scorecard) -> bytes:
    """The file's bytes: the checksum of the scorecard's own bytes, then the scorecard; equal ones have the same."""
    plain = said(card) | {"schema": card.schema}
    body = msgspec.json.format(msgspec.json.encode(plain, order="sorted"), indent=1)
    return _envelope(body)


def _envelope(body: bytes) -> bytes:
    checksum = "sha256:" + hashlib.sha256(body).hexdigest()
    return b'{"checksum": "' + checksum.encode() + b'",\n"scorecard": ' + body + b"}\n"


def decode(data: bytes, name: str = "scorecard") -> Scorecard:
    """Read a scorecard file's bytes.

    Raises ScorecardError when a byte was changed, or when it is of another schema.
    """
    try:
        envelope = msgspec.json.decode(data, type=_Envelope)
        body = bytes(envelope.scorecard)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScorecardError("the scorecard is damaged", where=name, got=str(error), do=_AGAIN) from None
    if _envelope(body) != data:
        raise ScorecardError("the scorecard's checksum does not fit its content", where=name, do=_AGAIN)
    try:
        card = msgspec.json.decode(body, type=Scorecard)
    except msgspec.DecodeError as error:
        raise ScorecardError("the scorecard is of another schema", where=name, got=str(error), allowed=SCHEMA) from None
    _check_tables(card, name)
    if card.agreement.content_hash() != card.agreement_hash:
        raise ScorecardError("the scorecard's agreement is not the one it was made with", where=name, do=_AGAIN)
    return card


def _check_tables(card: Scorecard, name: str) -> None:
    """Refuse tables that no value could be looked up in: of no fact, or with too few or too many points."""
    types = {f.name: f.type for f in card.features}
    for fact, table in card.tables.items():
        bins = len(table.cuts) + 1 if types.get(fact) == "number" else len(table.values)
        rows = {len(table.points), *(len(bag) - 2 for bag in table.bags)}
        if fact not in types or rows != {bins} or len(table.bags) not in (0, len(card.base_bags)):
            got = f"{bins} ranges or values, and {len(table.points)} points in {len(table.bags)} bags"
            raise ScorecardError(f"the table of '{fact}' does not fit its fact", where=name, got=got, do=_AGAIN)


_AGAIN = "export it again from the registry, or train again"


def load(path: Path) -> Scorecard:
    """Read a scorecard file; raises ScorecardError as ``decode`` does, or when it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        do = "train first (leadscore train, make up), or name the model's folder with --home"
        raise ScorecardError("cannot read the scorecard", where=str(path), got=error.strerror or "", do=do) from None
    return decode(data, path.name)


def save(card: Scorecard, path: Path) -> None:
    """Write a scorecard file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(encode(card))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def rules_only(agreement: Agreement, missing_values: tuple[str, ...] = ()) -> Scorecard:
    """The scorecard of an agreement without history: the score is the agreed score.

    The scale comes from the agreement alone: ``points_double_odds`` and the expected conversion.
    """
    scale_b = log(2) / agreement.points_double_odds
    expected = agreement.expected
    return Scorecard(
        name=agreement.agreement,
        model_version=RULES,
        agreement=agreement,
        agreement_hash=agreement.content_hash(),
        features=tuple(agreement.features),
        missing_values=missing_values,
        scale_a=log(expected.probability / (1 - expected.probability)) - scale_b * expected.score,
        scale_b=scale_b,
    )
