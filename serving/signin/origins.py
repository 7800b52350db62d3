"""Where requests come from, and addresses that settings name: our own, and those of pages that may frame a card."""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from features.errors import ConfigError
from serving.signin.refusals import ForeignHost, Forged

_FRAME = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.ASCII)
_BY_A_PROXY = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_loopback_name(name: str) -> bool:
    """Whether a host's name is this machine's own, for browsers too.

    >>> [is_loopback_name(n) for n in ("localhost", "card.localhost", "127.0.0.1", "::1", "localhost.evil.example", "")]
    [True, True, True, True, False, False]
    """
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_asked(host: str, public_url: str, *, wanted: bool) -> bool:
    """Whether people sign in: where it is wanted, and always where others could reach the service.

    >>> [is_asked(h, u, wanted=False) for h, u in (("::1", ""), ("0.0.0.0", ""), ("::1", "https://leads.acme.example"))]
    [False, True, True]
    """
    return wanted or not is_loopback_name(host) or not is_loopback_name(_name_in(_host_in(public_url)) or "localhost")


def refuse_elsewhere(request: Request) -> None:
    """Where nobody signs in, only this machine's own browser is let in: no name that somebody has pointed at us (DNS
    rebinding), nothing that a proxy passes on, no script of another site that may call the API. Raises ForeignHost.
    """
    host = request.headers.get("host", "")
    if not is_loopback_name(_name_in(host)):
        raise ForeignHost(host)
    passed_on = [name for name in _BY_A_PROXY if name in request.headers]
    if passed_on:
        raise ForeignHost(f"a request passed on by a proxy ({passed_on[0]})")
    if request.headers.get("sec-fetch-mode") != "navigate" and not _is_ours(request, ""):
        raise ForeignHost("a request of another site")


def refuse_foreign(request: Request, public_url: str) -> None:
    """A form that a page of another origin sends is refused: by ``Sec-Fetch-Site``, by ``Origin`` where a browser has
    not sent the first; raises Forged.
    """
    if not _is_ours(request, public_url):
        raise Forged


def checked_frames(said: Iterable[str]) -> tuple[str, ...]:
    """Origins in whose frames a card may stand; raises ConfigError.

    >>> checked_frames(["https://app.hubspot.com", "https://*.lightning.force.com"])
    ('https://app.hubspot.com', 'https://*.lightning.force.com')
    """
    frames = tuple(said)
    for origin in frames:
        if not _FRAME.fullmatch(origin):
            allowed = "scheme and host, as in https://app.hubspot.com or https://*.lightning.force.com"
            raise ConfigError("not an origin of web pages", where="--frame", got=origin, allowed=allowed)
        if origin.startswith("http:") and not is_loopback_name(_name_in(_host_in(origin))):
            do = "a page without TLS can be changed on its way, and what it frames with it"
            raise ConfigError("not an origin with https", where="--frame", got=origin, allowed="https://...", do=do)
    return frames


def checked_address(said: str) -> str:
    """The address under which people reach the service, without a slash at its end; raises ConfigError.

    >>> checked_address("https://leads.acme.example/")
    'https://leads.acme.example'
    """
    address = said.rstrip("/")
    if address and not _FRAME.fullmatch(address.replace("*", "?")):
        allowed = "scheme and host, as in https://leads.acme.example"
        raise ConfigError("not the address of a service", where="--public-url", got=said, allowed=allowed)
    return address


def _is_ours(request: Request, public_url: str) -> bool:
    """Whether a browser says that one of our own pages asks, or a person; what is no browser says nothing."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or _host_in(origin) in (request.headers.get("host", ""), _host_in(public_url) or None)


def _host_in(origin: str) -> str:
    """Host and port of an origin; empty where there is none, as of ``null``."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _name_in(host: str) -> str:
    """The name of ``NAME:PORT``."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
