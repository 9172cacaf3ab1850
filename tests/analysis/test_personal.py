"""What an export without personal data says of people, for every type of event of a case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.analysis.personal import Pseudonyms, without_personal
from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import Actor, Fact, Role, Source
from casecore.contract.personal import Plain
from casecore.contract.streams import CASES
from casecore.contract.types import EVENT_TYPES

GOLDEN = sorted(Path("schemas/golden").glob(f"{CASES.type_prefix}*.json"))
NAMES = Pseudonyms(b"k" * 32)


def fact_in(path: Path) -> Fact[Any]:
    return EVENT_TYPES.decode(path.stem, path.read_bytes())


def personal_texts(value: Any) -> Iterator[str]:
    """Each text that is marked as personal, and each agent, in an event as JSON."""
    if isinstance(value, dict):
        if value.get("form") == "plain" and value["text"]:
            yield value["text"]
        yield from (value[name] for name in ("agent", "person") if value.get(name))
        for inner in value.values():
            yield from personal_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from personal_texts(inner)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_no_name_and_no_free_text_is_left_of_any_event(path: Path) -> None:
    fact = fact_in(path)
    if fact.actor.role is Role.SYSTEM:
        fact = msgspec.structs.replace(fact, actor=Actor("Ida", "nord", Role.SELLER))
    known = set(personal_texts(msgspec.to_builtins(fact)))

    said = msgspec.json.encode(without_personal(fact, NAMES)).decode()

    assert known
    assert [text for text in known if f'"{text}"' in said] == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_is_left_is_an_event_of_the_same_type(path: Path) -> None:
    left = without_personal(fact_in(path), NAMES)

    assert EVENT_TYPES.decode(path.stem, msgspec.json.encode(left)) == left


def test_an_imported_row_keeps_what_its_mapping_calls_no_personal_data() -> None:
    source = Source(
        name="helpdesk",
        case="Case 1",
        place=1,
        activity="Assign seriousness",
        resource=Plain("Value 2"),
        attributes={"product": "Value 3", "workgroup": Plain("Ida's"), "count": "3"},
        types={"count": "int", "workgroup": "id"},
    )
    fact = msgspec.structs.replace(fact_in(GOLDEN[0]), source=source)

    left = without_personal(fact, NAMES).source

    assert left is not None
    assert left.attributes == {"product": "Value 3", "count": "3"}
    assert left.types == {"count": "int"}
    assert left.resource == NAMES.of("Value 2")


@given(st.text(), st.text())
def test_a_pseudonym_is_always_the_same_and_nobody_elses(one: str, other: str) -> None:
    again = Pseudonyms(b"k" * 32)

    assert NAMES.of(one) == again.of(one)
    assert (NAMES.of(one) == NAMES.of(other)) == (one == other)


@given(st.text(min_size=1))
def test_another_store_gives_another_pseudonym(name: str) -> None:
    assert NAMES.of(name) != Pseudonyms(b"l" * 32).of(name)


def test_the_systems_own_actors_keep_their_names() -> None:
    fact = msgspec.structs.replace(fact_in(GOLDEN[0]), actor=Actor("importer", "vendor", Role.SYSTEM))

    assert without_personal(fact, NAMES).actor.person == "importer"
    assert isinstance(fact.data, CaseEvent)
