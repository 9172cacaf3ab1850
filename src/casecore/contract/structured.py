"""An event as a JSON object (CloudEvents 1.0, structured mode), with the attributes that its record has."""

from __future__ import annotations

import msgspec

from casecore.contract.wire import StoredEvent, to_record

_encode = msgspec.json.Encoder().encode

_BINARY = "ce_"
_LEFT_OUT = "ce_position"
"""It would tell how many events there are between those that a reader sees."""


def to_structured(event: StoredEvent, prefix: str = "casecore") -> bytes:
    """The event as JSON.

    The attributes are those of the record on Kafka, by the same names without `ce_`, but the position; `data`
    is the record's value as it is. Raises msgspec.DecodeError for a body that is not an event's.
    """
    _, body, headers = to_record(event, prefix)
    found: dict[str, object] = {
        name.removeprefix(_BINARY): value.decode()
        for name, value in headers
        if name.startswith(_BINARY) and name != _LEFT_OUT
    }
    found["streamversion"] = event.version
    found["datacontenttype"] = "application/json"
    found["data"] = msgspec.Raw(body)
    return _encode(found)
