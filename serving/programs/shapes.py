"""The shapes of answers about what serves, and of requests and answers about agreements."""

from typing import Any

from pydantic import BaseModel, Field


class LookOut(BaseModel):
    """The last look at a registry elsewhere; all empty where none is followed."""

    looked_at: str
    registry: str
    champion: str
    error: str = Field(description="why the champion does not serve; empty where it does")
    failing_since: str


class ProgramOut(BaseModel):
    """What serves one program, and whether something newer was refused."""

    program: str
    model: str
    model_version: str = Field(examples=["7", "7+2026-11"], description="after a +: carried under this agreement")
    checksum: str
    agreement: str
    agreement_version: str
    agreement_hash: str
    weight_of_history: float
    leads_learned_from: int
    trained_at: str
    facts: list[str]
    serving_since: str
    previous_version: str
    refused: str
    registry: LookOut


class WaitingOut(BaseModel):
    """A program that has not begun, and why."""

    program: str
    refused: str


class ModelOut(ProgramOut):
    """What serves leads, and every program."""

    programs: list[ProgramOut]
    waiting: list[WaitingOut]


class FewOut(BaseModel):
    """How many leads, and the ids of up to twenty of them."""

    leads: int
    examples: list[str]


class StageEffectOut(BaseModel):
    """How many leads stand in a stage now, and would then."""

    stage: str
    now: int
    then: int
    enter: FewOut
    leave: FewOut


class RegradedOut(BaseModel):
    """Leads of one grade that would be of another."""

    was: str
    to: str
    leads: int
    examples: list[str]


class PointsMovedOut(BaseModel):
    """How many scores would rise, fall or stay, and by how many points: quantiles from the least to the most."""

    rise: int
    fall: int
    stay: int
    mean: float
    least: float
    q05: float
    q25: float
    median: float
    q75: float
    q95: float
    most: float


class EffectOut(BaseModel):
    """What an agreement would change for the leads of a moment: counted, by example, and in words."""

    as_of: str
    against: str = Field(description="the hash of the agreement that it was compared with")
    leads: int
    judged: int = Field(description="all of them, or a random sample")
    stages: list[StageEffectOut]
    grades: list[RegradedOut]
    excluded: FewOut
    no_longer_excluded: FewOut
    unscorable: FewOut
    points: PointsMovedOut
    dropped: dict[str, int] = Field(description="stages with leads in them that it does not have")
    renamed: dict[str, str] = Field(description="where leads of such stages go")
    words: list[str] = Field(description="what it says otherwise")
    carried: list[str] = Field(description="what becomes of the learned points")
    examples: int = Field(description="worked examples, all of which come out as written")
    summary: list[str]


class AgreedOut(BaseModel):
    """An agreement as it stands in the history."""

    program: str
    hash: str
    agreement: str
    version: str
    state: str = Field(examples=["proposed", "adopted", "past"])
    proposed_at: str
    proposed_by: str
    adopted_at: str
    adopted_by: str


class AgreementOut(AgreedOut):
    """The adopted agreement: by its keys, as YAML, and in words."""

    document: dict[str, Any]
    yaml: str
    words: list[str]


class HistoryOut(BaseModel):
    """Every agreement of a program, the latest first."""

    agreements: list[AgreedOut]


class ProposalOut(BaseModel):
    """A proposal with its effect; it is adopted by its hash."""

    program: str
    hash: str
    version: str
    effect: EffectOut


class AdoptedOut(BaseModel):
    """What serves from now on."""

    program: str
    hash: str
    version: str
    model_version: str
    unwritten: str = Field(description="why the home's scorecard was not replaced; it serves all the same")
