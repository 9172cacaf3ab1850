"""A proxy before PostgreSQL that loses the answer to a commit which the server has performed.

It reads the server's messages (PostgreSQL's frontend/backend protocol, version 3: one byte for the kind,
four for the length). An append commits by itself: its rows are described by a column `positions`, and the
server says that it is ready for the next statement when the commit is done. In place of that, or of a
CommandComplete that says COMMIT, the proxy breaks the connection, on both sides.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_COMMITTED = b"COMMIT\x00"
_COMMAND_COMPLETE = b"C"
_ROW_DESCRIPTION = b"T"
_APPEND = b"positions\x00"
_READY = b"Z"
_CHUNK_BYTES = 64 * 1024
_START_LIMIT_SECONDS = 10


class LossyProxy:
    """Between the clients of one database and its server's Unix socket."""

    def __init__(self, database: str, loses: Callable[[int], bool]) -> None:
        """`loses` is asked with the number of each COMMIT, from 1, whether its answer gets lost."""
        parts = urlsplit(database)
        given = parse_qs(parts.query)
        self._socket = Path(given["host"][0]) / f".s.PGSQL.{given['port'][0]}"
        self._user, self._name = parts.username, parts.path
        self._loses = loses
        self._port = 0
        self.commits = 0
        """Answers to COMMIT that the server gave, the lost ones included."""
        self.lost = 0
        """How many of them never reached their client."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="lossy-proxy", daemon=True)

    @property
    def database(self) -> str:
        """The libpq URI by which the database is reached through here."""
        # Encryption would be asked for before the first message, and hide all that follow.
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql://{self._user}@127.0.0.1:{self._port}{self._name}?{plain}"

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        assert self._ready.wait(_START_LIMIT_SECONDS), "the proxy does not listen"

    def stop(self) -> None:
        """Break what is open, and end."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_LIMIT_SECONDS)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end(server))
        self._loop.close()

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        ways: list[asyncio.Task[None]] = []
        to_server: asyncio.StreamWriter | None = None
        try:
            server, to_server = await asyncio.open_unix_connection(str(self._socket))
            ways = [
                asyncio.create_task(_forward(client, to_server)),
                asyncio.create_task(self._answer(server, to_client)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            pass  # the server is unavailable, or the proxy ends: the client sees its connection end
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (to_client, to_server):
                if end is not None:
                    end.transport.abort()
            self._connections.discard(task)

    async def _answer(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Forward the server's messages, whole ones, until it ends or an answer gets lost."""
        appending = False
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = await server.readexactly(5)
                (length,) = struct.unpack("!I", head[1:])
                body = await server.readexactly(length - 4)
                kind = head[:1]
                appending = appending or (kind == _ROW_DESCRIPTION and _APPEND in body)
                if (kind == _COMMAND_COMPLETE and body == _COMMITTED) or (kind == _READY and appending):
                    appending = False
                    self.commits += 1
                    if self._loses(self.commits):
                        self.lost += 1
                        return
                to_client.write(head + body)
                await to_client.drain()


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK_BYTES):
            target.write(chunk)
            await target.drain()


@contextmanager
def lossy(database: str, loses: Callable[[int], bool]) -> Iterator[LossyProxy]:
    """A proxy before a database on a Unix socket, for as long as the block lasts."""
    proxy = LossyProxy(database, loses)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
