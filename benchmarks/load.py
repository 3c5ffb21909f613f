"""A closed-loop load generator: a few kept connections, each sending its next request when the last one is answered.

Requests are prepared bytes, so that the clock sees nothing but sending, waiting and reading. It runs in a process of
its own, and its ceiling is measured against an application that does nothing.
"""

import asyncio
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

_NO_BODY = frozenset({204, 304})


@dataclass(frozen=True)
class Answered:
    """`statuses`: status -> how many. `seconds`: from the first request sent to the last answer read."""

    statuses: Mapping[int, int]
    seconds: float

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds


class LoadGenerator:
    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def drive(self, port: int, requests: Sequence[bytes]) -> Answered:
        """Each request once, in their order. Raises ConnectionError where the server hangs up."""
        return self._pool.submit(_drive, port, requests, self._connections).result()

    def close(self) -> None:
        self._pool.shutdown()


def raw(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request to loopback."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _drive(port: int, requests: Sequence[bytes], connections: int) -> Answered:
    gc.disable()
    try:
        return asyncio.run(_drive_all(port, iter(requests), connections))
    finally:
        gc.enable()


async def _drive_all(port: int, requests: Iterator[bytes], connections: int) -> Answered:
    loop = asyncio.get_running_loop()
    statuses: Counter[int] = Counter()
    opened = [
        (await loop.create_connection(lambda: _Connection(requests, statuses), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started = time.perf_counter()
    for connection in opened:
        connection.send_next()
    await asyncio.gather(*(connection.done for connection in opened))
    return Answered(dict(statuses), time.perf_counter() - started)


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], statuses: Counter[int]) -> None:
        self._requests, self._statuses = requests, statuses
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        status = int(self._received[9:12])
        if len(self._received) < head_end + 4 + _length(status, self._received[:head_end]):
            return
        self._received = b""
        self._statuses[status] += 1
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))


def _length(status: int, head: bytes) -> int:
    """Of the body. Chunked answers aren't read: no contender sends any."""
    if status in _NO_BODY:
        return 0
    lowered = head.lower()
    start = lowered.index(b"\r\ncontent-length:") + len(b"\r\ncontent-length:")
    end = lowered.find(b"\r\n", start)
    return int(lowered[start : end if end >= 0 else None])
