"""Where webhooks may go: to public addresses, or in-house where that is allowed; never to what the network reserves.

A name is looked up once, every address it has is judged, and the connection is made to the very address that was
judged, so that a name cannot lead elsewhere the second time (DNS rebinding).
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import EAI_NONAME, SOCK_STREAM, gaierror, getaddrinfo
from threading import Thread
from typing import Any

from serving.webhooks.errors import EndpointError
from serving.webhooks.urls import target

LOOK_UP_SECONDS = 5.0  # for the URL of a new endpoint
LookUp = Callable[[str, int, float], Sequence[str]]  # host, port, seconds -> addresses; raises OSError


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part) for part in text.split())


# IANA's registries of special-purpose addresses, and what wraps an IPv4 address in an IPv6 one.
_IN_HOUSE = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 100.64.0.0/10 ::1/128 fc00::/7")
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_RESERVED_IPV4 = _networks(
    "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24"
    " 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_RESERVED_IPV6 = _networks("2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20")


def refusal(address: str, *, allow_private: bool = False) -> str:
    """Why nothing is sent to an address; empty when something may be.

    >>> refusal("192.168.1.7"), refusal("192.168.1.7", allow_private=True), refusal("8.8.8.8")
    ('a private address', '', '')
    """
    read = ip_address(address)
    if any(read in network for network in _IN_HOUSE):
        return "" if allow_private else "a private address"
    return "a reserved address" if _is_reserved(read) else ""


def _is_reserved(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in _RESERVED_IPV4)
    return address not in _PUBLIC_IPV6 or any(address in network for network in _RESERVED_IPV6)


def look_up(host: str, port: int, seconds: float, ask: Callable[..., Sequence[Any]] = getaddrinfo) -> Sequence[str]:
    """The addresses of a host, each once, in the order of preference; raises OSError."""
    found: list[str] = []
    failed: list[OSError] = []

    def asked() -> None:
        try:
            found.extend(str(info[4][0]) for info in ask(host, port, type=SOCK_STREAM))
        except OSError as error:
            failed.append(error)
        except UnicodeError:  # a part of the name is empty or too long
            failed.append(gaierror(EAI_NONAME, "not a name"))

    asking = Thread(target=asked, daemon=True)  # the system's own look-up cannot be given a time
    asking.start()
    asking.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError("the name was not looked up in time")
    return list(dict.fromkeys(found))


def judged(host: str, port: int, seconds: float, look: LookUp, *, allow_private: bool) -> Sequence[str]:
    """The addresses of a host, if all of them may be sent to.

    Raises EndpointError where one may not, OSError where the name cannot be looked up.
    """
    addresses = look(host, port, seconds)
    for address in addresses:
        why = refusal(address, allow_private=allow_private)
        if why:
            what = f"the host is at {why}"
            raise EndpointError(what, where="url", got=address, allowed="public addresses", do="send to a public host")
    return addresses


def admit(url: str, look: LookUp, *, allow_private: bool) -> None:
    """Judge the URL of a new endpoint; a name that cannot be looked up just now is judged when it is sent to.

    Raises EndpointError.
    """
    to = target(url, allow_http=allow_private)
    try:
        judged(to.host, to.port, LOOK_UP_SECONDS, look, allow_private=allow_private)
    except gaierror as error:
        if error.errno == EAI_NONAME:
            raise EndpointError("there is no such host", where="url", got=to.host, do="check its name") from None
    except OSError:
        return
