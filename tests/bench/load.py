"""A client that costs little: bytes over kept connections, as fast as answers come or by a schedule."""

import asyncio
from collections.abc import Sequence
from itertools import count
from time import perf_counter
from typing import NamedTuple

from servers import Server

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Target(NamedTuple):
    """Where requests go."""

    server: Server
    path: str

    def request(self, body: bytes) -> bytes:
        """A POST of JSON, as it goes over the wire."""
        lines = [f"POST {self.path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"Authorization: Bearer {self.server.key}"] if self.server.key else []
        return "\r\n".join([*lines, f"Content-Length: {len(body)}"]).encode() + _END + body


class Rate(NamedTuple):
    """Requests a second, and the server's processor time that each took, in microseconds."""

    per_second: float
    processor: float


class _Connection(asyncio.Protocol):
    """Sends one request at a time and waits for all of its answer."""

    def __init__(self) -> None:
        self._got, self._answered = b"", asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    async def send(self, request: bytes) -> bytes:
        """The answer's body; raises RuntimeError unless it is a 200."""
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        return await self._answered

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(_END)
        if not end:
            return
        at = head.lower().index(_LENGTH) + len(_LENGTH)
        if len(body) < int(head[at:].split(b"\r\n", 1)[0]):
            return
        self._got = b""
        if b" 200 " in head.split(b"\r\n", 1)[0]:
            self._answered.set_result(body)
        else:
            self._answered.set_exception(RuntimeError((head + end + body[:500]).decode()))

    def connection_lost(self, error: Exception | None) -> None:
        if not self._answered.done():
            self._answered.set_exception(error or RuntimeError("the server closed the connection"))


def answer(target: Target, body: bytes) -> bytes:
    """One answer."""

    async def once() -> bytes:
        (connection,) = await _connected(target, 1)
        return await connection.send(target.request(body))

    return asyncio.run(once())


def rate(target: Target, bodies: Sequence[bytes], connections: int) -> Rate:
    """How fast it is where each connection sends the next request as soon as the last was answered."""
    requests = iter([target.request(body) for body in bodies])

    async def sends(connection: _Connection) -> None:
        for request in requests:  # shared by all connections
            await connection.send(request)

    async def everything() -> Rate:
        opened = await _connected(target, connections)
        worked, began = target.server.processor(), perf_counter()
        await asyncio.gather(*map(sends, opened))
        seconds, worked = perf_counter() - began, target.server.processor() - worked
        return Rate(len(bodies) / seconds, 1e6 * worked / len(bodies))

    return asyncio.run(everything())


def latencies(target: Target, body: bytes, per_second: float, seconds: float, connections: int) -> list[float]:
    """Seconds from when each request was due, by a fixed schedule, until it was answered; sorted.

    A request that finds no free connection waits for one, and the time counts. The schedule is kept by asking the
    clock again and again, as an event loop sleeps whole milliseconds.
    """
    request, total, taken, number = target.request(body), round(per_second * seconds), list[float](), count()

    async def sends(connection: _Connection, began: float) -> None:
        for i in number:  # shared by all connections
            if i >= total:
                return
            due = began + i / per_second
            while perf_counter() < due:
                await asyncio.sleep(0)
            await connection.send(request)
            taken.append(perf_counter() - due)

    async def everything() -> None:
        opened = await _connected(target, connections)
        began = perf_counter() + 0.05
        await asyncio.gather(*(sends(connection, began) for connection in opened))

    asyncio.run(everything())
    return sorted(taken)


async def _connected(target: Target, connections: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    made = [loop.create_connection(_Connection, "127.0.0.1", target.server.port) for _ in range(connections)]
    return [protocol for _, protocol in await asyncio.gather(*made)]
