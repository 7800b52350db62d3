"""Many requests in one, as OData 4.0 writes them (part 1, 11.7): parts of a multipart body, each with HTTP in it."""

import json
from collections.abc import Mapping, Sequence
from email.parser import BytesParser
from email.policy import HTTP
from http.client import HTTPException, parse_headers
from io import BytesIO
from typing import Any, NamedTuple

from serving.crm.errors import Unreachable

_PART = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"


class Part(NamedTuple):
    """One answer of many."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body) if self.body.strip() else None
        except ValueError:
            return None


def written(boundary: str, requests: Sequence[tuple[str, Mapping[str, str], str]]) -> str:
    """Requests, each with its first line, headers and body, as one body.

    >>> print(written("b", [("PATCH /a HTTP/1.1", {"If-Match": "*"}, "{}")]).replace("\\r", ""))
    --b
    Content-Type: application/http
    Content-Transfer-Encoding: binary
    <BLANKLINE>
    PATCH /a HTTP/1.1
    If-Match: *
    <BLANKLINE>
    {}
    --b--
    <BLANKLINE>
    """
    parts = [f"--{boundary}\r\n{_PART}{_one(first, headers, body)}" for first, headers, body in requests]
    return "".join([*parts, f"--{boundary}--\r\n"])


def _one(first: str, headers: Mapping[str, str], body: str) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), "", body, ""]
    return "\r\n".join(lines)


def read(content_type: str, body: bytes) -> list[Part]:
    """The answers in a body, in their order; raises Unreachable where it cannot be read."""
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    if not whole.is_multipart():
        raise Unreachable("the answer to a batch is not in parts", got=content_type[:80])
    return [_part(bytes(part.get_payload(decode=True) or b"")) for part in whole.iter_parts()]


def _part(content: bytes) -> Part:
    lines = BytesIO(content.lstrip())
    words = lines.readline().split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise Unreachable("a part of the answer to a batch is no answer")
    try:
        headers = parse_headers(lines)
    except HTTPException:
        raise Unreachable("a part of the answer to a batch cannot be read") from None
    return Part(int(words[1]), {name.title(): value for name, value in headers.items()}, lines.read())
