"""A case's timeline: the events that a viewer sees, as the view has them."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.seen.look import look_at_view
from casecore.app.seen.references import body_for
from casecore.contract.streams import case_stream_id
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog
from projections.timeline.projection import TIMELINE
from projections.timeline.queries import TimelineEvent, TimelinePart, timeline_beside_log


class SeenEvent(NamedTuple):
    """An event of a timeline, and its body as the viewer sees it."""

    event: TimelineEvent
    body: bytes


class TimelineLook(NamedTuple):
    """Events of a case; `version` is that of the case's last event in the view that the viewer sees.

    `shown` are the other cases that the bodies name, which the viewer sees now: more than the version of this
    case says how they read. `fresh` is whether the view has all events of the case that the viewer sees.
    """

    version: int
    events: list[SeenEvent]
    shown: tuple[str, ...]
    fresh: bool


def look_at_timeline(
    app: Application, case: str, viewer: Viewer | None, after: int, most_events: int
) -> TimelineLook:
    """A case's events after a version that the viewer sees, at most so many.

    Raises CaseUnknown, also for a case that the viewer does not see, KeyParked, ViewMissing, ViewOutdated and
    DatabaseUnavailable.
    """
    last = last_of_streams([case_stream_id(case)])
    part = TimelinePart(case, after, most_events)

    def look() -> BesideLog[list[TimelineEvent]]:
        return app.ask(timeline_beside_log, *last, part, viewer, lambda body: sees_case(viewer, body))

    looked = look_at_view(app, TIMELINE, case, viewer, look)
    named: dict[str, bool] = {}

    def sees(other: str) -> bool:
        if other not in named:
            found = app.log.last_of(case_stream_id(other))
            named[other] = sees_case(viewer, found.body if found else None)
        return named[other]

    seen = [SeenEvent(event, body_for(viewer, event.body.encode(), sees)) for event in looked.found or ()]
    shown = tuple(sorted(other for other, is_seen in named.items() if is_seen))
    return TimelineLook(looked.version, seen, shown, looked.is_fresh)
