"""Messages as the store takes them, whatever they came in: one event, or one statement of who somebody is."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from features.tables import Scalar


class Who(NamedTuple):
    """Whom a message is about: by the caller's own id, by an anonymous one, or by both."""

    user_id: str | None
    anonymous_id: str | None


class Track(NamedTuple):
    """Something that somebody did; ``at``: when, microseconds; ``properties``: a JSON object."""

    message_id: str
    who: Who
    type: str
    at: int
    properties: str


class Identify(NamedTuple):
    """Who somebody is; ``created_at``: since when it is a lead, if that was told."""

    message_id: str
    who: Who
    traits: dict[str, Scalar]
    created_at: int | None = None


class Group(NamedTuple):
    """The company that somebody belongs to."""

    message_id: str
    who: Who
    group_id: str
    traits: dict[str, Scalar]


class Alias(NamedTuple):
    """Another name of somebody: ``previous_id`` was an anonymous one."""

    message_id: str
    who: Who
    previous_id: str


Message = Track | Identify | Group | Alias


def flat(traits: Mapping[str, Any], prefix: str = "") -> dict[str, Scalar]:
    """Traits as profile fields: the keys of an object after a point, a list as JSON text.

    >>> flat({"title": "CTO", "address": {"city": "Kiel"}, "tags": ["a", "b"]})
    {'title': 'CTO', 'address.city': 'Kiel', 'tags': '["a","b"]'}
    """
    fields: dict[str, Scalar] = {}
    for name, value in traits.items():
        if isinstance(value, Mapping):
            fields |= flat(value, f"{prefix}{name}.")
        else:
            fields[prefix + name] = orjson.dumps(value).decode() if isinstance(value, list) else value
    return fields
