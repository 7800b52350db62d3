"""The shapes of requests and answers. Strict: a number sent as text is an error, never a guess."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.config import JsonDict
from pydantic_core import CoreSchema

from features.errors import LeadError
from features.moments import moment
from features.tables import Event, Lead, StageChange
from serving.fields import SCALARS, Id, Moment, MomentOrBlank, Scalar, Strict, Words

MAX_EVENTS = 10_000
MAX_BATCH = 1_000
MAX_COLLEAGUES = 100
_OPTIONAL = ("as_of", "created_at", "stage_now", "stage_since")
_ENVELOPE = ("lead_id", *_OPTIONAL)
_FACTS = ("profile", "events")

EXAMPLE: JsonDict = {
    "lead_id": "L-17",
    "as_of": "2026-11-21T09:00:00Z",
    "profile": {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": 320},
    "events": [
        {"event_id": "e1", "type": "page_view", "at": "2026-11-18T10:00:00Z", "properties": {"path": "/pricing"}},
        {"event_id": "e2", "type": "page_view", "at": "2026-11-20T08:30:00Z", "properties": {"path": "/pricing"}},
        {"event_id": "e3", "type": "webinar_attended", "at": "2026-11-19T14:00:00Z"},
    ],
}
FLAT_EXAMPLE: JsonDict = {"lead_id": "L-18", "job_title": "Student", "industry": "software", "employees": None}


class EventIn(Strict):
    """What the lead did, and when. The same ``event_id`` counts once."""

    type: Words
    at: Moment
    event_id: Words | None = None
    properties: dict[str, Any] = Field(default={})


class ColleagueIn(Strict):
    """Another lead of the same account (company), for facts about the account."""

    lead_id: Words
    created_at: Moment | None = None
    events: Annotated[list[EventIn], Field(max_length=MAX_EVENTS)] = Field(default=[])

    def lead(self) -> Lead:
        """The colleague for the scorer."""
        return Lead(self.lead_id, {}, _events(self.events), moment(self.created_at) if self.created_at else None)


class LeadIn(Strict):
    """A lead with its profile and events; or flat, with the profile's fields beside ``lead_id``.

    ``as_of``: score the lead as it was then (default: now); later events are not read.
    ``created_at``: when it became a lead, for facts about its age.
    ``stage_now``: the stage that a person has already let the lead into, and ``stage_since``: since when (without it,
    since ``created_at``), for facts about stages. ``colleagues``: the other leads of its account, for facts about
    accounts; an empty list says that there are none. Blank text is the same as null, because low-code callers send it
    for an empty field.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE, FLAT_EXAMPLE]})

    lead_id: Id
    as_of: MomentOrBlank = None
    created_at: MomentOrBlank = None
    stage_now: str | None = None
    stage_since: MomentOrBlank = None
    colleagues: Annotated[list[ColleagueIn], Field(max_length=MAX_COLLEAGUES)] | None = None
    profile: dict[str, Scalar] = Field(default={})
    events: Annotated[list[EventIn], Field(max_length=MAX_EVENTS)] = Field(default=[])

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        return unflattened(data) if isinstance(data, dict) else data

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Either form: with ``profile`` or ``events``, or flat."""
        whole = handler.resolve_ref_schema(handler(core))
        about = {name: whole.pop(name) for name in ("title", "description", "examples")}
        flat = {name: shape for name, shape in whole["properties"].items() if name not in _FACTS}
        flat["colleagues"] = {"anyOf": [*flat["colleagues"]["anyOf"], *SCALARS["anyOf"][:-1]]}
        neither = {"not": {"anyOf": [{"required": [name]} for name in _FACTS]}}
        return about | {"anyOf": [whole, whole | {"properties": flat, "additionalProperties": SCALARS} | neither]}

    def lead(self) -> Lead:
        """The lead for the scorer; raises LeadError when it is its own colleague."""
        events = _events(self.events)
        created = moment(self.created_at) if self.created_at else None
        since = moment(self.stage_since) if self.stage_since else created
        stages, colleagues = stages_of(self.stage_now, since), self._colleagues() if self.colleagues else ()
        return Lead(self.lead_id, self.profile, events, created, stages, colleagues)

    def _colleagues(self) -> tuple[Lead, ...]:
        colleagues = tuple(c.lead() for c in self.colleagues or ())
        ids = [self.lead_id, *(c.lead_id for c in colleagues)]
        twice = next((i for i, name in enumerate(ids) if name in ids[:i]), None)
        if twice is not None:
            what = f"lead {self.lead_id}: the colleague '{ids[twice]}' stands twice, or is the lead itself"
            raise LeadError(
                what, where=f"colleagues.{twice - 1}.lead_id", do="send every other lead of the account once"
            )
        return colleagues


def unflattened(data: dict[str, Any]) -> dict[str, Any]:
    """A body in the form with ``profile`` and ``events``; one without either is a flat row. Blank text is null."""
    data = {key: None if key in _OPTIONAL and value == "" else value for key, value in data.items()}
    if any(key in data for key in _FACTS):
        return data
    named = {*_ENVELOPE, "colleagues"} if isinstance(data.get("colleagues"), list) else _ENVELOPE
    envelope = {key: data[key] for key in named if key in data}
    return envelope | {"profile": {key: value for key, value in data.items() if key not in named}}


def stages_of(stage_now: str | None, since: int | None) -> tuple[StageChange, ...]:
    """The stage that a lead was said to be in, where it is known since when."""
    return () if stage_now is None or since is None else (StageChange(since, stage_now),)


def _events(sent: list[EventIn]) -> tuple[Event, ...]:
    return tuple([Event(e.type, moment(e.at), e.properties, e.event_id) for e in sent])


class BatchIn(Strict):
    """Up to 1,000 leads, each as in ``POST /v1/score``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"leads": [EXAMPLE, FLAT_EXAMPLE]}]})

    leads: Annotated[list[LeadIn], Field(min_length=1, max_length=MAX_BATCH)]


class TermOut(BaseModel):
    """One fact's part in the score: ``points = (1 - w) * agreed + w * learned``."""

    fact: str
    label: str
    value: float | str | None
    agreed: float
    learned: float
    points: float
    kind: str = Field(examples=["fit", "interest"])
    text: str


class MoveOut(BaseModel):
    """A change and the points that it would bring."""

    fact: str
    to: float | str | None
    points: float
    text: str


class StageOut(BaseModel):
    """Where the lead stands against one stage.

    ``moves_needed``: ``one`` of the moves reaches the threshold, it takes ``all`` of them, or it is empty:
    nothing to do, or even these do not suffice.
    """

    stage: str
    definition: str
    owner: str
    threshold: float | None
    on: str
    reached: bool
    points_short: float
    missing: list[str]
    moves_needed: str
    moves: list[MoveOut]
    gate: str
    sla_hours: float | None
    next_step: str


class ScoreOut(BaseModel):
    """The answer.

    ``score = base + sum(terms[].points)``; ``probability = 1 / (1 + exp(-(scale_a + scale_b * score)))``.
    """

    lead_id: str
    as_of: str
    score: float
    interval_low: float
    interval_high: float
    probability: float
    horizon_days: float
    grade: str
    stage: str
    stage_next: str
    points_to_next: float
    missing_for_next: str
    trend: str = Field(examples=["improving", "steady", "declining", "unknown"])
    reason_1: str
    reason_2: str
    reason_3: str
    reason_4: str
    reason_5: str
    summary: str
    exclusion: str
    fast_track: str
    agreed_score: float
    fit_points: float
    interest_points: float
    base: float
    weight_of_history: float
    scale_a: float
    scale_b: float
    model: str
    model_version: str
    agreement_version: str
    agreement_hash: str
    terms: list[TermOut]
    stages: list[StageOut]
    notes: list[str]


class BatchOut(BaseModel):
    """The answers in the order of the leads."""

    leads: list[ScoreOut]


class Problem(BaseModel):
    """An error (RFC 9457, ``application/problem+json``); ``errors`` names each place that is wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[dict[str, str]] = []
