"""The base of every expected error, and the kinds from which a door takes its exit code or HTTP status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

_WORD_BEGINS = re.compile(r"(?<!^)(?=[A-Z])")


class Kind(Enum):
    """What an error means to the caller, whatever the door."""

    REFUSED = "refused"
    """A rule of the business forbids it; nothing was changed."""
    INVALID_INPUT = "invalid_input"
    """An argument, a setting or a file cannot be used; nothing was changed."""
    NOT_FOUND = "not_found"
    """What was named is not there."""
    UNAUTHENTICATED = "unauthenticated"
    """The caller has not shown who they are."""
    FORBIDDEN = "forbidden"
    """The caller may not do it."""
    CONFLICT = "conflict"
    """Something else happened meanwhile, or before: look again, then decide."""
    UNAVAILABLE = "unavailable"
    """A server or process is not there, or not as it should be; the same may succeed later."""
    DIFFERENCE = "difference"
    """It was done, and something needs a look."""
    INTERRUPTED = "interrupted"
    """The caller, or an operator, ended it."""
    DEFECT = "defect"
    """A fault of the program."""


class CasecoreError(Exception):
    """The base of all expected errors.

    The message says what is wrong, where, and what would be right, in the words of the business: how to say
    it at a door (an option, a field, a button) is for the door to add. `code` names the type for programs:
    the class's name in snake case, unless the class gives another one.
    """

    kind: ClassVar[Kind] = Kind.DEFECT
    code: ClassVar[str] = "casecore_error"
    is_public: ClassVar[bool] = False
    """Whether anybody may read its message: it never names an address, a login, a file or SQL."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "code" not in vars(cls):
            cls.code = _WORD_BEGINS.sub("_", cls.__name__).lower()

    def __reduce__(self) -> tuple[Any, ...]:
        """As pickle sends it to another process: with its message and fields, however it was made."""
        return _remade, (type(self), self.args, vars(self))

    @property
    def details(self) -> Mapping[str, str]:
        """What the message names, as text by field: its public attributes; a door may use it for its hint."""
        return {name: str(value) for name, value in vars(self).items() if not name.startswith("_")}


def details_of(error: CasecoreError) -> Mapping[str, str | tuple[str, ...]]:
    """What the message names: what is several as a list, all else as text."""
    return {name: _listed(getattr(error, name, None), text) for name, text in error.details.items()}


def _listed(value: object, text: str) -> str | tuple[str, ...]:
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(map(str, value)))
    return tuple(map(str, value)) if isinstance(value, (tuple, list)) else text


def _remade(kind: type[CasecoreError], args: tuple[Any, ...], fields: dict[str, Any]) -> CasecoreError:
    error = kind.__new__(kind, *args)
    vars(error).update(fields)
    return error


class NotFound(CasecoreError):
    """What was named is not there; the message says what there is, where that can be listed."""

    kind = Kind.NOT_FOUND


class InvalidInput(CasecoreError):
    """An argument or an input file is wrong; the message says where, and what would be right."""

    kind = Kind.INVALID_INPUT
