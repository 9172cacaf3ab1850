"""Which events of a case a viewer sees: all but the internal messages that do not name it as a reader."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from casecore.app.application import Application
from casecore.contract.cases import Audience, MessagePosted
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES, split_wire_name
from casecore.contract.wire import StoredEvent
from casecore.visibility.rules import INTERNAL_MESSAGE, Viewer, may_see

_MESSAGE, _ = split_wire_name(EVENT_TYPES.names_ever(MessagePosted)[0])


class _Audience(msgspec.Struct):
    audience: str | None = None
    readers: tuple[str, ...] = ()


class _Message(msgspec.Struct):
    data: _Audience


_decode_message = msgspec.json.Decoder(_Message).decode


def sees_event(viewer: Viewer | None, event_type: str, body: bytes) -> bool:
    """Whether a viewer who sees the case sees this event of it."""
    if viewer is None or not event_type.startswith(f"{_MESSAGE}."):
        return True
    message = _decode_message(body).data
    return message.audience == Audience.PUBLIC.value or may_see(
        viewer, INTERNAL_MESSAGE, {"readers": message.readers}
    )


def seen_events(viewer: Viewer | None, stored: Iterable[StoredEvent]) -> list[StoredEvent]:
    """Those events of a case that a viewer sees."""
    return [event for event in stored if sees_event(viewer, event.type, event.body)]


def seen_alike(viewer: Viewer | None, stored: Iterable[StoredEvent], version: int) -> frozenset[int]:
    """The versions of a case at which all that a viewer sees is as at this one.

    Whoever decided at one of them has decided at the others, too: an internal message for others in between
    would show otherwise, and nobody could act on what they see.
    """
    alike = {version}
    for event in stored:
        if event.version > version:
            if sees_event(viewer, event.type, event.body):
                break
            alike.add(event.version)
    return frozenset(alike)


def versions_seen_alike(
    app: Application, case: str, viewer: Viewer | None, versions: frozenset[int]
) -> frozenset[int]:
    """The same of several versions of a case, as it is stored; raises DatabaseUnavailable."""
    stored = app.stream(case_stream_id(case))
    return frozenset().union(*(seen_alike(viewer, stored, version) for version in versions))
