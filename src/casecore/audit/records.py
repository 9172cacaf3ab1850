"""What the audit of the topics says: a record as it was read, and where topic and store disagree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from casecore.contract.wire import RecordMalformed, StoredEvent, from_record
from casecore.kafka.records import KafkaRecord


class TopicDifference(NamedTuple):
    """A place where topic and store disagree: where, what each has there, and the position in the log."""

    place: str
    store: str
    topic: str
    position: int = 0


class ReadRecord(NamedTuple):
    """A record of a partition: the event that it carries, or the reason why it carries none."""

    offset: int
    event: StoredEvent | str


Describe: TypeAlias = Callable[[StoredEvent | str | None], str]
"""How what is found somewhere is put into words: an event, a record that is not one, or nothing."""


def read_record(record: KafkaRecord) -> ReadRecord:
    """What Kafka handed out, read; a record that is not an event of ours says why."""
    try:
        return ReadRecord(record.offset, from_record(record.key, record.value, record.headers))
    except RecordMalformed as malformed:
        return ReadRecord(record.offset, str(malformed))


def describe(found: StoredEvent | str | None) -> str:
    """What is found somewhere, with the beginning of its content: for the person who asked."""
    match found:
        case StoredEvent():
            body = found.body if len(found.body) <= 200 else found.body[:200] + b"..."
            return f"{_heading(found)}: {body.decode(errors='replace')}"
        case _:
            return _no_event(found)


def describe_briefly(found: StoredEvent | str | None) -> str:
    """The same with a hash for the content, which may name people: for logs and health checks."""
    match found:
        case StoredEvent():
            return f"{_heading(found)}, body with SHA-256 {hashlib.sha256(found.body).hexdigest()[:16]}"
        case _:
            return _no_event(found)


def _no_event(found: str | None) -> str:
    return "nothing" if found is None else f"a record that is not an event: {found}"


def _heading(event: StoredEvent) -> str:
    return (
        f"{event.type}, version {event.version} of stream {event.stream_id}, at {event.position}, "
        f"recorded at {event.recorded_at.isoformat()}"
    )
