"""What routes say in the API's description about the problems that they may answer."""

from collections.abc import Mapping
from typing import Any

from serving.problems import CONTENT

_WHY: Mapping[int, str] = {
    404: "there is no such thing",
    409: "not as things stand; `errors` says what is allowed",
    413: "the body is too large",
    422: "the request cannot be used; nothing was done",
    503: "not available now; Retry-After says when to try again",
}


def may(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The problems, for ``responses`` of a route."""
    return {code: {"content": CONTENT, "description": _WHY[code]} for code in codes}
