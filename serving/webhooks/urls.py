"""Addresses that webhooks can be sent to, as they are written."""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from serving.webhooks.errors import EndpointError

_PRINTABLE = re.compile(r"[!-\[\]-~]{1,2000}")  # ASCII without spaces, control characters and the backslash
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*|(?=.*:)[0-9a-f:.]{{2,45}}")  # a name, or an IPv6 address
_PORTS = {"https": 443, "http": 80}
_EXAMPLE = "https://hooks.example.com/leadscore"


class Target(NamedTuple):
    """Where a URL leads; ``path`` holds the query as well."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as HTTP names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def target(url: str, *, allow_http: bool = False) -> Target:
    """Read a URL.

    Raises EndpointError unless it is https (or http, where that is allowed), without user name and fragment.

    >>> target("https://hooks.example.com/leadscore?key=1")
    Target(secure=True, host='hooks.example.com', port=443, path='/leadscore?key=1')
    """
    parts, port = _parts(url)
    allowed = ("https", "http") if allow_http else ("https",)
    if parts.scheme not in allowed:
        raise _refused("a webhook goes to an https address", parts.scheme or "no scheme", " or ".join(allowed))
    if "@" in parts.netloc:
        raise _refused("a user name or password in the URL would be seen in logs", "one", "signatures instead")
    if "#" in url:
        raise _refused("what follows '#' is never sent", "a fragment", "path and query")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", parts.hostname or "", port or _PORTS[parts.scheme], path)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    if not _PRINTABLE.fullmatch(url):
        raise _refused("not a URL", "other characters, or none", "up to 2,000 ASCII characters; others as %XX")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise _refused("not a URL", str(error), _EXAMPLE) from None
    if not _HOST.fullmatch(host) or port == 0:
        raise _refused("the URL names no host and port", parts.netloc, _EXAMPLE)
    return parts, port


def _refused(what: str, got: str, allowed: str) -> EndpointError:
    return EndpointError(what, where="url", got=got, allowed=allowed, do=f"send a URL such as {_EXAMPLE}")
