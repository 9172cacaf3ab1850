"""Slashes within a segment of a path, written as %2F: an id may have some.

In the decoded path that the router reads they would look like those between segments. So each is kept as a
character that no path and no id has, until the segments are told apart: what is within one never becomes
another.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from starlette.types import Scope

_SLASH = re.compile(rb"%2f", re.IGNORECASE)
_KEPT = "\x1f"  # the guard refuses a path that has it


def keep_slashes(scope: Scope) -> None:
    """Decode the path of a request anew, if it has encoded slashes, so that each stays in its segment."""
    raw: bytes = scope.get("raw_path") or b""
    if _SLASH.search(raw):
        kept = quote(_KEPT).encode()
        scope["path"] = unquote(_SLASH.sub(kept, raw).decode("latin-1"))


def restore_slashes(scope: Scope) -> None:
    """Let the names that the path has be as they are, once the segments are told apart."""
    names = scope.get("path_params", {})
    if any(_KEPT in str(name) for name in names.values()):
        scope["path_params"] = {key: name.replace(_KEPT, "/") for key, name in names.items()}


def encoded_path(scope: Scope) -> str:
    """The path as URLs have it."""
    return quote(scope["path"]).replace(quote(_KEPT), "%2F")


def shown_path(scope: Scope) -> str:
    """The path as people read it."""
    return str(scope["path"]).replace(_KEPT, "%2F")
