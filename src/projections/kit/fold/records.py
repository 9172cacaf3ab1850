"""From the record that Kafka hands out to the event in it, or to what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol
from uuid import UUID

from casecore.contract.wire import RecordMalformed, StoredEvent, from_record

DETAIL_LENGTH = 500
"""Of an error's text that is kept: enough to act on, and a hostile record cannot fill the table."""


class RawRecord(Protocol):
    """A record as Kafka hands it out, undecoded."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


class KeptRecord(NamedTuple):
    """A record that comes from somewhere else than Kafka: from the quarantine, or from the store's log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]


class RecordPlace(NamedTuple):
    """Where a record is. It never moves, so decisions about a record name it by this."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def of(cls, record: RawRecord) -> RecordPlace:
        """The place of a record."""
        return cls(record.topic, record.partition, record.offset)


class Claimed(NamedTuple):
    """A partition as the view stores it: which topic it was built from, and the offset to go on from."""

    topic: str
    partition: int
    topic_id: str
    next_offset: int


class ParsedRecord(NamedTuple):
    """A record and the event in it; or None, and in `fault` what is wrong with the record.

    `stream_id` is None where the record's key is not an id; then `key` is that raw key.
    """

    record: RawRecord
    key: bytes
    stream_id: UUID | None
    event: StoredEvent | None
    fault: str


def parse_record(record: RawRecord) -> ParsedRecord:
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
