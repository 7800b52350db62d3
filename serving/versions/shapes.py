"""What a process that reads the registry says, and what it is asked; the same shapes on both sides."""

from typing import Literal

import msgspec

DECIDING = "decision"  # the lock of a home that is held while a version is decided on
Decided = Literal["promote", "refuse", "undecided"]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all shapes; what a later version adds is passed over."""


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A number with its 95 % interval, as ``training.intervals.Interval``; None where it has no end."""

    value: float
    low: float | None
    high: float | None


class Group(Shape, frozen=True, kw_only=True):
    """Leads of like probability: the mean of what was predicted, the share that converted with its interval."""

    predicted: float
    observed: float
    low: float
    high: float
    leads: int


class Side(Shape, frozen=True, kw_only=True):
    """One version on the leads of the evidence, as ``training.promotion.evidence.Side``."""

    version: str
    log_loss: float
    auc: float
    bias: Span
    calibration_error: Span


class Evidence(Shape, frozen=True, kw_only=True):
    """Two versions on the same leads, as ``training.promotion.evidence.Evidence``."""

    champion: Side
    challenger: Side
    leads: int
    converted: int
    as_registered: int
    difference: Span


class Verdict(Shape, frozen=True, kw_only=True):
    """What the evidence says; ``why``: in English, as it is kept with the version."""

    outcome: Decided
    why: str
    evidence: Evidence | None = None


class Scores(Shape, frozen=True, kw_only=True):
    """How the scores of the leads lay that a version learned from: rows between 41 edges."""

    edges: tuple[float, ...]
    steps: tuple[int, ...]


class Version(Shape, frozen=True, kw_only=True):
    """A registered version: when it was made (microseconds), its aliases, its measures, and what was decided on it.

    groups: predicted against observed shares on its test leads, of those with an alias
    """

    version: str
    made_at: int
    aliases: tuple[str, ...] = ()
    metrics: dict[str, float] = {}
    agreement_version: str = ""
    decided: str = ""
    decided_at: str = ""
    decided_why: str = ""
    override_reason: str = ""
    override_by: str = ""
    groups: tuple[Group, ...] = ()


class Move(Shape, frozen=True, kw_only=True):
    """One change of the champion, as ``training.registry.moves.Move``."""

    at: str
    what: str
    version: str
    before: str = ""
    by: str = ""
    reason: str = ""
    evidence: str = ""


class Snapshot(Shape, frozen=True, kw_only=True):
    """The registry of a model, as of a moment (microseconds).

    where: its address, without a password; champion, challenger: versions, empty where there is none
    back_to: the version that a rollback would bring back, empty where there is none
    preview: what the evidence says of the challenger, without deciding anything; scores: of the champion
    """

    read_at: int
    name: str
    where: str
    champion: str = ""
    challenger: str = ""
    back_to: str = ""
    versions: tuple[Version, ...] = ()
    moves: tuple[Move, ...] = ()
    preview: Verdict | None = None
    scores: Scores | None = None


class Fault(Shape, frozen=True, kw_only=True):
    """Why something did not work, in the five parts of an error."""

    what: str
    where: str = ""
    got: str = ""
    allowed: str = ""
    do: str = ""


class Order(Shape, frozen=True, kw_only=True):
    """What a child process is to do.

    home: the folder of the program's scorecard; work: read it, promote a version, or roll back
    evidence: on the leads that both versions were tested on, or on those of the store, newer ones included
    champion: whom a rollback is to replace, so that one that is asked for twice goes back once
    override: promote whatever the evidence says, for ``reason``; by: the person who decides
    """

    home: str
    work: Literal["read", "promote", "roll back"] = "read"
    version: str = ""
    champion: str = ""
    evidence: Literal["tested", "store"] = "tested"
    override: bool = False
    reason: str = ""
    by: str = ""


class Result(Shape, frozen=True, kw_only=True):
    """What came of a promotion or a rollback: which version is the champion now, and which was before."""

    champion: str
    before: str = ""
    moved: bool = False
    overridden: bool = False
    verdict: Verdict | None = None


class Said(Shape, frozen=True, kw_only=True):
    """What a child process answers; a result comes with the registry as it is then. ``busy``: another is at it."""

    snapshot: Snapshot | None = None
    result: Result | None = None
    fault: Fault | None = None
    busy: bool = False


class Decision(Shape, frozen=True, kw_only=True):
    """A promotion or a rollback that was asked for: by whom, when (microseconds), and what came of it, if it has."""

    order: Order
    begun_at: int
    ended_at: int | None = None
    said: Said | None = None
