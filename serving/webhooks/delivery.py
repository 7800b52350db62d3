"""One attempt to deliver: look up, judge, connect, sign, post, hear. Never more than the time it has.

The connection is our own, to an address that was judged, and http.client speaks over it: a library that connects by
name would look the name up again. Redirects are not followed, nothing of the answer's body is kept.
"""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from threading import Timer
from time import monotonic
from typing import NamedTuple

from serving.webhooks.addresses import LookUp, judged, look_up
from serving.webhooks.errors import EndpointError
from serving.webhooks.queue import Claim
from serving.webhooks.schedule import asked_wait
from serving.webhooks.settings import WebhookSettings
from serving.webhooks.signing import headers
from serving.webhooks.urls import Target, target

MOST_READ = 16_384  # bytes of an answer
_MOST_TRIED = 3  # addresses of a host
_FIXED = {"Content-Type": "application/json", "User-Agent": "leadscore-webhooks/1", "Connection": "close"}


class Answer(NamedTuple):
    """What came of an attempt: ``error`` is empty when it was delivered; ``asked``: microseconds to wait."""

    status: int | None = None
    error: str = ""
    asked: int = 0


class Sender:
    """Delivers by some settings; shared by threads."""

    def __init__(self, settings: WebhookSettings, look: LookUp = look_up) -> None:
        self._settings, self._look = settings, look

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        trusted = ssl.create_default_context()
        if self._settings.ca_file is not None:
            trusted.load_verify_locations(self._settings.ca_file)
        return trusted

    def deliver(self, claim: Claim, now: int) -> Answer:
        """Make one attempt, at a moment."""
        left = _Deadline(self._settings.timeout)
        try:
            return self._post(claim, now, left)
        except EndpointError as error:
            return Answer(error=f"{error.what}: {error.got}")
        except (OSError, HTTPException) as error:
            late = isinstance(error, TimeoutError) or left.is_over()
            return Answer(error=f"no answer within {self._settings.timeout:g} s" if late else _said(error))

    def _post(self, claim: Claim, now: int, left: "_Deadline") -> Answer:
        private = self._settings.allow_private
        to = target(claim.endpoint.url, allow_http=private)
        addresses = judged(to.host, to.port, left.seconds(), self._look, allow_private=private)
        tls = self._tls if to.secure else None
        with _connected(to, addresses, left, tls) as line, left.cutting(line):
            return _exchanged(line, to, claim, now, left)


class _Deadline:
    """The time that an attempt has in all, however slowly a receiver drips."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def is_over(self) -> bool:
        return monotonic() >= self._end

    def seconds(self) -> float:
        """What is left; raises TimeoutError when nothing is."""
        if self.is_over():
            raise TimeoutError
        return self._end - monotonic()

    @contextmanager
    def cutting(self, line: socket.socket) -> Iterator[None]:
        """Cut the line when the time is over: a time-out of the socket would begin anew with every byte."""
        timer = Timer(self.seconds(), _cut, (line,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):  # closed meanwhile
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # TLS's own way would first talk to the receiver


def _connected(to: Target, addresses: Sequence[str], left: _Deadline, tls: ssl.SSLContext | None) -> socket.socket:
    line = _reached(to.port, addresses[:_MOST_TRIED], left)
    if tls is None:
        return line
    try:
        line.settimeout(left.seconds())  # of the whole handshake
        return tls.wrap_socket(line, server_hostname=to.host)
    except BaseException:
        line.close()
        raise


def _reached(port: int, addresses: Sequence[str], left: _Deadline) -> socket.socket:
    """A connection to the first address that takes one."""
    for n, address in enumerate(addresses):
        last = n == len(addresses) - 1
        try:
            return socket.create_connection((address, port), left.seconds() / (len(addresses) - n))
        except OSError:
            if last:
                raise
    raise socket.gaierror(socket.EAI_NONAME, "no address")


def _exchanged(line: socket.socket, to: Target, claim: Claim, now: int, left: _Deadline) -> Answer:
    signed = headers(claim.message_id, now, claim.payload, claim.endpoint.secrets(now))
    talk = HTTPConnection(to.host, to.port)
    talk.sock = line
    talk.request("POST", to.path, claim.payload.encode(), {"Host": to.host_header, **_FIXED, **signed})
    answer = talk.getresponse()
    left.seconds()  # headers that were cut off look like headers that ended
    with suppress(OSError, HTTPException):  # the status has been heard; reading on is a courtesy to the receiver
        answer.read(MOST_READ)
    if 200 <= answer.status < 300:
        return Answer(answer.status)
    asked = asked_wait(answer.getheader("Retry-After", ""), now) if answer.status in (429, 503) else 0
    why = ": redirects are not followed; send to where this leads" if 300 <= answer.status < 400 else ""
    return Answer(answer.status, f"answered {answer.status}{why}", asked)


def _said(error: Exception) -> str:
    """An error of the network in words."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS: {error.reason or 'the connection broke'}"
        case socket.gaierror():
            return "the host's name cannot be looked up"
        case ConnectionRefusedError():
            return "the connection was refused"
        case ConnectionError():
            return "the connection broke before an answer came"
        case HTTPException():
            return "the answer is not HTTP"
    return f"not reached: {error.strerror or type(error).__name__}" if isinstance(error, OSError) else "not reached"
