"""What a view has of a case beside the log: waited for until it has the events that the viewer sees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.app.freshness.result import Freshness
from casecore.app.seen.events import StoredHead, heads_of_stream
from casecore.app.views import find_view, has_folded
from casecore.cases.refusals import CaseUnknown
from casecore.contract.streams import case_stream_id
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.messages import sees_event
from casecore.visibility.rules import Viewer
from projections.kit.errors import KeyParked, ViewError
from projections.kit.projection import AnyProjection
from projections.kit.reading.beside_log import BesideLog, StreamBesideLog, look_beside_log
from projections.kit.reading.stream_in_view import stream_in_view

FoundT = TypeVar("FoundT")


class _SeenPart(NamedTuple):
    """What a view has of a case, of the events that the viewer sees.

    `version` is that of the last one that it has folded, 0 for none; `missing` are those that it lacks. It
    has all that was recorded by `as_of`. For a viewer that is of the whole log: it does not say when an event
    was recorded that the viewer does not see. `last` is the last one that it has not folded, also if an
    operator left a record of that version out: it may have been a forged one, and the event may yet come.
    """

    version: int
    as_of: datetime | None
    missing: tuple[StoredHead, ...]
    last: StoredHead | None = None


class ViewLook(NamedTuple, Generic[FoundT]):
    """What was found of a case in a view, None where that does not have the case.

    `version` is that of the last event in it that the viewer sees; `is_fresh` is whether it lacks none.
    """

    version: int
    found: FoundT | None
    is_fresh: bool


def look_at_view(
    app: Application,
    view: AnyProjection,
    case: str,
    viewer: Viewer | None,
    look: Callable[[], BesideLog[FoundT]],
) -> ViewLook[FoundT]:
    """What `look` finds of a case in a view, once that has what the viewer sees, or as long as is waited.

    Raises CaseUnknown for a case that the viewer does not see, whatever the view is, KeyParked where
    something that the viewer sees is in quarantine, and what `look` raises.
    """
    try:
        beside, found = look()
    except ViewError:
        for _ in stored_in_pieces(app, case, viewer):
            break
        raise
    part = _part(app, view, case, viewer, beside)
    wait_seconds = app.freshness.limit_seconds
    if part.last is not None and wait_seconds > 0:
        # After the limit, too: it may have some of what it lacked.
        has_folded(app, view.name, part.last.stream_id, part.last.version, wait_seconds)
        beside, found = look()
        part = _part(app, view, case, viewer, beside)
    app.freshness.know(view.name, Freshness(part.as_of, len(part.missing)))
    return ViewLook(part.version, found, not part.missing)


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
        return _SeenPart(beside.version, _recorded_by(viewer, beside), ())
    heads = heads_of_stream(app, beside.stream_id, viewer)
    seen = [head for head in heads if head.is_seen and head.version <= beside.version]
    version = max((event.version for event in seen if event.version <= beside.folded), default=0)
    missing = [event for event in seen if event.version > beside.folded]
    last = missing[-1] if missing else None
    if missing:
        left_out = app.ask(stream_in_view, view, beside.stream_id, missing[0].version, beside.version).skipped
        skipped = {record.version for record in left_out}
        missing = [event for event in missing if event.version not in skipped]
    if not missing:
        return _SeenPart(version, _recorded_by(viewer, beside), (), last)
    before = [event.recorded_at for event in seen if event.version < missing[0].version]
    return _SeenPart(version, before[-1] if before else None, tuple(missing), last)


def _recorded_by(viewer: Viewer | None, beside: StreamBesideLog[Any]) -> datetime:
    return beside.recorded_at if viewer is None else beside.head_recorded_at


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
