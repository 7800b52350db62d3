"""What the CRMs of tests share: a real server, which notes every request, and what is wrong with it."""

import json
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Lock, Thread
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Reply(NamedTuple):
    """An answer; ``cut``: the line is cut instead of it, after the request was carried out."""

    status: int
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    cut: bool = False


class Wrong(Exception):
    """A request that the vendor's documentation does not allow."""


Fault = Callable[["Vendor", Asked], Reply | None]


class Vendor(ThreadingHTTPServer):
    """A CRM. ``records``: what it holds; ``faults``: what happens to the next requests instead, one each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.wrong: list[str] = []
        self.faults: list[Fault] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.writes: list[tuple[str, dict[str, Any]]] = []
        self.unheard: set[int] = set()  # the writes whose answer was lost
        self.closing, self.lock = Event(), Lock()
        self.written = Condition()
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, asked: Asked) -> Reply:
        """What the vendor answers; raises Wrong."""
        raise NotImplementedError

    def hear(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
            fault = self.faults.pop(0) if self.faults else None
            try:
                found = fault(self, asked) if fault else None
                return found if found is not None else self.answer(asked)
            except Wrong as error:
                self.wrong.append(f"{asked.method} {asked.path}: {error}")
                return Reply(400, {"message": str(error)})

    def write(self, key: str, values: dict[str, Any]) -> None:
        self.records[key] |= values
        with self.written:
            self.writes.append((key, values))
            self.written.notify_all()

    def wait_for_writes(self, count: int) -> bool:
        with self.written:
            return self.written.wait_for(lambda: len(self.writes) >= count, 20)

    def handle_error(self, *_: Any) -> None:
        """Whoever goes away is no fault of the CRM."""

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Vendor

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.hear(Asked(self.command, self.path, headers, body))
        with suppress(OSError):
            self._send(reply)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle

    def _send(self, reply: Reply) -> None:
        if reply.cut:
            self.close_connection = True
            return
        body = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else _json(reply.body)
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            if name not in reply.headers:
                self.send_header(name, value)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def must(holds: object, what: str) -> None:
    """Raise Wrong unless it holds."""
    if not holds:
        raise Wrong(what)


def says(status: int, body: Any = None, **headers: str) -> Fault:
    """The next request is answered so, and not carried out."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _vendor, _asked: Reply(status, body, named)


def lost(vendor: Vendor, asked: Asked) -> Reply:
    """The next request is carried out, and its answer is lost."""
    before = len(vendor.writes)
    vendor.answer(asked)
    vendor.unheard |= set(range(before, len(vendor.writes)))
    return Reply(200, cut=True)


def garbled(_vendor: Vendor, _asked: Asked) -> Reply:
    """The next answer is of a proxy that is broken."""
    return Reply(200, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})


def silent(vendor: Vendor, _asked: Asked) -> Reply:
    """The next request is never answered."""
    vendor.lock.release()
    vendor.closing.wait(10)
    vendor.lock.acquire()
    return Reply(200, cut=True)
