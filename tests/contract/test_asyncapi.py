"""The AsyncAPI document describes what is on the topics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from casecore.contract.streams import PARTITIONS
from casecore.contract.types import EVENT_TYPES
from devtools.asyncapi import asyncapi_document
from devtools.examples import examples

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
NAMES = [event_type.wire_name for event_type in EVENT_TYPES.all]

Json = Any


@pytest.fixture(scope="module")
def document() -> Json:
    return yaml.load((SCHEMAS / "asyncapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)


def references(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def test_the_document_is_asyncapi_3_and_agrees_with_the_code(document: Json) -> None:
    assert document["asyncapi"] == "3.0.0"
    golden = {name: (SCHEMAS / "golden" / f"{name}.json").read_bytes() for name in NAMES}
    assert document == asyncapi_document(EVENT_TYPES.all, document["info"]["version"], golden)


def test_each_channel_is_on_a_server_and_each_message_has_its_golden_example(document: Json) -> None:
    assert [server["protocol"] for server in document["servers"].values()] == ["kafka"]
    for channel in document["channels"].values():
        assert channel["servers"] == [{"$ref": "#/servers/kafka"}]
    for name, message in document["components"]["messages"].items():
        (example,) = message["examples"]
        golden = msgspec.json.decode((SCHEMAS / "golden" / f"{name}.json").read_bytes())
        assert example["payload"] == golden
        own = message["headers"]["allOf"][1]
        jsonschema.validate(example["headers"], document["components"]["schemas"]["record_headers"])
        jsonschema.validate(example["headers"], own)


def test_the_document_lists_every_type_on_its_topic(document: Json) -> None:
    prefixes = {
        "cases": "casecore.case.",
        "service_levels": "casecore.service_level.",
        "parties": "casecore.party.",
        "licences": "casecore.licence.",
        "billing": "casecore.billing.",
    }
    assert list(document["channels"]) == list(prefixes)
    for topic, prefix in prefixes.items():
        channel = document["channels"][topic]
        assert channel["address"] == f"casecore.{topic}"
        assert channel["bindings"]["kafka"]["partitions"] == PARTITIONS == 12
        assert list(channel["messages"]) == [name for name in NAMES if name.startswith(prefix)]
    assert set(document["components"]["messages"]) == set(NAMES)


def test_every_reference_in_the_document_leads_somewhere(document: Json) -> None:
    found = list(references(document))
    assert found
    for reference in found:
        if reference.startswith("#/"):
            node = document
            for step in reference[2:].split("/"):
                node = node[step]
        else:
            assert (SCHEMAS / reference).is_file()


def test_the_headers_of_the_document_are_those_of_a_record(document: Json) -> None:
    from casecore.contract.wire import StoredEvent, to_record

    for fact in examples():
        name = EVENT_TYPES.name_of(fact.data)
        _, _, headers = to_record(
            StoredEvent(1, fact.command_id, 1, name, fact.occurred_at, EVENT_TYPES.encode(fact))
        )
        sent = {key: content.decode() for key, content in headers}
        common = document["components"]["schemas"]["record_headers"]
        own = document["components"]["messages"][name]["headers"]["allOf"][1]
        jsonschema.Draft202012Validator(common).validate(sent)
        jsonschema.Draft202012Validator(own).validate(sent)
        assert set(common["required"]) | {"ce_dataschema"} <= set(sent) <= set(common["properties"])
        assert sent["ce_dataschema"] == schema_of_type(name)["$id"]


def schema_of_type(name: str) -> Json:
    return msgspec.json.decode((SCHEMAS / "events" / f"{name}.json").read_bytes())
