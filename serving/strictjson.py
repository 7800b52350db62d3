"""Bodies read as the JSON standard has it: no NaN, no lone surrogates, no nesting without end."""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute


class _Strict(Request):
    async def json(self) -> Any:
        return orjson.loads(await self.body())


class StrictJson(APIRoute):
    """A route whose body is read by orjson, which refuses what Python's own reader lets through."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, given a request that reads strictly."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(_Strict(request.scope, request.receive))

        return strictly
