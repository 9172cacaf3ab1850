"""Serves the description: the OpenAPI document, and pages for people."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casecore.api.description.document import document
from casecore.api.description.special import JSON


def description_routes() -> list[Route]:
    """The routes of the description; they need no identity."""
    return [Route("/v1/openapi.json", _openapi, methods=["GET"])]


async def _openapi(request: Request) -> Response:
    made = document()
    return _cached(request, made.body, made.etag, JSON)


def _cached(request: Request, body: bytes, etag: str, media_type: str) -> Response:
    headers = {"ETag": etag, "Cache-Control": "public, no-cache"}
    if etag in (one.strip() for one in request.headers.get("if-none-match", "").split(",")):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(body, HTTPStatus.OK, headers, media_type)
