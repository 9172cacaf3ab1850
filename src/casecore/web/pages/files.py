"""A file that can be fetched from a page, as data: where it is, for whom, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple

from casecore.identity.identity import Scope
from casecore.web.pages.page import AskedT, Look


class FileShown(NamedTuple):
    """A file with the name under which browsers keep it."""

    name: str
    media_type: str
    content: bytes


class PageFile(NamedTuple, Generic[AskedT]):
    """A file, for identities with one of the `scopes`."""

    path: str
    scopes: tuple[Scope, ...]
    asked: type[AskedT]
    load: Callable[[Look, AskedT], FileShown]


AnyPageFile = PageFile[Any]
"""All files."""
