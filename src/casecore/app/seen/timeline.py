"""A case's timeline for a viewer: the events that it sees, as the view has them."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.seen.events import look_at_seen
from casecore.app.seen.references import body_for
from casecore.contract.streams import case_stream_id
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog
from projections.timeline.projection import TIMELINE
from projections.timeline.queries import TimelineEvent, TimelinePage, TimelinePart, timeline_beside_log


class SeenEvent(NamedTuple):
    """An event of a timeline, and its body as the viewer sees it."""

    event: TimelineEvent
    body: bytes


class SeenTimeline(NamedTuple):
    """Events of a case; `version` is that of the case's last event in the view that the viewer sees.

    `shown` are the other cases that the bodies name, which the viewer sees now: more than the version of this
    case says how they read. `goes_on` is whether there are more events behind these.
    """

    version: int
    events: list[SeenEvent]
    shown: tuple[str, ...]
    goes_on: bool


def seen_timeline(
    app: Application, case: str, viewer: Viewer | None, after: int, most_events: int
) -> SeenTimeline:
    """A case's events after a version that the viewer sees, at most so many, and fewer if they are long.

    Raises CaseUnknown for a case that the viewer does not see, KeyParked, ViewMissing, ViewOutdated and
    DatabaseUnavailable.
    """
    last = last_of_streams([case_stream_id(case)])
    part = TimelinePart(case, after, most_events)

    def look() -> BesideLog[TimelinePage]:
        return app.ask(timeline_beside_log, *last, part, viewer, lambda body: sees_case(viewer, body))

    version, page = look_at_seen(app, TIMELINE, case, viewer, look)
    named: dict[str, bool] = {}

    def sees(other: str) -> bool:
        if other not in named:
            found = app.log.last_of(case_stream_id(other))
            named[other] = sees_case(viewer, found.body if found else None)
        return named[other]

    shown = [SeenEvent(event, body_for(viewer, event.body.encode(), sees)) for event in page.events]
    others = tuple(sorted(other for other, seen in named.items() if seen))
    return SeenTimeline(version, shown, others, page.goes_on)
