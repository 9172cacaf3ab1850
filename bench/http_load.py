"""A cheap client of HTTP: requests that are ready as bytes, over connections that are kept open."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from typing import NamedTuple, cast

import httptools
import uvloop


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int


def request(method: str, path: str, headers: Sequence[str] = (), body: bytes = b"") -> bytes:
    """A request as bytes; a header is `Name: value`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def together(addresses: Sequence[Address], requests: Sequence[Sequence[bytes]]) -> float:
    """Give each connection its requests, one after another's answer; returns the seconds that all took.

    Connections are shared out evenly between the servers at these addresses. Ends the bench unless every
    answer is a success.
    """
    return uvloop.run(_together(addresses, requests))


def at_rate(address: Address, requests: Sequence[bytes], per_second: int, connections: int) -> list[float]:
    """Send each request at its own time, whether or not earlier ones are answered; the seconds each took.

    They count from the time at which it should have been sent.
    """
    return uvloop.run(_at_rate(address, requests, per_second, connections))


class _Connection(asyncio.Protocol):
    """One connection, with one request on the way at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def on_message_complete(self) -> None:
        """Called by the parser: the answer is there."""
        assert self._answer is not None
        self._answer.set_result(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)

    async def exchange(self, given: bytes) -> None:
        """Send a request and wait for its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(given)
        status = await self._answer
        if not 200 <= status < 300:
            raise SystemExit(f"a request was answered with {status}: {given[:300]!r}")

    def close(self) -> None:
        """Close it."""
        self._transport.close()


async def _connected(addresses: Sequence[Address], count: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    places = itertools.islice(itertools.cycle(addresses), count)
    made = [await loop.create_connection(_Connection, place.host, place.port) for place in places]
    return [connection for _, connection in made]


async def _together(addresses: Sequence[Address], requests: Sequence[Sequence[bytes]]) -> float:
    connections = await _connected(addresses, len(requests))

    async def give(connection: _Connection, mine: Sequence[bytes]) -> None:
        for one in mine:
            await connection.exchange(one)

    began_at = time.monotonic()
    await asyncio.gather(*(give(*each) for each in zip(connections, requests, strict=True)))
    seconds = time.monotonic() - began_at
    for connection in connections:
        connection.close()
    return seconds


async def _at_rate(
    address: Address, requests: Sequence[bytes], per_second: int, connections: int
) -> list[float]:
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    opened = await _connected([address], connections)
    for connection in opened:
        free.put_nowait(connection)
    began_at, took = time.perf_counter(), list[float]()

    async def give(number: int, one: bytes) -> None:
        due_at = began_at + number / per_second
        await asyncio.sleep(due_at - time.perf_counter())
        connection = await free.get()
        await connection.exchange(one)
        free.put_nowait(connection)
        took.append(time.perf_counter() - due_at)

    await asyncio.gather(*(give(number, one) for number, one in enumerate(requests)))
    for connection in opened:
        connection.close()
    return took
