"""What the description says of an endpoint that is neither a question nor an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from casecore.api.answers.answers import JSON
from casecore.identity.identity import Scope


class BodyForm(NamedTuple):
    """A body: its media type, and the type of what it holds; None where that is no JSON value of a type."""

    media_type: str
    form: Any = None


class Answered(NamedTuple):
    """An answer: what it means, the bodies that it can have, and the names of its headers."""

    meaning: str
    contents: Sequence[BodyForm] = ()
    headers: Sequence[str] = ()


class SpecialEndpoint(NamedTuple):
    """An endpoint with what its description says.

    Without `scopes` it needs no identity. `asked` has its parameters, of path and query, as a question has
    them; `headers` names those of its request that are described in `casecore.api.description.parts`.
    `problems` are statuses besides those that every endpoint, or every one with an identity, has.
    """

    method: str
    path: str
    scopes: tuple[Scope, ...]
    summary: str
    description: str
    answers: Mapping[HTTPStatus, Answered]
    asked: type[msgspec.Struct] | None = None
    headers: Sequence[str] = ()
    body: BodyForm | None = None
    problems: Sequence[HTTPStatus] = ()


def found(meaning: str, form: Any, *headers: str) -> Mapping[HTTPStatus, Answered]:
    """The one answer of an endpoint that finds something."""
    return MappingProxyType({HTTPStatus.OK: Answered(meaning, (BodyForm(JSON, form),), headers)})
