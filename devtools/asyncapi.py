"""The AsyncAPI 3.0 document: which topics there are, and which events each of them carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from inspect import cleandoc
from uuid import UUID

import msgspec

from casecore.contract.json_schema import Json
from casecore.contract.streams import (
    PARTITIONS,
    STREAM_KINDS,
    TOPIC_CONFIGURATION,
    StreamKind,
    kind_of,
    topic_name,
)
from casecore.contract.types import EventType
from casecore.contract.wire import StoredEvent, to_record
from devtools.event_catalogue.prose import as_paragraphs

_FORMAT = "application/schema+json;version=draft-2020-12"

_HEADERS: dict[str, Json] = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes, each a Kafka header in UTF-8 text.",
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_recordedtime",
        "ce_position",
        "ce_streamversion",
        "content-type",
    ],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "STREAM_ID/VERSION: the same for ever."},
        "ce_source": {
            "type": "string",
            "description": "urn:, the prefix of the topics, and the kind of stream.",
        },
        "ce_type": {"type": "string", "description": "The type of the event with its version."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "ce_recordedtime": {"type": "string", "format": "date-time", "description": "When it was stored."},
        "ce_position": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Place in the store's log; rises in each partition, with gaps.",
        },
        "ce_streamversion": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Place in its stream, from 1, without gaps.",
        },
        "content-type": {"const": "application/json"},
        "ce_dataschema": {
            "type": "string",
            "format": "uri",
            "description": (
                "The fixed name of the type's schema. Records published by earlier programs lack it."
            ),
        },
        "ce_subject": {
            "type": "string",
            "description": (
                "The case's reference, the package, or the party that it is about; terms and calendars have "
                "none. Records published by earlier programs lack it."
            ),
        },
    },
}

_SERVERS: dict[str, Json] = {
    "kafka": {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "protocolVersion": "4.2",
        "description": "The Kafka of this installation. On one's own machine `casecore up` says where it is.",
        "variables": {
            "bootstrap": {
                "default": "localhost:9092",
                "description": "One of the bootstrap servers in CASECORE_KAFKA.",
            }
        },
    }
}

_EXAMPLE_STREAM = UUID("3b0c5a52-6f0e-4c0e-9a55-0d5a4f3f7c01")
_EXAMPLE_RECORDED_AT = datetime(2026, 11, 30, 8, 15, 2, tzinfo=UTC)


def asyncapi_document(
    types: Sequence[EventType], version: str, golden: Mapping[str, bytes], prefix: str = "casecore"
) -> dict[str, Json]:
    """The document for these event types, as JSON values; payloads refer to `./events/WIRE_NAME.json`.

    `version` is the program's, `golden` a golden example's body by wire name: also of versions that are no
    longer written but stay in the topics for ever. `prefix` is the first part of the topics' names.
    """
    texts = {t.wire_name: cleandoc(t.struct.__doc__ or "") for t in types}
    for name in golden:
        texts.setdefault(name, "An older version: no longer written, still read.")
    messages = {name: _message(name, text, golden.get(name), prefix) for name, text in texts.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "casecore events",
            "version": version,
            "description": (
                "Every event of every stream, in CloudEvents 1.0 binary mode; key is the stream's id. "
                "Read committed records; ignore fields and headers you do not know; skip types you do not "
                "list. Match a type by its name without the version. A version or a word (x-extensible-enum) "
                "that you do not know was written by a newer program: set that key aside until you are "
                "updated, and never take the event for another."
            ),
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": {kind.topic: _channel(kind, tuple(messages), prefix) for kind in STREAM_KINDS},
        "operations": {f"publish_{kind.topic}": _operation(kind) for kind in STREAM_KINDS},
        "components": {
            "messages": messages,
            "schemas": {"record_headers": _HEADERS},
        },
    }


def _channel(kind: StreamKind, wire_names: Sequence[str], prefix: str) -> dict[str, Json]:
    names = [name for name in wire_names if kind_of(name) == kind]
    configuration: dict[str, Json] = {
        "cleanup.policy": TOPIC_CONFIGURATION["cleanup.policy"].split(","),
        **{
            name: int(TOPIC_CONFIGURATION[name])
            for name in ("retention.ms", "retention.bytes", "max.message.bytes")
        },
    }
    return {
        "address": topic_name(prefix, kind),
        "servers": [{"$ref": f"#/servers/{name}"} for name in _SERVERS],
        "description": f"The events of all {kind.topic}, in order for each key.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic_name(prefix, kind),
                "partitions": PARTITIONS,
                "topicConfiguration": configuration,
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operation(kind: StreamKind) -> dict[str, Json]:
    return {
        "action": "send",
        "summary": f"casecore publishes the events of {kind.topic}; anyone may read them.",
        "channel": {"$ref": f"#/channels/{kind.topic}"},
    }


def _message(name: str, text: str, golden: bytes | None, prefix: str) -> dict[str, Json]:
    """A message with its `text`: the first paragraph says what happened, the rest when, why and what then."""
    summary, _, rest = text.partition("\n\n")
    return {
        "name": name,
        "title": name,
        "summary": summary,
        **({"description": as_paragraphs(rest)} if rest else {}),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/record_headers"},
                {"type": "object", "properties": {"ce_type": {"const": name}}},
            ]
        },
        "payload": {"schemaFormat": _FORMAT, "schema": {"$ref": f"./events/{name}.json"}},
        **({} if golden is None else {"examples": [example_record(name, golden, prefix)]}),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": "The stream's id."},
                "bindingVersion": "0.5.0",
            }
        },
    }


def example_record(name: str, golden: bytes, prefix: str) -> dict[str, Json]:
    """The golden example as a record: the first event of a stream, at place 17 of the log."""
    event = StoredEvent(17, _EXAMPLE_STREAM, 1, name, _EXAMPLE_RECORDED_AT, golden)
    _, value, headers = to_record(event, prefix)
    return {
        "name": "golden",
        "headers": {header: content.decode() for header, content in headers},
        "payload": msgspec.json.decode(value),
    }
