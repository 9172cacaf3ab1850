"""Serves the description: the OpenAPI document, and pages for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.answers.answers import JSON, kept_response
from casecore.api.description.document import document
from casecore.api.description.pages import operations_page
from casecore.api.description.problem_page import problems_page

_HTML = "text/html; charset=utf-8"


def description_routes() -> list[Route]:
    """The routes of the description; they need no identity, and each is made when it is first asked for."""
    return [
        Route("/", _leads_to_operations, methods=["GET"]),
        Route("/v1/openapi.json", _sends(document, JSON), methods=["GET"]),
        Route("/docs", _sends(operations_page, _HTML), methods=["GET"]),
        Route("/docs/problems", _sends(problems_page, _HTML), methods=["GET"]),
        Route("/docs/style.css", _sends(_style, "text/css; charset=utf-8"), methods=["GET"]),
    ]


async def _leads_to_operations(_: Request) -> Response:
    """For people who open the address at which the API is."""
    return Response(None, HTTPStatus.TEMPORARY_REDIRECT, {"Location": "/docs"})


@cache
def _style() -> bytes:
    return (files("casecore.api.description") / "style.css").read_bytes()


def _sends(make: Callable[[], bytes], media_type: str) -> Callable[[Request], Awaitable[Response]]:
    @cache
    def made() -> tuple[bytes, str]:
        body = make()
        return body, f'"{sha256(body).hexdigest()[:32]}"'

    async def endpoint(request: Request) -> Response:
        body, etag = made()
        kept = {"ETag": etag, "Cache-Control": "public, no-cache"}
        return kept_response(request, kept, lambda: body, media_type)

    return endpoint
