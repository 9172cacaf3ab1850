"""An event as a JSON object (CloudEvents 1.0, structured mode), with the attributes that its record has."""

from __future__ import annotations

import msgspec

from casecore.contract.wire import StoredEvent, to_record

_encode = msgspec.json.Encoder().encode

_BINARY = "ce_"
_POSITION = "ce_position"


def to_structured(event: StoredEvent, prefix: str = "casecore", *, with_position: bool = False) -> bytes:
    """The event as JSON.

    The attributes are those of the record on Kafka, by the same names without `ce_`; `data` is the record's
    value as it is. The position is for readers of all events only: it would tell others how many events there
    are between those that they see. Raises msgspec.DecodeError for a body that is not an event's.
    """
    _, body, headers = to_record(event, prefix)
    found: dict[str, object] = {
        name.removeprefix(_BINARY): value.decode()
        for name, value in headers
        if name.startswith(_BINARY) and name != _POSITION
    }
    if with_position:
        found["position"] = event.position
    found["streamversion"] = event.version
    found["datacontenttype"] = "application/json"
    found["data"] = msgspec.Raw(body)
    return _encode(found)
