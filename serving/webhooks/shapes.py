"""The shapes of requests and answers about webhooks."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.moments import iso
from serving.fields import Moment, Strict
from serving.webhooks.deliveries import Delivery, Page
from serving.webhooks.endpoints import Endpoint
from serving.webhooks.filters import Filters
from serving.webhooks.message import Type

_URL: dict[str, Any] = {"format": "uri", "pattern": "^https?://"}  # only told: our own words say what is wrong
Url = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["https://hooks.example.com/leadscore"], json_schema_extra=_URL)
]
Description = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Types = Annotated[list[Type], Field(max_length=20)]
State = Literal["", "pending", "delivered", "dead"]
_EXAMPLE: dict[str, Any] = {
    "url": "https://hooks.example.com/leadscore",
    "description": "tells the CRM",
    "types": ["lead.stage_changed"],
    "filters": {"stages": ["MQL", "SAL"], "min_score": 40.0},
}


class EndpointIn(Strict):
    """Where to send, and what of. Without types all are sent; every filter given must match."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    url: Url
    description: Description = ""
    types: Types = Field(default=[])
    filters: Filters = Filters()

    def columns(self) -> dict[str, Any]:
        """What is to be stored."""
        return {"url": self.url, "description": self.description, "types": self.types, "filters": self.filters}


class EndpointChange(Strict):
    """What to change; what is left out, or null, stays. ``enabled: true`` also ends a disabling by failures."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    url: Url | None = None
    description: Description | None = None
    types: Types | None = None
    filters: Filters | None = None
    enabled: bool | None = None

    def columns(self) -> dict[str, Any]:
        """What is to be set."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in given.items() if value is not None}


class ReplayIn(Strict):
    """One message by its id, or all dead letters about what happened since a moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"since": "2026-11-20T00:00:00Z"}],
            "oneOf": [
                {"properties": {name: {"type": "string"}}, "required": [name]} for name in ("message_id", "since")
            ],
        }
    )

    message_id: Annotated[str, Field(pattern=r"^msg_[0-9a-f]{32}$")] | None = None
    since: Moment | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.message_id is None) == (self.since is None):
            raise ValueError("must have either 'message_id' or 'since'")
        return self


class EndpointOut(BaseModel):
    """An endpoint. A text is empty where there is nothing to tell."""

    endpoint_id: str
    url: str
    description: str
    types: list[str]
    filters: Filters
    enabled: bool
    disabled_at: str
    disabled_because: str
    failing_since: str
    created_at: str
    old_secret_until: str

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The endpoint as it is answered."""
        return cls(**_told(endpoint))


class EndpointWithSecret(EndpointOut):
    """An endpoint with its new secret, which is shown this once."""

    secret: str

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The endpoint as it is answered once."""
        return cls(**_told(endpoint), secret=endpoint.secret)


class EndpointsOut(BaseModel):
    """All endpoints, in the order they were made."""

    endpoints: list[EndpointOut]


class DeliveryOut(BaseModel):
    """One message to one endpoint. ``next_at`` is empty unless it waits, ``last_status`` 0 where nothing was heard."""

    message_id: str
    type: str
    lead_id: str
    at: str
    state: str = Field(examples=["pending", "delivered", "dead"])
    attempts: int
    next_at: str
    last_at: str
    last_status: int
    last_error: str

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The delivery as it is answered."""
        times = {
            "at": iso(delivery.at),
            "next_at": iso(max(delivery.next_at, delivery.at)) if delivery.state == "pending" else "",
            "last_at": _moment(delivery.last_at),
            "last_status": delivery.last_status or 0,
        }
        told = delivery._asdict() | times
        return cls(**{name: told[name] for name in cls.model_fields})


class DeliveriesOut(BaseModel):
    """Deliveries, the newest first; ``next_cursor`` begins the next page and is empty on the last."""

    deliveries: list[DeliveryOut]
    next_cursor: str

    @classmethod
    def of(cls, page: Page) -> Self:
        """The page as it is answered."""
        cursor = "" if page.following is None else str(page.following)
        return cls(deliveries=[DeliveryOut.of(d) for d in page.deliveries], next_cursor=cursor)


class TestOut(BaseModel):
    """The id of the message that was sent to try the endpoint."""

    message_id: str


class SentAgainOut(BaseModel):
    """How many messages are sent again."""

    replayed: int


def _told(endpoint: Endpoint) -> dict[str, Any]:
    plain = {name: getattr(endpoint, name) for name in ("endpoint_id", "url", "description", "types", "filters")}
    moments = ("disabled_at", "failing_since", "created_at", "old_secret_until")
    return plain | {
        "enabled": endpoint.disabled_at is None,
        "disabled_because": endpoint.disabled_because,
        **{name: _moment(getattr(endpoint, name)) for name in moments},
    }


def _moment(at: int | None) -> str:
    return "" if at is None else iso(at)
