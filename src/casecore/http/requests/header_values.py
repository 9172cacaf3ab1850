"""The values of a header: without the map that Starlette makes of all of them for each request."""

from __future__ import annotations

from starlette.requests import Request


def header_values(request: Request, name: bytes) -> list[str]:
    """All values of a header, whose name is in lower case, in the order in which they were sent."""
    return [value.decode("latin-1") for one, value in request.scope["headers"] if one == name]
