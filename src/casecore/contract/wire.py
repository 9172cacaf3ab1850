"""An event on Kafka (CloudEvents 1.0, binary mode) and in a file (JSON Lines)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import StreamKind, kind_of
from casecore.contract.types import EVENT_TYPES, EventTypes

Headers = list[tuple[str, bytes]]
ReadT = TypeVar("ReadT")


class StoredEvent(NamedTuple):
    """A row of the store's log, undecoded; `body` is the JSON of its Fact."""

    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    body: bytes


class RecordMalformed(ValueError):
    """A Kafka record that is not an event of ours: the message names the invalid header or field."""


class _Heading(msgspec.Struct):
    occurred_at: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Fee(msgspec.Struct):
    party: str | None = None


class _Subject(msgspec.Struct):
    """The fields of an event's data that say what it is about, the first one first."""

    reference: str | None = None
    package: str | None = None
    party: str | None = None
    buyer: str | None = None
    seller: str | None = None
    fee: _Fee | None = None


_heading = msgspec.json.Decoder(_Heading)
_subject = msgspec.json.Decoder(_Subject)

_ZERO = ord("0")
_LONGEST_TYPE = 200  # of those in the cache: ours are a fifth of it


def to_record(event: StoredEvent, prefix: str = "casecore") -> tuple[bytes, bytes, Headers]:
    """Key, value, headers of an event's record. `ce_time` is occurred_at, `ce_recordedtime` recorded_at.

    `ce_dataschema` names the type's schema; `ce_subject` is there if the event has one, see `subject_of`.
    """
    key = str(event.stream_id)
    heading = _heading.decode(event.body)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{key}/{event.version}".encode()),
        ("ce_source", source_of(prefix, kind_of(event.type)).encode()),
        ("ce_type", event.type.encode()),
        ("ce_time", heading.occurred_at.encode()),
        ("ce_recordedtime", _instant_text(event.recorded_at).encode()),
        ("ce_position", b"%d" % event.position),
        ("ce_streamversion", b"%d" % event.version),
        ("ce_dataschema", schema_urn(event.type).encode()),
        ("content-type", b"application/json"),
    ]
    if subject := _subject_in(heading.data):
        headers.append(("ce_subject", subject.encode()))
    return key.encode(), event.body, headers


def source_of(prefix: str, kind: StreamKind) -> str:
    """The name of a store's events of a kind, by its topics' prefix."""
    return f"urn:{prefix}:{kind.topic}"


def schema_urn(wire_name: str) -> str:
    """The fixed name of a type's schema: a URN, since no server needs to provide it."""
    return f"urn:casecore:schema:{wire_name}"


def subject_of(body: bytes) -> str | None:
    """What an event is about: a case's reference, a package, or a party; None for terms and calendars.

    Also of an event that only a newer program can read, as far as it names its subject in the same way.
    """
    try:
        return _subject_in(_heading.decode(body).data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _subject_in(data: msgspec.Raw) -> str | None:
    try:
        found = _subject.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):  # these fields mean something else in a newer type
        return None
    about = found.reference or found.package or found.party or found.buyer or found.seller
    return about or (found.fee.party if found.fee else None)


def from_record(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> StoredEvent:
    """The stored event that a record carries; raises RecordMalformed. Unknown headers are ignored."""
    found = dict(headers)
    event = _read_quickly(key, value, found)
    return _read_carefully(key, value, found) if event is None else event


def _read_quickly(
    key: bytes | None, value: bytes | None, found: Mapping[str, bytes | None]
) -> StoredEvent | None:
    """The event in a record of the usual form; None for any other, which `_read_carefully` reads."""
    position, version = found.get("ce_position"), found.get("ce_streamversion")
    wire_name, recorded = found.get("ce_type"), found.get("ce_recordedtime")
    if key is None or value is None or not (position and version and wire_name and recorded):
        return None
    # Up to 18 digits always fit a bigint; a first digit of 0 may be the number 0.
    if not (position.isdigit() and version.isdigit() and len(position) < 19 and len(version) < 19):
        return None
    if position[0] == _ZERO or version[0] == _ZERO or len(wire_name) > _LONGEST_TYPE:
        return None
    try:
        recorded_at = datetime.fromisoformat(recorded.decode("ascii"))
        if recorded_at.tzinfo is None:
            return None
        return StoredEvent(
            int(position), _stream_id_of(key), int(version), _type_of(wire_name), recorded_at, value
        )
    except ValueError:
        return None


def _read_carefully(key: bytes | None, value: bytes | None, found: Mapping[str, bytes | None]) -> StoredEvent:
    if key is None or value is None:
        raise RecordMalformed(f"the record has no {'key' if key is None else 'value'}")
    return StoredEvent(
        position=_read(found, "ce_position", _number),
        stream_id=_read({"key": key}, "key", _stream_id),
        version=_read(found, "ce_streamversion", _number),
        type=_read(found, "ce_type", str),
        recorded_at=_read(found, "ce_recordedtime", _instant),
        body=value,
    )


def _read(found: Mapping[str, bytes | None], name: str, parse: Callable[[str], ReadT]) -> ReadT:
    raw = found.get(name)
    if raw is None:
        raise RecordMalformed(f"the record has no header {name}")
    try:
        return parse(raw.decode("ascii"))
    except ValueError as error:
        raise RecordMalformed(f"{name} cannot be read: {error}") from None


def _number(text: str) -> int:
    # At most 19 digits: positions and versions are PostgreSQL bigints.
    if not text.isdecimal() or len(text) > 19 or not 1 <= int(text) <= 2**63 - 1:
        raise ValueError(f"it is {text[:40]!r}, and takes a whole number from 1 to {2**63 - 1}")
    return int(text)


def _stream_id(text: str) -> UUID:
    # Any other spelling of the same UUID would be another key, and so another partition.
    found = UUID(text)
    if str(found) != text:
        raise ValueError(f"it is {text[:60]!r}, and takes a UUID in lower case with hyphens")
    return found


# The keys in use at one time come again and again. A key that is not an id is not cached, so an entry is
# small.
@lru_cache(10_000)
def _stream_id_of(key: bytes) -> UUID:
    return _stream_id(key.decode("ascii"))


@lru_cache(256)  # many times the number of types
def _type_of(header: bytes) -> str:
    return header.decode("ascii")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"it is {text!r}, and takes a time with its offset, such as 2026-01-31T12:00:00Z")
    return instant


def decode_event(stored: StoredEvent, types: EventTypes = EVENT_TYPES) -> RecordedEvent[EventData]:
    """The typed event; raises UnknownType, NewerEvent or msgspec.ValidationError."""
    return RecordedEvent(
        stored.position,
        stored.stream_id,
        stored.version,
        stored.type,
        stored.recorded_at,
        types.decode(stored.type, stored.body),
    )


def to_line(stored: StoredEvent) -> bytes:
    """One line of JSON: what the store added, then the fact's own fields. Without the line's end."""
    line: dict[str, Any] = {
        "type": stored.type,
        "stream_id": stored.stream_id,
        "version": stored.version,
        "position": stored.position,
        "recorded_at": _instant_text(stored.recorded_at),
    }
    line.update(msgspec.json.decode(stored.body, type=dict[str, msgspec.Raw]))
    return msgspec.json.encode(line)


def to_lines(stored: Sequence[StoredEvent]) -> bytes:
    """A file of events, a line each."""
    return b"".join(to_line(event) + b"\n" for event in stored)


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
