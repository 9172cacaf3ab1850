"""From the record that Kafka hands out to the event in it, or to what is wrong with it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from casecore.contract.wire import RecordMalformed, StoredEvent, from_record
from casecore.kafka.records import KafkaRecord

DETAIL_LENGTH = 500
"""Of an error's text that is kept: enough to act on, and a hostile record cannot fill the table."""


class RecordPlace(NamedTuple):
    """Where a record is. It never moves, so decisions about a record name it by this."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def of(cls, record: KafkaRecord) -> RecordPlace:
        """The place of a record."""
        return cls(record.topic, record.partition, record.offset)


class ParsedRecord(NamedTuple):
    """A record and the event in it; or None, and in `fault` what is wrong with the record.

    `stream_id` is None where the record's key is not an id; then `key` is that raw key.
    """

    record: KafkaRecord
    key: bytes
    stream_id: UUID | None
    event: StoredEvent | None
    fault: str


def parse_record(record: KafkaRecord) -> ParsedRecord:
    """The event that a record carries; never raises, since one bad record must not stop its partition."""
    key = record.key
    try:
        event = from_record(key, record.value, record.headers)
    except (RecordMalformed, ValueError, TypeError) as wrong:
        return ParsedRecord(record, key or b"", _stream_id(key), None, str(wrong)[:DETAIL_LENGTH])
    return ParsedRecord(record, key or b"", event.stream_id, event, "")


def _stream_id(key: bytes | None) -> UUID | None:
    try:
        text = (key or b"").decode("ascii")
        found = UUID(text)
    except ValueError:
        return None
    # Another spelling of an id is another key to Kafka, so it must not park the stream itself.
    return found if str(found) == text else None
