"""What routes say in the API's description about the problems that they may answer."""

from collections.abc import Mapping
from typing import Any

from serving.problems import MEDIA_TYPE
from serving.shapes import Problem

_WHY: Mapping[int, str] = {
    404: "there is no such thing",
    409: "not as things stand; `errors` says what is allowed",
    413: "the body is too large",
    422: "the request cannot be used; nothing was done",
}


def may(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The problems, for ``responses`` of a route."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {code: {"content": content, "description": _WHY[code]} for code in codes}
