"""The Segment spec's messages as they come over HTTP. Keys that we do not read are let through, as the spec grows."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from serving.fields import ID, NO_NUL, Id, Moment, MomentOrBlank, or_blank, plain_text
from serving.leads.shapes import LeadOut

MOST_MESSAGES = 1_000
MOST_BYTES = 32_000  # of one message's traits or properties, as the spec has it for a whole message

Name = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=NO_NUL), AfterValidator(plain_text)]
IdOrBlank = Annotated[Id | None, or_blank(ID)]
# What the spec has beside traits and properties; in a flat message, everything else is one of these.
_ENVELOPE = frozenset(
    "_metadata anonymousId channel context integrations messageId originalTimestamp projectId receivedAt sentAt "
    "timestamp type userId version writeKey".split()
)
_SOMEBODY: JsonDict = {"anyOf": [{"properties": {name: ID}, "required": [name]} for name in ("userId", "anonymousId")]}
_PERSON: JsonDict = {"email": "kim@acme.example", "job_title": "Head of IT", "industry": "software", "employees": 320}
_BLANK = ("userId", "anonymousId", "messageId", "timestamp", "originalTimestamp", "sentAt")


def _with_examples(*examples: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra=_SOMEBODY | {"examples": list(examples)})


class MessageIn(BaseModel):
    """What every message has. ``userId`` or ``anonymousId`` is needed; ``messageId`` makes a repetition harmless.

    ``timestamp``: when it happened; else ``originalTimestamp``, put right by ``sentAt``; else now. An empty text is
    the same as null in all of these, and an id may be a whole number.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False, json_schema_extra=_SOMEBODY)
    _inner: ClassVar[str] = ""

    userId: IdOrBlank = None
    anonymousId: IdOrBlank = None
    messageId: IdOrBlank = None
    timestamp: MomentOrBlank = None
    originalTimestamp: MomentOrBlank = None
    sentAt: MomentOrBlank = None

    @model_validator(mode="before")
    @classmethod
    def _as_platforms_send(cls, data: Any) -> Any:
        """A message whose fields are all at the top, with empty texts for what is not known."""
        if not isinstance(data, dict):
            return data
        blank = {name for name in _BLANK if data.get(name) == ""}
        if not cls._inner or cls._inner in data:
            return {name: value for name, value in data.items() if name not in blank} if blank else data
        own = _ENVELOPE | cls.model_fields.keys()
        flat = {name: value for name, value in data.items() if name not in own}
        return {name: data[name] for name in data.keys() & own - blank} | {cls._inner: flat}

    @model_validator(mode="after")
    def _about_somebody(self) -> "MessageIn":
        if self.userId is None and self.anonymousId is None:
            raise ValueError("userId or anonymousId is needed: whom is it about?")
        return self


class TrackIn(MessageIn):
    """Somebody did something: ``event`` is what, such as ``demo_requested``.

    Without ``properties``, fields that are not of the spec are the properties.
    """

    model_config = _with_examples(
        {"userId": "L-18", "event": "webinar_attended", "messageId": "m-1", "properties": {"title": "Prices"}},
        {"userId": 18, "event": "webinar_attended", "title": "Prices", "timestamp": ""},
    )
    _inner = "properties"

    event: Name
    properties: dict[str, Any] = Field(default={})


class PageIn(MessageIn):
    """Somebody saw a page: an event of the type ``page_view``."""

    model_config = _with_examples({"anonymousId": "browser-1", "properties": {"path": "/pricing"}})
    _inner = "properties"

    name: str | None = None
    properties: dict[str, Any] = Field(default={})


class ScreenIn(PageIn):
    """Somebody saw a screen of an app: an event of the type ``screen_view``."""


class IdentifyIn(MessageIn):
    """Who somebody is: ``traits`` become profile fields; without them, fields that are not of the spec do."""

    model_config = _with_examples(
        {"userId": "L-18", "anonymousId": "browser-1", "traits": _PERSON}, {"userId": 18} | _PERSON
    )
    _inner = "traits"

    traits: dict[str, Any] = Field(default={})


class GroupIn(MessageIn):
    """The company that somebody belongs to: ``traits`` become profile fields of all its leads.

    Without ``traits``, fields that are not of the spec are the traits.
    """

    model_config = _with_examples({"userId": "L-18", "groupId": "acme", "traits": {"industry": "software"}})
    _inner = "traits"

    groupId: Id
    traits: dict[str, Any] = Field(default={})


class AliasIn(MessageIn):
    """``previousId`` was an anonymous id of this user."""

    model_config = _with_examples({"userId": "L-18", "previousId": "browser-1"})

    previousId: Id


class MessagesIn(BaseModel):
    """Up to 1,000 messages, each with its ``type``."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        frozen=True,
        allow_inf_nan=False,
        json_schema_extra={"examples": [{"batch": [{"type": "track", "userId": "L-18", "event": "webinar_attended"}]}]},
    )

    batch: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_MESSAGES)]
    sentAt: Moment | None = None


Kind = Literal["track", "identify", "group", "page", "screen", "alias"]
KINDS: dict[Kind, type[MessageIn]] = {
    "track": TrackIn,
    "identify": IdentifyIn,
    "group": GroupIn,
    "page": PageIn,
    "screen": ScreenIn,
    "alias": AliasIn,
}


class RefusedOut(BaseModel):
    """A message of a batch that was not stored; it may be mended and sent again."""

    index: int
    what: str
    where: str
    got: str
    allowed: str
    do: str


class KeptOut(BaseModel):
    """A message that is on disk. ``lead_id`` is empty while it is about an anonymous visitor."""

    messageId: str
    lead_id: str
    repeated: bool
    note: str


class AcceptedOut(BaseModel):
    """What became of the messages, all on disk. ``leads``: each lead's standing afterwards, if ``score=true``."""

    success: bool
    kept: list[KeptOut]
    refused: list[RefusedOut]
    leads: list[LeadOut]


class OneAcceptedOut(AcceptedOut):
    """What became of a message that is on disk.

    With ``score=true``, the lead's standing in the program ``leads`` is at the top level as well, for callers that map
    flat fields; texts are empty and numbers null while nobody knows whose message it is.
    """

    lead_id: str = ""
    score: float | None = None
    probability: float | None = None
    grade: str = ""
    trend: str = ""
    stage: str = ""
    stage_next: str = ""
    points_to_next: float | None = None
    missing_for_next: str = ""
    waiting_for: str = ""
    owner: str = ""
    quadrant: str = ""
    summary: str = ""
    reason_1: str = ""
    reason_2: str = ""
    reason_3: str = ""
    reason_4: str = ""
    reason_5: str = ""
