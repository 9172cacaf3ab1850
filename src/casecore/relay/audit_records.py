"""What both audits of the topics say: a record as it was read, and where topic and store disagree."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from casecore.contract.wire import RecordMalformed, StoredEvent, from_record
from casecore.kafka.unpacking import KafkaRecord


class Difference(NamedTuple):
    """A place where topic and store disagree: where, and what each of them has there."""

    place: str
    store: str
    topic: str


class Record(NamedTuple):
    """A record of a partition: the event that it carries, or the reason why it carries none."""

    offset: int
    event: StoredEvent | str


def read_record(record: KafkaRecord) -> Record:
    """What Kafka handed out, read; a record that is no event of ours says why."""
    try:
        return Record(record.offset, from_record(record.key, record.value, record.headers))
    except RecordMalformed as malformed:
        return Record(record.offset, str(malformed))


def told(found: StoredEvent | str | None) -> str:
    """What stands somewhere, with the beginning of its content: for the person who asked."""
    match found:
        case StoredEvent():
            body = found.body if len(found.body) <= 200 else found.body[:200] + b"..."
            return f"{_heading(found)}: {body.decode(errors='replace')}"
        case _:
            return _no_event(found)


def told_briefly(found: StoredEvent | str | None) -> str:
    """The same with a hash for the content, which may name people: for logs and health checks."""
    match found:
        case StoredEvent():
            return f"{_heading(found)}, body with SHA-256 {hashlib.sha256(found.body).hexdigest()[:16]}"
        case _:
            return _no_event(found)


def _no_event(found: str | None) -> str:
    return "nothing" if found is None else f"a record that is no event: {found}"


def _heading(event: StoredEvent) -> str:
    return (
        f"{event.type}, version {event.version} of stream {event.stream_id}, at {event.position}, "
        f"recorded at {event.recorded_at.isoformat()}"
    )
