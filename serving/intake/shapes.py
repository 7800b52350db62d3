"""The Segment spec's messages as they come over HTTP. Keys that we do not read are let through, as the spec grows."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from serving.shapes import Moment, plain_text

MOST_MESSAGES = 1_000
MOST_BYTES = 32_000  # of one message's traits or properties, as the spec has it for a whole message

Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]


class MessageIn(BaseModel):
    """What every message has. ``userId`` or ``anonymousId`` is needed; ``messageId`` makes a repetition harmless.

    ``timestamp``: when it happened; else ``originalTimestamp``, put right by ``sentAt``; else now.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

    userId: Id | None = None
    anonymousId: Id | None = None
    messageId: Id | None = None
    timestamp: Moment | None = None
    originalTimestamp: Moment | None = None
    sentAt: Moment | None = None

    @model_validator(mode="after")
    def _about_somebody(self) -> "MessageIn":
        if self.userId is None and self.anonymousId is None:
            raise ValueError("userId or anonymousId is needed: whom is it about?")
        return self


class TrackIn(MessageIn):
    """Somebody did something: ``event`` is what, such as ``demo_requested``."""

    event: Name
    properties: dict[str, Any] = {}


class PageIn(MessageIn):
    """Somebody saw a page: an event of the type ``page_view``."""

    name: str | None = None
    properties: dict[str, Any] = {}


class ScreenIn(PageIn):
    """Somebody saw a screen of an app: an event of the type ``screen_view``."""


class IdentifyIn(MessageIn):
    """Who somebody is: ``traits`` become profile fields."""

    traits: dict[str, Any] = {}


class GroupIn(MessageIn):
    """The company that somebody belongs to: ``traits`` become profile fields of all its leads."""

    groupId: Id
    traits: dict[str, Any] = {}


class AliasIn(MessageIn):
    """``previousId`` was an anonymous id of this user."""

    previousId: Id


class BatchIn(BaseModel):
    """Up to 1,000 messages, each with its ``type``."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

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
    leads: list[dict[str, Any]]
