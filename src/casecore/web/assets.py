"""Styles, scripts and pictures: part of the wheel, named by their content, so that browsers keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


class Asset(NamedTuple):
    """A file that pages need."""

    path: str
    media_type: str
    content: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """All of them, by their names."""
    return {name: _read(name, file) for name, file in _files(files("casecore.web") / "assets", "")}


def asset_path(name: str) -> str:
    """Where an asset is: under another path whenever it changes."""
    return assets()[name].path


def asset_routes() -> list[Route]:
    """The route of all assets."""
    by_path = {one.path: one for one in assets().values()}

    async def endpoint(request: Request) -> Response:
        found = by_path.get(request.url.path)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(found.content, HTTPStatus.OK, _KEPT, found.media_type)

    return [Route("/assets/{version}/{name:path}", endpoint, methods=["GET"])]


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _files(one, f"{prefix}{one.name}/")
        elif one.name.rpartition(".")[2] in _TYPES:
            yield prefix + one.name, one


def _read(name: str, file: Traversable) -> Asset:
    content = file.read_bytes()
    version = sha256(content).hexdigest()[:16]
    return Asset(f"/assets/{version}/{name}", _TYPES[name.rpartition(".")[2]], content)
