"""Which events of a case a viewer sees: all but the internal messages that do not name it as a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.app.freshness.result import Freshness
from casecore.app.views import find_view, has_folded
from casecore.cases.refusals import CaseUnknown
from casecore.contract.cases import Audience, MessagePosted
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES, split_wire_name
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import CasecoreError, Kind
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import INTERNAL_MESSAGE, Viewer, may_see
from projections.kit.errors import KeyParked
from projections.kit.projection import AnyProjection
from projections.kit.reading.beside_log import BesideLog, StreamBesideLog, look_beside_log
from projections.kit.reading.stream_in_view import stream_in_view

FoundT = TypeVar("FoundT")

_MESSAGE, _ = split_wire_name(EVENT_TYPES.names_ever(MessagePosted)[0])


class CaseNotInViews(CasecoreError):
    """The views do not have the case yet."""

    kind = Kind.UNAVAILABLE

    def __init__(self, case: str) -> None:
        super().__init__(f"the views have not come to the case {case} yet: ask again in a moment")
        self.case = case


class StoredHead(NamedTuple):
    """A stored event without what it says, of which there may be much; and whether the viewer sees it."""

    stream_id: UUID
    version: int
    recorded_at: datetime
    is_seen: bool


class _SeenPart(NamedTuple):
    """What a view has of a case, of the events that the viewer sees.

    `version` is that of the last one that it has folded, 0 for none; `missing` are those that it lacks. It
    has all that was recorded by `as_of`, which is of the whole log: when an event was recorded that the
    viewer does not see is not to be read from it.
    """

    version: int
    as_of: datetime | None
    missing: tuple[StoredHead, ...]


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


def heads_of_stream(app: Application, stream_id: UUID, viewer: Viewer | None) -> list[StoredHead]:
    """The events of a case, in order; only some of what they say is in memory at a time.

    Raises TablesMissing and DatabaseUnavailable.
    """
    return [_head(viewer, event) for event in app.log.stream_in_pieces(stream_id)]


def heads_of_case(app: Application, case: str, viewer: Viewer | None) -> list[StoredHead]:
    """The same of a case that the viewer sees, which is looked at before; raises CaseUnknown, too."""
    return [_head(viewer, event) for event in stored_in_pieces(app, case, viewer)]


def _head(viewer: Viewer | None, event: StoredEvent) -> StoredHead:
    is_seen = sees_event(viewer, event.type, event.body)
    return StoredHead(event.stream_id, event.version, event.recorded_at, is_seen)


def seen_alike(heads: Iterable[StoredHead], version: int) -> frozenset[int]:
    """The versions of a case at which all that a viewer sees is as at this one.

    Whoever decided at one of them has decided at the others, too: an internal message for others in between
    would show otherwise, and nobody could act on what they see.
    """
    alike = {version}
    for head in heads:
        if head.version > version:
            if head.is_seen:
                break
            alike.add(head.version)
    return frozenset(alike)


def versions_seen_alike(
    app: Application, case: str, viewer: Viewer | None, versions: frozenset[int]
) -> frozenset[int]:
    """The same of several versions of a case, as it is stored; raises DatabaseUnavailable."""
    heads = heads_of_stream(app, case_stream_id(case), viewer)
    return frozenset().union(*(seen_alike(heads, version) for version in versions))


class Seen(NamedTuple, Generic[FoundT]):
    """What was found of a case in a view: `version` is that of the last event in it that the viewer sees."""

    version: int
    found: FoundT


def look_at_seen(
    app: Application,
    view: AnyProjection,
    case: str,
    viewer: Viewer | None,
    look: Callable[[], BesideLog[FoundT]],
) -> Seen[FoundT]:
    """What `look` finds of a case in a view, once that has what the viewer sees, or as long as is waited.

    Raises CaseUnknown for a case that the viewer does not see, CaseNotInViews, KeyParked where something that
    the viewer sees is in quarantine, and what `look` raises.
    """
    beside, found = look()
    part = _part(app, view, case, viewer, beside)
    wait_seconds = app.freshness.limit_seconds
    if part.missing and wait_seconds > 0:
        last = part.missing[-1]
        if has_folded(app, view.name, last.stream_id, last.version, wait_seconds):
            beside, found = look()
            part = _part(app, view, case, viewer, beside)
    if found is None:
        raise CaseNotInViews(case)
    app.freshness.know(view.name, Freshness(part.as_of, len(part.missing)))
    return Seen(part.version, found)


def _part(
    app: Application,
    view: AnyProjection,
    case: str,
    viewer: Viewer | None,
    beside: StreamBesideLog[Any] | None,
) -> _SeenPart:
    if beside is None or not sees_case(viewer, beside.body):
        raise CaseUnknown(case)
    part = _part_of(app, view, viewer, beside)
    if part.missing and beside.is_parked:
        raise KeyParked(view.name, str(beside.stream_id))
    return part


def _part_of(
    app: Application, view: AnyProjection, viewer: Viewer | None, beside: StreamBesideLog[Any]
) -> _SeenPart:
    if beside.folded >= beside.version and sees_event(viewer, beside.type, beside.body):
        return _SeenPart(beside.version, beside.head_recorded_at, ())
    heads = heads_of_stream(app, beside.stream_id, viewer)
    seen = [head for head in heads if head.is_seen and head.version <= beside.version]
    version = max((event.version for event in seen if event.version <= beside.folded), default=0)
    missing = [event for event in seen if event.version > beside.folded]
    if missing:
        left_out = app.ask(stream_in_view, view, beside.stream_id, missing[0].version, beside.version).skipped
        skipped = {record.version for record in left_out}
        missing = [event for event in missing if event.version not in skipped]
    if not missing:
        return _SeenPart(version, beside.head_recorded_at, ())
    before = [event.recorded_at for event in seen if event.version < missing[0].version]
    return _SeenPart(version, before[-1] if before else None, tuple(missing))


def seen_parked(app: Application, viewer: Viewer | None) -> tuple[str, ...]:
    """The cases that the answers so far lack something of that the viewer sees, since it is in quarantine.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    found: set[str] = set()
    for name, parked in app.freshness.parked_by_view.items():
        view = find_view(name)
        names = {case_stream_id(case): case for case in parked}
        latest = last_of_streams(names)
        besides: list[StreamBesideLog[Any]] = app.ask(look_beside_log, view, latest.query, latest.given)
        for beside in besides:
            if sees_case(viewer, beside.body) and _part_of(app, view, viewer, beside).missing:
                found.add(names[beside.stream_id])
    return tuple(sorted(found))
