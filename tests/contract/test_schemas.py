"""What is published stays readable: schemas and golden examples."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from casecore.contract import cases
from casecore.contract.types import EVENT_TYPES
from devtools.examples import examples
from devtools.generate import generated_files, out_of_date
from devtools.golden import golden_faults
from devtools.schemas import schema_of
from tests.contract.objects import object_at, paths_of_objects

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
NAMES = [event_type.wire_name for event_type in EVENT_TYPES.all]

Json = Any


def on_disk(kind: str, name: str) -> Json:
    return msgspec.json.decode((SCHEMAS / kind / f"{name}.json").read_bytes())


def test_the_files_on_disk_are_up_to_date() -> None:
    stale = [str(path.relative_to(ROOT)) for path in out_of_date(generated_files(ROOT))]
    assert stale == [], "run: python -m devtools.generate"


def test_each_type_has_a_schema_and_a_golden_example_and_nothing_else_is_there() -> None:
    for kind in ("events", "golden"):
        assert sorted(path.stem for path in (SCHEMAS / kind).iterdir()) == sorted(NAMES)


def test_there_is_an_example_of_each_type() -> None:
    assert [EVENT_TYPES.name_of(fact.data) for fact in examples()] == NAMES


def test_no_two_examples_share_a_number() -> None:
    assert len({fact.command_id for fact in examples()}) == len(examples())


@pytest.mark.parametrize("fact", examples(), ids=lambda fact: type(fact.data).__name__)
def test_an_example_fills_every_field_of_its_type(fact: Any) -> None:
    body = msgspec.json.decode(EVENT_TYPES.encode(fact))
    public = fact.data.readers == () if isinstance(fact.data, cases.MessagePosted) else False
    assert not public
    assert set(body["data"]) == set(type(fact.data).__struct_fields__)
    assert set(body) == set(type(fact).__struct_fields__)


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_example_is_valid_and_decodes(name: str) -> None:
    schema, example = on_disk("events", name), on_disk("golden", name)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(example)
    assert golden_faults(EVENT_TYPES, name, msgspec.json.encode(example)) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_old_reader_still_reads_an_example_with_a_field_added_anywhere(name: str) -> None:
    validator = jsonschema.Draft202012Validator(on_disk("events", name))
    for changed in with_a_field_added(on_disk("golden", name)):
        validator.validate(changed)
        EVENT_TYPES.decode(name, msgspec.json.encode(changed))


def with_a_field_added(example: Json) -> Iterator[Json]:
    """The example with a field added to one of its objects, for each of them except the free ones."""
    for path in paths_of_objects(example):
        changed = copy.deepcopy(example)
        object_at(changed, path)["added_later"] = {"a": [1]}
        yield changed


@pytest.mark.parametrize("name", NAMES)
def test_an_example_without_what_its_schema_requires_is_neither_valid_nor_read(name: str) -> None:
    schema, example = on_disk("events", name), on_disk("golden", name)
    validator = jsonschema.Draft202012Validator(schema)
    for required in schema["required"]:
        changed = {field: value for field, value in example.items() if field != required}
        assert not validator.is_valid(changed)
        with pytest.raises(msgspec.ValidationError):
            EVENT_TYPES.decode(name, msgspec.json.encode(changed))


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_marks_what_is_personal(name: str) -> None:
    schema = on_disk("events", name)
    assert schema["$id"] == f"urn:casecore:schema:{name}"
    assert schema["title"] == name
    assert schema["description"]
    definitions = schema["$defs"]
    struct = {t.wire_name: t.struct for t in EVENT_TYPES.all}[name]
    personal = {
        field: '"x-personal":true' in msgspec.json.encode(described).decode()
        for field, described in definitions[struct.__name__]["properties"].items()
    }
    free_text = {"subject", "reason", "text", "note", "summary"}
    assert {field for field, marked in personal.items() if marked} == free_text & set(personal)


def test_a_schema_is_the_same_each_time_it_is_made() -> None:
    for event_type in EVENT_TYPES.all:
        assert schema_of(event_type) == schema_of(event_type) == on_disk("events", event_type.wire_name)
