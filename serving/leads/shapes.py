"""The shapes of requests and answers about stored leads."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from serving.fields import NO_NUL, Strict, plain_text
from serving.shapes import StageOut, TermOut

Note = Annotated[str, Field(max_length=2_000, json_schema_extra=NO_NUL), AfterValidator(plain_text)]
Name = Annotated[str, Field(max_length=200, json_schema_extra=NO_NUL), AfterValidator(plain_text)]


class StandingOut(BaseModel):
    """Where a stored lead stands in a program. Moments are ISO 8601; what there is not is an empty text, or null."""

    lead_id: str
    program: str
    open: bool
    score: float | None
    probability: float | None
    agreed_score: float | None
    disagreement: float | None = Field(description="history's points minus the agreed ones")
    fit_points: float | None
    interest_points: float | None
    grade: str
    trend: str
    stage: str
    stage_since: str
    waiting_for: str = Field(description="the stage that a person may let it into now")
    owner: str
    assigned_to: str
    persona: str
    phase: str
    quadrant: str
    exclusion: str
    sla_state: str = Field(examples=["none", "running", "due", "breached"])
    sla_due_at: str
    scored_at: str
    score_id: int | None
    fault: str = Field(description="why it cannot be scored as it is; empty when it can")


class LeadOut(StandingOut):
    """A lead after an act: its standing, and its score in words."""

    stage_next: str
    points_to_next: float | None
    missing_for_next: str
    fast_track: str
    summary: str
    reason_1: str
    reason_2: str
    reason_3: str
    reason_4: str
    reason_5: str
    interval_low: float | None
    interval_high: float | None
    horizon_days: float | None


class ActionOut(BaseModel):
    """What a person may do with a lead: ``reasons`` are the agreed ones, of which one must be given."""

    action: str
    allowed: bool
    to: str
    because: str
    reasons: list[str]


class ChangeOut(BaseModel):
    """One step from stage to stage. ``sla``: of the stage that was left: kept, breached or none."""

    at: str
    was: str
    stage: str
    action: str
    reason: str
    note: str
    by: str
    score: float | None
    score_id: int | None
    sla: str


class DoneOut(BaseModel):
    """Something that the lead did; ``known_from``: since when its scores read it."""

    event_id: str
    type: str
    at: str
    known_from: str
    properties: dict[str, Any]


class ContentOut(BaseModel):
    """What the agreement offers to the lead's persona and phase."""

    title: str
    url: str
    why: str


class DetailOut(LeadOut):
    """All that is known of a lead, as of its last score.

    ``score = base + sum(terms[].points)``. ``one_field_short``: the fields that alone keep it from the next stage.
    ``suggestions``: the smallest changes that would bring it there.
    """

    as_of: str
    created_at: str
    account: str
    profile: dict[str, Any]
    base: float | None
    weight_of_history: float | None
    model: str
    model_version: str
    agreement_version: str
    agreement_hash: str
    terms: list[TermOut]
    stages: list[StageOut]
    one_field_short: list[str]
    suggestions: list[str]
    actions: list[ActionOut]
    content: list[ContentOut]
    history: list[ChangeOut]
    timeline: list[DoneOut]


class PageOut(BaseModel):
    """Leads, the highest score first. ``next_cursor``: send it as ``cursor`` for the next page; empty at the end."""

    leads: list[StandingOut]
    next_cursor: str


class KnownOut(BaseModel):
    """A lead that fits what was asked, and where it stands in each program."""

    lead_id: str
    email: str
    account: str
    created_at: str
    last_event: str
    last_event_at: str
    programs: list[StandingOut]


class LookUpOut(BaseModel):
    """The leads that fit, those seen last first."""

    leads: list[KnownOut]


class MomentOut(BaseModel):
    """A stored score; ``stage``: that the agreement's rules gave the lead by it."""

    as_of: str
    score: float
    score_id: int
    stage: str


class MovedOut(BaseModel):
    """What moved one fact's points."""

    fact: str
    label: str
    points: float


class CauseOut(BaseModel):
    """One cause and what it brought; the points of all causes add up to the change. ``text``: the cause in words."""

    cause: str = Field(examples=["time", "events", "profile", "model", "agreement", "model and agreement"])
    text: str
    points: float
    terms: list[MovedOut]


class ChangesOut(BaseModel):
    """Why a score moved between two stored scores, term by term."""

    model_config = {"populate_by_name": True}

    lead_id: str
    program: str
    from_: MomentOut = Field(alias="from")
    to: MomentOut
    change: float
    causes: list[CauseOut]


class ReplayOut(BaseModel):
    """A stored score computed again. ``same``: every bit is; else ``differences`` names what is not: an alarm, unless
    ``because`` says why it cannot be the same (``inputs were erased``, or deleted because of their age).
    """

    same: bool
    differences: list[str]
    because: str
    score_id: int
    lead_id: str
    program: str
    as_of: str
    cause: str
    score: float
    probability: float
    grade: str
    stage: str
    checksum: str
    score_again: float
    model_version: str
    agreement_version: str
    agreement_hash: str


class ActIn(Strict):
    """Why, and who works the lead from then on. ``by``: the person, where the key is a platform's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "jonas", "note": "called back"}]})

    reason: Name = ""
    note: Note = ""
    by: Name = ""
    assigned_to: Name = ""


class AssignIn(Strict):
    """The person who works the lead; empty for nobody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"assigned_to": "jonas"}]})

    assigned_to: Name


class SayIn(Strict):
    """What somebody thinks of a lead and its score."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "poor", "note": "a student", "by": "jonas"}]})

    verdict: Literal["good", "poor"]
    reason: Name = ""
    note: Note = ""
    by: Name = ""
