"""Schemas mean the same to validators of every language: no construct that only some of them take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import msgspec
import pytest

from casecore.contract.types import EVENT_TYPES

SCHEMAS = Path(__file__).parents[2] / "schemas"
NAMES = [event_type.wire_name for event_type in EVENT_TYPES.all]

KEYWORDS = {
    "$schema", "$id", "$ref", "$defs", "title", "description", "default", "type", "const", "anyOf",
    "properties", "required", "additionalProperties", "items", "prefixItems", "minItems", "maxItems",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern", "format",
}  # fmt: skip
OURS = {"x-personal", "x-extensible-enum"}
"""Keywords that no standard knows; a strict validator has to be told them (schemas/README.md)."""

REGISTERED_FORMATS = {"date", "date-time", "uuid"}
"""Those in use, of the formats that JSON Schema 2020-12 registers."""

COMMON_PATTERN = re.compile(
    r"""\^ (?: [A-Za-z0-9:_-] | \\[.] | \[ [A-Za-z0-9:_-]+ \]
            | \( (?!\?) | \) | [|*+?] | \{\d+(,\d*)?\} )* \$""",
    re.VERBOSE,
)
"""What the regular expressions of ECMA-262, Go, Java, .NET, Rust and Python all take, and take alike."""

Json = Any


def on_disk(kind: str, name: str) -> Json:
    return msgspec.json.decode((SCHEMAS / kind / f"{name}.json").read_bytes())


def nodes(schema: Json) -> Iterator[Json]:
    """Every schema within a schema: not the names of properties and definitions."""
    yield schema
    for keyword, part in schema.items():
        if keyword in ("properties", "$defs"):
            parts = list(part.values())
        elif keyword == "anyOf":
            parts = part
        elif keyword in ("items", "additionalProperties") and isinstance(part, dict):
            parts = [part]
        else:
            parts = []
        for each in parts:
            yield from nodes(each)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_has_only_keywords_that_are_known_everywhere(name: str) -> None:
    assert {keyword for node in nodes(on_disk("events", name)) for keyword in node} <= KEYWORDS | OURS


@pytest.mark.parametrize("name", NAMES)
def test_patterns_are_in_the_part_that_all_regular_expressions_share(name: str) -> None:
    for node in nodes(on_disk("events", name)):
        if "pattern" in node:
            assert node["type"] == "string"
            assert COMMON_PATTERN.fullmatch(node["pattern"]), node["pattern"]


@pytest.mark.parametrize(
    "only_here", [r"^a\Z", r"\Aa$", "^(?=a)$", "^(?i)a$", r"^\d$", r"^(a)\1$", "a$", "^a"]
)
def test_a_pattern_that_only_some_languages_take_would_be_found(only_here: str) -> None:
    assert not COMMON_PATTERN.fullmatch(only_here)


@pytest.mark.parametrize("name", NAMES)
def test_formats_are_registered_ones(name: str) -> None:
    assert {
        node["format"] for node in nodes(on_disk("events", name)) if "format" in node
    } <= REGISTERED_FORMATS


@pytest.mark.parametrize("name", NAMES)
def test_an_enumeration_is_text_with_its_known_words_so_that_words_may_be_added(name: str) -> None:
    schema = on_disk("events", name)
    for node in nodes(schema):
        assert "enum" not in node
        if "x-extensible-enum" in node:
            assert node["type"] == "string"
            assert len(node["x-extensible-enum"]) > 1
    validator = jsonschema.Draft202012Validator(schema)
    example = on_disk("golden", name)
    example["actor"]["role"] = "auditor"
    validator.validate(example)


@pytest.mark.parametrize("name", NAMES)
def test_the_format_uuid_is_wherever_an_example_has_one(name: str) -> None:
    for node, value in places(on_disk("events", name), on_disk("events", name), on_disk("golden", name)):
        if isinstance(value, str) and is_uuid(value):
            assert node.get("format") == "uuid", value


@pytest.mark.parametrize("name", NAMES)
def test_decimal_text_has_a_pattern_beside_it(name: str) -> None:
    for node in nodes(on_disk("events", name)):
        for field, described in node.get("properties", {}).items():
            # A rate is text, so that no reader takes it for binary; a share of a target is a whole number.
            if field in ("percent", "vat_percent") and described.get("type") != "integer":
                texts = [one for one in described.get("anyOf", [described]) if one.get("type") == "string"]
                assert texts
                assert all(text["pattern"] for text in texts)


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def places(root: Json, node: Json, value: Json) -> Iterator[tuple[Json, Json]]:
    """Each value of an example with the schema that describes it."""
    if "$ref" in node:
        target = root["$defs"][node["$ref"].rpartition("/")[2]]
        yield from places(root, target, value)
    elif "anyOf" in node:
        fitting = [one for one in node["anyOf"] if fits(root, one, value)]
        for one in fitting[:1]:
            yield from places(root, one, value)
    elif isinstance(value, dict):
        for name, part in value.items():
            described = node.get("properties", {}).get(name) or node.get("additionalProperties")
            if isinstance(described, dict):
                yield from places(root, described, part)
    elif isinstance(value, list):
        for part in value:
            yield from places(root, node["items"], part)
    else:
        yield node, value


def fits(root: Json, node: Json, value: Json) -> bool:
    return jsonschema.Draft202012Validator({**node, "$defs": root["$defs"]}).is_valid(value)
