"""What is told: one message, and its payload by the rules of Standard Webhooks."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args

import orjson

from features.moments import iso

Type = Literal["lead.scored", "lead.stage_changed", "lead.sla_due", "lead.sla_breached", "lead.recycled"]
TYPES: tuple[str, ...] = get_args(Type)
TEST = "webhook.test"
MAX_BYTES = 20_000
LEFT_OUT_FIRST = ("terms", "stages", "changes", "reasons")
LONG_TEXT = 200


class Message(NamedTuple):
    """Something that happened to a lead at a moment; ``data`` is what can be written as JSON."""

    type: str
    lead_id: str
    program: str
    at: int
    data: dict[str, Any]


def payload(message: Message) -> str:
    """``{"type", "timestamp", "data"}`` as JSON of at most 20,000 bytes.

    The data begin with the lead's id and the program. Where there are too many, ``terms``, ``stages``, ``changes`` and
    ``reasons`` are left out, in this order and as many as it takes, then all other lists and objects, then texts of
    more than 200 characters, then all but id and program; and ``data.truncated`` is true.

    >>> payload(Message("lead.recycled", "L-1", "leads", 0, {"reason": "no budget"}))[59:]
    '"data":{"lead_id":"L-1","program":"leads","reason":"no budget"}}'
    """
    whose = {"lead_id": message.lead_id, "program": message.program} if message.lead_id else {}
    written = (_written(message, whose | data) for data in _ever_less(message.data))
    return next(text for text in written if len(text) <= MAX_BYTES).decode()


def _written(message: Message, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": message.type, "timestamp": iso(message.at), "data": data})


def _ever_less(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield data
    data = data | {"truncated": True}
    for name in LEFT_OUT_FIRST:
        if data.pop(name, None) is not None:
            yield data
    flat = {key: value for key, value in data.items() if not isinstance(value, dict | list | tuple)}
    yield flat
    yield {key: value for key, value in flat.items() if not isinstance(value, str) or len(value) <= LONG_TEXT}
    yield {"truncated": True}
