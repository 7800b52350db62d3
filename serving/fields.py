"""Fields that many shapes have: ids, moments, texts, and what low-code callers send for nothing."""

from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict

from features.errors import DataError
from features.moments import moment

LARGEST_EXACT = 2**53 - 1  # the largest whole number that every reader of JSON keeps
NO_NUL: JsonDict = {"pattern": r"^[^\x00]*$"}  # told in the shapes; plain_text says it in our own words


def _moment(text: str) -> str:
    try:
        moment(text)
    except DataError as error:
        raise ValueError(f"not a moment in time; {error.allowed}") from None
    return text


def plain_text(text: str) -> str:
    """A text that every database can hold; raises ValueError for the character NUL."""
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


def text_id(value: Any) -> Any:
    """An id as text where it came as a whole number; one that is larger than readers keep is left as it is.

    >>> [text_id(value) for value in ("L-17", 17, 17.5, 10**16)]
    ['L-17', '17', 17.5, 10000000000000000]
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return value
    return str(int(value)) if 0 <= value <= LARGEST_EXACT else value


def _scalar(value: Any) -> Any:
    if isinstance(value, str | int | None) or (isinstance(value, float) and isfinite(value)):
        return value
    raise ValueError("must be a text, a number, true, false or null")


def or_blank(schema: dict[str, Any]) -> WithJsonSchema:
    """The shape of a field for which low-code callers send null or an empty text where there is nothing."""
    return WithJsonSchema({"anyOf": [schema, {"type": "string", "maxLength": 0}, {"type": "null"}]})


_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time", "examples": ["2026-11-02T10:00:00Z"]}
_LENGTH = Field(min_length=1, max_length=200)
SCALARS: dict[str, Any] = {"anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "null")]}
ID: dict[str, Any] = {
    "type": ["string", "integer"],
    "minLength": 1,
    "maxLength": 200,
    "minimum": 0,
    "maximum": LARGEST_EXACT,
} | NO_NUL

Id = Annotated[str, _LENGTH, AfterValidator(plain_text), BeforeValidator(text_id), WithJsonSchema(ID)]
Moment = Annotated[str, AfterValidator(_moment), WithJsonSchema(_MOMENT)]
MomentOrBlank = Annotated[Moment | None, or_blank(_MOMENT)]
Scalar = Annotated[str | int | float | bool | None, PlainValidator(_scalar), WithJsonSchema(SCALARS)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


def whole(value: Any) -> Any:
    """A number as JSON has it: 60.0 is the whole number 60."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Strict(BaseModel):
    """Nothing is converted and nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
