"""The kinds of stream, and the topic of each."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID, uuid5


class StreamKind(NamedTuple):
    """A kind of stream: its events' types begin with `type_prefix`, and go to the topic `PREFIX.topic`."""

    type_prefix: str
    topic: str


CASES = StreamKind("casecore.case.", "cases")
SERVICE_LEVELS = StreamKind("casecore.service_level.", "service_levels")
STREAM_KINDS: tuple[StreamKind, ...] = (CASES, SERVICE_LEVELS)

PARTITIONS = 12
"""Partitions of each topic. Never changed: a key would move, and its order would be lost."""

TOPIC_CONFIGURATION: dict[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
}
"""What every topic is created with; min.insync.replicas follows from the number of replicas."""

CASE_NAMESPACE = UUID("6f1d9f0a-54a5-5c0e-9d7e-1f6a3c2b7e10")

SERVICE_LEVEL_BOOK = UUID("e7765d42-5edb-4dcb-ab1b-2110b9e5003d")
"""The one stream of all calendars and policies, so that a decision on a case knows where to look."""


def case_stream_id(reference: str) -> UUID:
    """The stream of the case with this reference: a name-based UUID (RFC 9562, version 5)."""
    return uuid5(CASE_NAMESPACE, reference)


def topic_name(prefix: str, kind: StreamKind) -> str:
    """The full name of a kind's topic, `casecore.cases` where the prefix is `casecore`."""
    return f"{prefix}.{kind.topic}"


def kind_of(event_type: str) -> StreamKind:
    """The kind of stream to which an event type belongs; raises KeyError for a foreign one."""
    for kind in STREAM_KINDS:
        if event_type.startswith(kind.type_prefix):
            return kind
    raise KeyError(event_type)
