"""Which events of a case a viewer sees: all but the messages that are not for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.app.application import Application
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.visibility.messages import sees_event
from casecore.visibility.rules import Viewer


class StoredHead(NamedTuple):
    """A stored event without what it says, of which there may be much; and whether the viewer sees it."""

    stream_id: UUID
    version: int
    recorded_at: datetime
    is_seen: bool


def heads_of_stream(app: Application, stream_id: UUID, viewer: Viewer | None) -> list[StoredHead]:
    """The events of a case, in order; only some of what they say is in memory at a time.

    Raises TablesMissing and DatabaseUnavailable.
    """
    return [_head(viewer, event) for event in app.log.stream_in_pieces(stream_id)]


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
