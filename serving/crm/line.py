"""One request over HTTP, whole, within its time: no redirects, certificates checked, nothing logged.

``before`` is called ahead of each request, and may end what is going on by raising.
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import orjson

from serving.crm.errors import Unreachable
from serving.crm.loading import is_loopback

MOST_READ = 32_000_000  # bytes of an answer


class Response(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]  # names without regard to case
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises Unreachable where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unreachable("the answer cannot be read", got=f"status {self.status}, no JSON") from None


class Line:
    """A connection to one host, kept open between requests; ``close`` it at the end."""

    def __init__(self, address: str, timeout: float, before: Callable[[], None]) -> None:
        here = is_loopback(urlsplit(address))
        self._address, self._timeout, self._before = address, timeout, before
        self._http = httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=not here)

    def ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Response:
        """Ask, by a path or a whole address; raises Unreachable where no whole answer comes in time."""
        self._before()
        until = monotonic() + self._timeout
        whole = url if "://" in url else f"{self._address}{url}"
        try:
            with self._http.stream(method, whole, headers=dict(headers), content=content) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > MOST_READ or monotonic() > until:
                        raise Unreachable("the answer does not end", where=self._address)
                return Response(answer.status_code, answer.headers, bytes(body))
        except httpx2.TimeoutException:
            raise Unreachable("no answer in time", where=self._address, got=f"{self._timeout:g} s") from None
        except httpx2.HTTPError as error:
            raise Unreachable("no answer", where=self._address, got=type(error).__name__) from None

    def close(self) -> None:
        """Close it."""
        self._http.close()
