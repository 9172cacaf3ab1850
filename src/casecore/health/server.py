"""The answer to /health and /metrics of a process that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

HealthCheck = Callable[[], tuple[bool, str]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        pass


def serve_health(host: str, port: int, registry: CollectorRegistry, check: HealthCheck) -> int:
    """Answer in a thread of its own until the process ends; returns the port. Raises OSError if it is taken.

    /health is 200 or 503 with a sentence; /metrics is in Prometheus' text format.
    """
    metrics = make_wsgi_app(registry)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                found: Iterable[bytes] = metrics(environ, start_response)
                return found
            case "/health":
                healthy, reason = check()
                start_response("200 OK" if healthy else "503 Service Unavailable", _text())
                return [f"{reason}\n".encode()]
            case _:
                start_response("404 Not Found", _text())
                return [b"here are /health and /metrics\n"]

    server = make_server(host, port, app, handler_class=_Quiet)
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server.server_port


def _text() -> list[tuple[str, str]]:
    return [("content-type", "text/plain; charset=utf-8")]  # a new one: the server adds to it
