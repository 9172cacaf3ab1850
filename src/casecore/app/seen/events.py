"""Which events of a case a viewer sees: all but the messages that are not for it."""

from __future__ import annotations

from collections.abc import Iterable

from casecore.app.application import Application
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.visibility.messages import sees_event
from casecore.visibility.rules import Viewer


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
