"""The peer of a page: a handler of the same server that renders a table of 50 cases from one query.

`python -m bench.web.list_server --database URI --port N`. It knows nobody, has no frame, no filters, no words
in two languages, and does not look whether the view is behind.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jinja2 import Environment
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.http_servers import serve_peer

_CONNECTIONS = 4
_CASES = """select reference, customer, topic, priority, state, organisation, agent, opened_at, last_move_at
from workload.cases where is_open and (vendor = %(viewer)s or seller = %(viewer)s)
order by opened_at desc, reference limit 50"""
_TABLE = """<!doctype html><html lang="en"><title>Cases</title><table>{% for case in cases %}
<tr>{% for value in case %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}</table></html>"""


def listing(database: str, port: int) -> list[str]:
    """The command of the server."""
    return [sys.executable, "-m", "bench.web.list_server", "--database", database, "--port", str(port)]


def _app(database: str) -> Starlette:
    pool = AsyncConnectionPool(
        database, min_size=_CONNECTIONS, max_size=_CONNECTIONS, kwargs={"autocommit": True}, open=False
    )
    table = Environment(autoescape=True).from_string(_TABLE)

    async def show(request: Request) -> Response:
        viewer = request.query_params["viewer"]
        async with pool.connection() as connection:
            found = await (await connection.execute(_CASES, {"viewer": viewer})).fetchall()
        return Response(table.render(cases=found), media_type="text/html")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    return Starlette(routes=[Route("/cases", show)], lifespan=lifespan)


if __name__ == "__main__":
    serve_peer(_app)
