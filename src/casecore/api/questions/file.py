"""A file that can be asked for, as data: where, by whom, with what, and how it is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

FormT = TypeVar("FormT", bound=msgspec.Struct)


class File(NamedTuple):
    """A file that is there for good.

    `name` is the one under which it is kept, in ASCII and without quotes; `version` changes with its bytes,
    which `read` gets.
    """

    name: str
    version: str
    read: Callable[[], bytes]


class FileQuestion(NamedTuple, Generic[FormT]):
    """A file that can be asked for at a path, by an identity with one of the `scopes`.

    `find` runs in a thread, with an installation for this one answer, and so does the file's `read`.
    """

    path: str
    scopes: tuple[Scope, ...]
    asked: type[FormT]
    media_type: str
    find: Callable[[Application, Viewer, FormT], File]

    @property
    def meaning(self) -> str:
        """What it is, in a sentence."""
        return (self.find.__doc__ or "").strip()


AnyFileQuestion = FileQuestion[Any]
