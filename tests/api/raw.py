"""A real server in a thread, around a small application, to which a test speaks over its own sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import BinaryIO, NamedTuple

import msgspec
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from casecore.http.protected import protected
from casecore.http.protection.connections import ConnectionLimits
from casecore.http.protection.guard import Protection
from casecore.http.protection.refusals import Refusals
from casecore.http.protection.uvicorn_options import uvicorn_options
from casecore.http.requests.body import read_body
from tests.waiting import LIMIT_SECONDS, wait_until

HOST = b"Host: casecore.test\r\n"


class RawAnswer(NamedTuple):
    """An answer as it came; `headers` has lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self):
        return msgspec.json.decode(self.body).get("code", "")


class Line:
    """A connection of a test's own."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS)
        self._file: BinaryIO = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> Line:
        self.socket.sendall(b"".join(parts))
        return self

    def answer(self, *, of_head: bool = False) -> RawAnswer | None:
        """The next answer; None if the connection has ended. Answers to HEAD have no body."""
        status_line = self._file.readline()
        if not status_line:
            return None
        status = int(status_line.split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        length = 0 if of_head else int(headers.get("content-length", 0))
        return RawAnswer(status, headers, self._file.read(length))

    def has_ended(self) -> bool:
        """Whether the server sends nothing more: waits until it says so."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RawServer:
    """The server, and what its application waits for."""

    def __init__(self, server: uvicorn.Server, refusals: Refusals, gate: asyncio.Event) -> None:
        self.refusals = refusals
        self.port: int = server.servers[0].sockets[0].getsockname()[1]
        self._server = server
        self._gate = gate
        self._lines: list[Line] = []

    @property
    def open_connections(self) -> int:
        return len(self._server.server_state.connections)

    def dial(self) -> Line:
        self._lines.append(Line(self.port))
        return self._lines[-1]

    def ask(self, *parts: bytes) -> RawAnswer | None:
        """The answer to bytes that were sent on a connection of their own."""
        return self.dial().send(*parts).answer()

    def open_gate(self) -> None:
        """Let the requests to /v1/waits be answered."""
        self._server.servers[0].get_loop().call_soon_threadsafe(self._gate.set)

    def hang_up(self) -> None:
        for line in self._lines:
            line.close()
        self._lines.clear()


@contextmanager
def serving(
    limits: ConnectionLimits | None = None,
    protection: Protection | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[RawServer]:
    """A server with these limits; `tls` are the files of its certificate and key."""
    gate = asyncio.Event()
    refusals = Refusals()
    config = uvicorn.Config(
        protected(_routes(gate), protection or Protection()),
        host="127.0.0.1",
        port=0,
        log_config=None,
        access_log=False,
        ssl_certfile=tls and tls[0],
        ssl_keyfile=tls and tls[1],
        **uvicorn_options(refusals, limits or ConnectionLimits()),
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, name="raw server")
    thread.start()
    found = None
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the server starts")
        found = RawServer(server, refusals, gate)
        yield found
    finally:
        if found is not None:
            found.open_gate()
            found.hang_up()
        server.should_exit = True
        thread.join(LIMIT_SECONDS)


def _routes(gate: asyncio.Event) -> list[Route]:
    async def echo(request: Request) -> Response:
        body = await read_body(request)
        seen = {"body": body.decode("latin-1"), "headers": sorted(request.headers)}
        return Response(msgspec.json.encode(seen), media_type="application/json")

    async def waits(_: Request) -> Response:
        await gate.wait()
        return PlainTextResponse("waited")

    async def big(_: Request) -> Response:
        return PlainTextResponse(b"x" * 20_000_000)

    async def refuses(_: Request) -> Response:
        raise PermissionError(13, "no", "/etc/secret")

    async def fails(_: Request) -> Response:
        raise ValueError("secret")

    return [
        Route("/v1/echo", echo, methods=["GET", "POST"]),
        Route("/v1/commands", echo, methods=["POST"]),
        Route("/v1/waits", waits),
        Route("/v1/big", big),
        Route("/v1/refuses", refuses),
        Route("/v1/fails", fails),
    ]
