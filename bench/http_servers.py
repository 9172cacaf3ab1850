"""The servers that the rows `api` and `web` compare, each started as a process of its own.

`python -m bench.http_servers insert --database URI --port N` has a handler of the same server as the API's,
which reads the body as JSON and inserts it as one row.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from http.client import HTTPConnection

import msgspec
import uvicorn
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.http_load import Address

_READY_SECONDS = 30
_CONNECTIONS = 16
TABLE = "create table if not exists bench_inserted (id bigint generated always as identity, body bytea)"
_INSERT = "insert into bench_inserted (body) values (%s) returning id"


@contextmanager
def served(
    command: Sequence[str], address: Address, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A server's process, once it answers, until the block ends; its log goes to a file, as in operation."""
    with tempfile.TemporaryFile("w+") as log:
        running = subprocess.Popen(command, env=environment, stderr=log)
        try:
            give_up_at = time.monotonic() + _READY_SECONDS
            while not _answers(address):
                if running.poll() is not None or time.monotonic() > give_up_at:
                    log.seek(0)
                    raise SystemExit(f"{command[2]} does not answer: {log.read()[-2000:]}")
                time.sleep(0.05)
            yield
        finally:
            running.terminate()
            running.wait(30)


def serving(port: int) -> list[str]:
    """The command of the program's own server, without its health."""
    command = [sys.executable, "-m", "casecore.cli", "serve"]
    return [*command, "--port", str(port), "--health-port", "0"]


def free_address() -> Address:
    """An address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Address(*probe.getsockname())


def inserting(database: str, port: int) -> list[str]:
    """The command of the server that inserts a row."""
    return [sys.executable, "-m", "bench.http_servers", "--database", database, "--port", str(port)]


def _answers(address: Address) -> bool:
    connection = HTTPConnection(address.host, address.port, timeout=1)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _insert_app(database: str) -> Starlette:
    pool = AsyncConnectionPool(
        database, min_size=_CONNECTIONS, max_size=_CONNECTIONS, kwargs={"autocommit": True}, open=False
    )

    async def insert(request: Request) -> Response:
        given = msgspec.json.decode(await request.body())
        async with pool.connection() as connection:
            found = await (await connection.execute(_INSERT, (msgspec.json.encode(given),))).fetchone()
        assert found is not None
        return Response(msgspec.json.encode({"id": found[0]}), 201, media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    return Starlette(routes=[Route("/rows", insert, methods=["POST"])], lifespan=lifespan)


def serve_peer(made: Callable[[str], Starlette]) -> None:
    """Serve what is made of a database, at the port that the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    uvicorn.run(made(given.database), host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    serve_peer(_insert_app)
