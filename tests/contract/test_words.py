"""A word that only a newer program knows: named as that, and never taken for a malformed body."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract import cases
from casecore.contract.envelope import EventData, Fact
from casecore.contract.types import EVENT_TYPES, EventType, EventTypes
from casecore.contract.words import NewerEvent, NewerWord, UnknownWord, unknown_words
from tests.contract.objects import object_at, paths_of_objects
from tests.contract.strategies import any_fact

GOLDEN = Path(__file__).parents[2] / "schemas" / "golden"
NAMES = [event_type.wire_name for event_type in EVENT_TYPES.all]
TAKEN = "casecore.case.taken.v1"
UNKNOWN = "word_of_tomorrow"

Json = Any


def golden(name: str) -> Json:
    return msgspec.json.decode((GOLDEN / f"{name}.json").read_bytes())


def decode(name: str, body: Json) -> Fact[EventData]:
    return EVENT_TYPES.decode(name, msgspec.json.encode(body))


def example_with_all_words(name: str) -> Json:
    """The golden example, with a place for each word: a case that nobody took has a level all the same, and
    a party buys as something, which a released example does not say."""
    example = golden(name)
    standing = example["data"].get("standing")
    if standing is not None:
        standing["level"] = "level_0"
    if "details" in example["data"]:
        example["data"]["details"]["buys_as"] = "business"
    return example


def with_one_text_unknown(example: Json) -> Iterator[Json]:
    """The example with a text that nobody knows in the place of each text in turn."""
    for path in paths_of_objects(example):
        for field, value in object_at(example, path).items():
            texts = enumerate(value) if isinstance(value, list) else [(None, value)]
            for place, text in texts:
                if isinstance(text, str):
                    changed = copy.deepcopy(example)
                    holder = object_at(changed, path)
                    if place is None:
                        holder[field] = UNKNOWN
                    else:
                        holder[field][place] = UNKNOWN
                    yield changed


def error_of(name: str, body: Json) -> Exception | None:
    try:
        decode(name, body)
    except ValueError as error:
        return error
    return None


@pytest.mark.parametrize("name", NAMES)
def test_every_enumeration_of_every_type_may_hold_a_word_of_a_newer_program(name: str) -> None:
    errors = [error_of(name, body) for body in with_one_text_unknown(example_with_all_words(name))]
    newer = [str(error) for error in errors if isinstance(error, NewerWord)]
    for message in newer:
        assert f"{name} is newer than this program" in message
        assert repr(UNKNOWN) in message
    schema = msgspec.json.decode((GOLDEN.parent / "events" / f"{name}.json").read_bytes())
    enumerations = [
        each["x-extensible-enum"] for each in schema["$defs"].values() if "x-extensible-enum" in each
    ]
    for words in enumerations:
        assert any(all(word in message for word in words) for message in newer), words


@pytest.mark.parametrize(
    ("path", "field"), [(["data", "standing"], "state"), (["data", "standing"], "level"), (["actor"], "role")]
)
def test_the_place_the_word_and_the_known_words_are_named(path: list[str], field: str) -> None:
    body = golden(TAKEN)
    holder = body
    for step in path:
        holder = holder[step]
    holder[field] = UNKNOWN
    with pytest.raises(NewerWord) as newer:
        decode(TAKEN, body)
    assert f"$.{'.'.join(path)}.{field} is '{UNKNOWN}', and this program knows " in str(newer.value)


def test_a_body_with_an_unknown_word_and_another_fault_is_not_newer_but_wrong() -> None:
    body = golden(TAKEN)
    body["data"]["standing"]["state"] = UNKNOWN
    del body["data"]["customer"]
    with pytest.raises(msgspec.ValidationError):
        decode(TAKEN, body)


@pytest.mark.parametrize("no_word", [7, None, ["opened"], {"word": "opened"}])
def test_what_is_not_text_is_no_word(no_word: Json) -> None:
    body = golden(TAKEN)
    body["data"]["standing"]["state"] = no_word
    with pytest.raises(msgspec.ValidationError):
        decode(TAKEN, body)


def test_a_tag_names_another_form_so_an_unknown_one_is_no_word() -> None:
    body = golden("casecore.billing.fee_agreed.v1")
    body["data"]["agreement"]["terms"]["kind"] = "lottery"
    with pytest.raises(msgspec.ValidationError):
        decode("casecore.billing.fee_agreed.v1", body)


def test_an_old_version_with_a_word_of_a_newer_program_is_newer_too() -> None:
    struct = cases.CaseTaken
    second = EventType("casecore.case.taken", 2, struct, upcasts={1: lambda data: data})
    types = EventTypes([second if one.struct is struct else one for one in EVENT_TYPES.all])
    body = golden(TAKEN)
    body["data"]["standing"]["priority"] = UNKNOWN
    with pytest.raises(NewerEvent, match=UNKNOWN):
        types.decode(TAKEN, msgspec.json.encode(body))


@given(any_fact)
def test_a_body_that_is_read_has_no_unknown_words(fact: Fact[EventData]) -> None:
    assert unknown_words(Fact[type(fact.data)], EVENT_TYPES.encode(fact)) == ()


@given(st.binary(max_size=60) | st.from_regex(rb'[{}\[\]",:a-z0-9]{0,60}', fullmatch=True))
def test_no_body_whatever_keeps_the_words_from_being_looked_for(body: bytes) -> None:
    assert unknown_words(Fact[cases.CaseTaken], body) == ()


def test_a_long_word_is_named_by_its_beginning() -> None:
    assert len(str(UnknownWord("$.data", "x" * 10_000, ("a",)))) < 200


class Where(Enum):
    HERE = "here"
    THERE = "there"


class Packed(msgspec.Struct, array_like=True):
    """As the states of some views are stored: an array in place of an object."""

    name: str
    where: Where | None
    parts: tuple[Where, ...] = ()


def test_words_are_found_in_what_is_stored_as_an_array_too() -> None:
    body = msgspec.json.encode(["a", UNKNOWN, ["here", UNKNOWN]])
    assert [(one.path, one.word) for one in unknown_words(Packed, body)] == [
        ("$[1]", UNKNOWN),
        ("$[2][1]", UNKNOWN),
    ]
    assert unknown_words(Packed, msgspec.json.encode(["a", None, ["here"]])) == ()
