"""A case's timeline: the events that a viewer sees, as the view has them."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.seen.look import look_at_view
from casecore.app.seen.references import body_for
from casecore.app.service_levels.as_of import AsOf
from casecore.contract.streams import case_stream_id
from casecore.store.latest import last_of_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog
from projections.timeline.projection import TIMELINE
from projections.timeline.queries import (
    TimelineEvent,
    TimelinePage,
    TimelinePart,
    timeline_beside_log,
)

MOST_BYTES = 1024 * 1024
"""After so many bytes of events a page ends: 1,000 messages of the greatest length would have 80 MB."""


class SeenEvent(NamedTuple):
    """An event of a timeline, and its body as the viewer sees it."""

    event: TimelineEvent
    body: bytes


class TimelineLook(NamedTuple):
    """Events of a case; `version` is that of the case's last event in the view that the viewer sees.

    `goes_on_after` is the version behind which there are more events, None if there are none. `shown` are
    the other cases that the bodies name, which the viewer sees now: more than the version of this case says
    how they read. `fresh` is whether the view has all events of the case that the viewer sees.
    """

    version: int
    events: list[SeenEvent]
    goes_on_after: int | None
    shown: tuple[str, ...]
    fresh: bool


def look_at_timeline(
    app: Application,
    case: str,
    viewer: Viewer | None,
    after: int,
    most_events: int,
    as_of: AsOf | None = None,
) -> TimelineLook:
    """A case's events after a version that the viewer sees, at most so many, and fewer where they are long.

    `as_of` leaves out, of these, what had not happened by then, and what was not known.

    Raises CaseUnknown, also for a case that the viewer does not see, KeyParked, ViewMissing, ViewOutdated and
    DatabaseUnavailable.
    """
    last = last_of_streams([case_stream_id(case)])
    part = TimelinePart(reference=case, after=after, most_events=most_events, most_bytes=MOST_BYTES)

    def look() -> BesideLog[TimelinePage]:
        return app.ask(timeline_beside_log, *last, part, viewer, lambda body: sees_case(viewer, body))

    looked = look_at_view(app, TIMELINE, case, viewer, look)
    named: dict[str, bool] = {}

    def sees(other: str) -> bool:
        if other not in named:
            found = app.log.last_of(case_stream_id(other))
            named[other] = sees_case(viewer, found.body if found else None)
        return named[other]

    page = looked.found
    events = [] if page is None else [one for one in page.events if as_of is None or is_known(one, as_of)]
    return TimelineLook(
        version=looked.version,
        events=[SeenEvent(event, body_for(viewer, event.body.encode(), sees)) for event in events],
        goes_on_after=page.events[-1].version if page and page.goes_on else None,
        shown=tuple(sorted(other for other, is_seen in named.items() if is_seen)),
        fresh=looked.is_fresh,
    )


def is_known(event: TimelineEvent, as_of: AsOf) -> bool:
    """Whether an event had happened by then, and was recorded by then."""
    is_recorded = as_of.recorded_by is None or event.recorded_at <= as_of.recorded_by
    return event.occurred_at <= as_of.at and is_recorded
