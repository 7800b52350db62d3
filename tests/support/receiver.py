"""A real receiver of webhooks on loopback, which replies as a test says."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any, NamedTuple


class Got(NamedTuple):
    """One request that a receiver got."""

    path: str
    headers: dict[str, str]
    body: str


class Handler(BaseHTTPRequestHandler):
    """Hears a request and answers it as the receiver says."""

    protocol_version = "HTTP/1.1"
    server: "Receiver"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the sender died in between: to any HTTP server, no request
            self.close_connection = True
            return
        reply = self.server.hear(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body.decode()))
        with suppress(OSError):  # the sender may have gone
            self.answer(reply) if isinstance(reply, int) else reply(self)

    def answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


Reply = int | Callable[[Handler], None]


class Receiver(ThreadingHTTPServer):
    """A receiver that gives its replies one after the other, and the last one ever after."""

    daemon_threads = True

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.replies = list(replies) or [200]
        self.got: list[Got] = []
        self.closing = Event()
        self._heard = Condition()
        self._thread = Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def hear(self, got: Got) -> Reply:
        with self._heard:
            self.got.append(got)
            self._heard.notify_all()
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def wait_for(self, count: int) -> bool:
        with self._heard:
            return self._heard.wait_for(lambda: len(self.got) >= count, 10)

    def handle_error(self, *_: Any) -> None:
        """A sender that goes away is no fault of the receiver."""

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


def silent(handler: Handler) -> None:
    """Never answers."""
    handler.server.closing.wait(10)


class Certificate(NamedTuple):
    """A certificate of ``hooks.example`` that it signed itself, and a receiver's side of TLS with it."""

    file: Path
    server: ssl.SSLContext
