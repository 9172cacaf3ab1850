"""What an export says of people: everything, or pseudonyms in place of names and no free text."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, TypeVar, get_args, get_type_hints

from msgspec.structs import replace

from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import Actor, EventData, Fact, Role, Source
from casecore.contract.personal import Plain, Sealed, legible

CaseData = TypeVar("CaseData", bound=EventData)

_LETTERS = 12
"""Of 5 bits each: among a million people two have the same pseudonym once in two million stores."""
_MOST_KNOWN = 100_000
_NO_TEXT = Plain("")


class Pseudonyms:
    """A name's pseudonym: the same for the same name, in every export from one store, and in no other.

    Nobody can tell the name by it who has not got the store's key. The same name has the same pseudonym in
    every organisation.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.of: Callable[[str], str] = lru_cache(_MOST_KNOWN)(self._of)
        """The pseudonym of a name, such as p-k3v7qm2xw5ta."""

    def _of(self, name: str) -> str:
        digest = hmac.digest(self._key, name.encode(), "sha256")
        return "p-" + base64.b32encode(digest).decode().lower()[:_LETTERS]


def without_personal(fact: Fact[CaseData], names: Pseudonyms) -> Fact[CaseData]:
    """A fact about a case with pseudonyms for people, and without free texts and personal attributes.

    The system's own actors keep their names, which are those of programs. A person who is named in the row
    of an import has the pseudonym of the name there.
    """
    return replace(
        fact,
        actor=_actor(fact.actor, names),
        on_behalf_of=_actor(fact.on_behalf_of, names) if fact.on_behalf_of else None,
        source=_source(fact.source, names) if fact.source else None,
        data=_data(fact.data, names),
    )


def _actor(actor: Actor, names: Pseudonyms) -> Actor:
    return actor if actor.role is Role.SYSTEM else replace(actor, person=names.of(actor.person))


def _source(source: Source, names: Pseudonyms) -> Source:
    kept = {name: text for name, text in source.attributes.items() if isinstance(text, str)}
    resource = source.resource
    if resource is not None and not isinstance(resource, str):
        resource = names.of(legible(resource) or "")
    types = {name: kind for name, kind in source.types.items() if name in kept}
    return replace(source, resource=resource, attributes=kept, types=types)


def _data(data: CaseData, names: Pseudonyms) -> CaseData:
    changed: dict[str, Any] = dict(_texts_left_out(type(data)))
    if isinstance(data, CaseEvent) and data.standing.agent is not None:
        changed["standing"] = replace(data.standing, agent=names.of(data.standing.agent))
    return replace(data, **changed) if changed else data


@cache
def _texts_left_out(struct: type[EventData]) -> Mapping[str, Plain | None]:
    """What each personal field of a type is instead: nothing, or an empty text where it must have one."""
    fields = get_type_hints(struct, include_extras=False)
    return {
        name: None if type(None) in get_args(hint) else _NO_TEXT
        for name, hint in fields.items()
        if {Plain, Sealed} & set(get_args(hint))
    }
