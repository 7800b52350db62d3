"""The agreement: what marketing and sales agreed that a qualified lead is, as frozen objects.

The shapes of the YAML file are here, in ``rulekeys``, ``processkeys`` and ``segmentkeys``. What they mean is said
once, in their docstrings; the JSON Schema for editors is made from them. ``features.loading`` reads a file,
checks it and runs its worked examples.
"""

import hashlib
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from features.catalog import Feature, Kind, Strict
from features.processkeys import Process, Quadrant
from features.rulekeys import (
    Condition,
    Exclusion,
    Fact,
    FastTrack,
    LeadTest,
    Name,
    Points,
    Positive,
    Share,
    class_name,
    feature_of,
    source_of,
    value_type,
)
from features.segmentkeys import Segments

# The face of what an agreement is made of, wherever its keys are written down.
__all__ = [
    "AUTOMATIC",
    "Agreement",
    "Anchor",
    "Bounds",
    "Condition",
    "Conversion",
    "Example",
    "ExampleEvent",
    "Exclusion",
    "Fact",
    "FastTrack",
    "LeadTest",
    "Points",
    "Signature",
    "Sla",
    "Stage",
    "class_name",
    "feature_of",
    "said",
    "source_of",
    "value_type",
]

ScoredOn = Literal["score", "agreed", "fit", "interest"]
AUTOMATIC = "automatic"


class Sla(Strict, frozen=True, kw_only=True):
    """Who must do what, and how soon after a lead enters the stage.

    hours: business hours
    do: who does what
    """

    hours: Positive
    do: str


class Stage(Strict, frozen=True, kw_only=True):
    """One stage of the way from a name to a customer.

    stage: its name
    definition: what a lead in this stage is, in words both teams agree on
    owner: who works the leads in it
    threshold: points at which a lead may enter; without one, the required fields alone decide
    on: which points: score (the blend), agreed, or only the fit or the interest part of the score
    required: profile fields that must be known
    gate: ``automatic``, or who decides, in words ("sales accepts")
    metric: what both teams look at
    target: the share of the leads in this stage that should come to the next one, from 0 to 1
    most_days: how many days a lead should stay in this stage at most
    sla: what must happen to a lead in this stage, and how soon
    """

    stage: Name
    definition: str
    owner: str
    threshold: float | None = None
    on: ScoredOn = "score"
    required: tuple[str, ...] = ()
    gate: str = AUTOMATIC
    metric: str = ""
    target: Share | None = None
    most_days: Positive | None = None
    sla: Sla | None = None


class ExampleEvent(Strict, frozen=True, kw_only=True):
    """Events of one type in a worked example.

    type: event type
    days_ago: how long before the moment of scoring
    times: how many of them
    properties: of each event, such as the path of a page view
    """

    type: str
    days_ago: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class Example(Strict, frozen=True, kw_only=True):
    """A worked example: this lead has this agreed score and stands in this stage. It runs on every load.

    name: says what the example shows
    lead: the profile fields
    events: what the lead did
    score: the score by the rules alone
    stage: the stage by the rules alone
    """

    name: Name
    lead: dict[str, str | float | bool | None]
    score: float
    stage: Name
    events: tuple[ExampleEvent, ...] = ()


class Signature(Strict, frozen=True, kw_only=True):
    """Who agreed, in which role, on which day.

    name: of the person
    role: for whom they sign
    on: the day
    """

    name: Name
    role: str
    on: date


class Conversion(Strict, frozen=True, kw_only=True):
    """What counts as a conversion: reaching a stage within a horizon.

    definition: in words
    stage: reaching this stage is the conversion
    horizon_days: within so many days of being scored
    """

    definition: str
    stage: Name
    horizon_days: Positive


class Anchor(Strict, frozen=True, kw_only=True):
    """What both sides expect before there is history: at this score, this share converts.

    score: a score
    probability: the share of leads with that score that convert within the horizon
    """

    score: float
    probability: Annotated[float, msgspec.Meta(gt=0, lt=1)]


class Bounds(Strict, frozen=True, kw_only=True):
    """The range a score is cut to; the cut is shown as a term of its own.

    low: the lowest score
    high: the highest score
    """

    low: float = 0.0
    high: float = 100.0


class Agreement(Strict, frozen=True, kw_only=True):
    """The whole agreement.

    agreement: its name
    version: of this text, in quotes
    agreed_on: the day
    conversion: what counts as a conversion, and within which horizon
    points_double_odds: so many points more double the odds of converting
    stages: the way from a name to a customer, in order
    expected: the anchor of the scale while there is no history
    largest_weight_of_history: the most that learned points may count (1: history may replace the rules)
    signatures: who agreed
    bounds: the range a score is cut to; without it, a score is not cut
    fit: facts about who a lead is, with their points
    interest: facts about what a lead does, with their points
    exclusions: leads that are not worked, whatever their points
    fast_tracks: leads that go straight to a stage
    covers: whether it is about leads, or about customers who might buy more
    process: how leads are sent back, when a score counts as changed, and the hours that an SLA counts
    segments: personas, phases and what to offer them
    quadrant: from which points fit and interest are high, and the names of the four quarters
    grades: the lowest score of each grade, best first; below the last it is the letter after it
    examples: worked examples, which run whenever the file is loaded
    """

    agreement: Name
    version: Name
    agreed_on: date
    conversion: Conversion
    points_double_odds: Positive
    stages: tuple[Stage, ...]
    expected: Anchor = Anchor(score=50.0, probability=0.1)
    largest_weight_of_history: Share = 1.0
    signatures: tuple[Signature, ...] = ()
    bounds: Bounds | None = None
    fit: tuple[Fact, ...] = ()
    interest: tuple[Fact, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    fast_tracks: tuple[FastTrack, ...] = ()
    covers: Literal["leads", "customers"] = "leads"
    process: Process = Process()
    segments: Segments | None = None
    quadrant: Quadrant | None = None
    grades: dict[str, float] = msgspec.field(default_factory=lambda: {"A": 75.0, "B": 50.0, "C": 25.0})
    examples: tuple[Example, ...] = ()

    @property
    def facts(self) -> list[tuple[Kind, Fact]]:
        """Every fact with its kind, fit first."""
        return [("fit", f) for f in self.fit] + [("interest", f) for f in self.interest]

    @property
    def features(self) -> list[Feature]:
        """The feature behind each fact, in the order of ``facts``."""
        return [feature_of(fact, kind) for kind, fact in self.facts]

    def content_hash(self) -> str:
        """``sha256:`` and the hash of what the agreement says, whatever its layout, comments or key order.

        A default that is written out is the same as one left out, so that a key added to the format later
        leaves the hashes of older agreements alone.
        """
        return "sha256:" + hashlib.sha256(msgspec.json.encode(said(self), order="deterministic")).hexdigest()


def said(value: Any) -> Any:
    """What differs from the defaults, by the keys of the file, as plain lists and dictionaries."""
    if isinstance(value, msgspec.Struct):
        fields = [(f, getattr(value, f.name)) for f in msgspec.structs.fields(value)]
        return {f.encode_name: said(v) for f, v in fields if v != _default(f)}
    if isinstance(value, tuple):
        return [said(v) for v in value]
    if isinstance(value, dict):
        return {k: said(v) for k, v in value.items()}
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    factory = field.default_factory
    return field.default if factory is msgspec.NODEFAULT else factory()
