"""A text in an event is an id or a word of ours, or it is personal: each field of text is one of the two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from casecore.contract.personal import Plain, Sealed
from casecore.contract.types import EVENT_TYPES, EventType

IDS_AND_WORDS = frozenset(
    (
        "agent bic buyer case corrects country customer customers definition_sha256 document duplicate_of "
        "holiday_names hours id language licence_type lines_sha256 number organisation owed_by package "
        "partner party policy_id program_version readers reference replaces resolution_code seller sellers "
        "sha256 time_zone topic topics vat_country vendor weekly"
    ).split()
)
"""Fields whose text nobody makes up in free words. A new field of text is of the type Personal, or here."""


def texts_of(struct: type[msgspec.Struct], seen: set[type]) -> Iterator[str]:
    """The fields of plain text in a struct, and in those that it is made of."""
    seen.add(struct)
    for name, hint in get_type_hints(struct).items():
        kinds = set(parts_of(hint))
        if str in kinds and Plain not in kinds:
            yield name
        for kind in kinds - seen:
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in (Plain, Sealed):
                yield from texts_of(kind, seen)


def parts_of(hint: Any) -> Iterator[Any]:
    """A type, or all that it is composed of."""
    yield hint
    for part in get_args(hint):
        yield from parts_of(part)


@pytest.mark.parametrize("event_type", EVENT_TYPES.all, ids=lambda one: one.name)
def test_a_field_of_text_is_personal_or_an_id_or_a_word(event_type: EventType) -> None:
    assert set(texts_of(event_type.struct, set())) <= IDS_AND_WORDS


def test_no_id_or_word_is_listed_that_there_is_not() -> None:
    assert {name for one in EVENT_TYPES.all for name in texts_of(one.struct, set())} == IDS_AND_WORDS
