"""What people ask of the timeline, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.postgres.connection import Connection
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog, read_beside_log
from projections.kit.reading.queries import ask, fetch_all
from projections.timeline.projection import TIMELINE

# Who is not a reader of a message does not see that there is one.
EVENTS = f"""select case_id, version, position, reference, type, occurred_at, recorded_at, person,
  organisation, role, state, level, holder, agent, implied, changed::text as changed,
  source_activity, internal, coalesce(events.body, messages.body)::text as body
from timeline.events
left join (select case_id, version, body, readers from timeline.internal_messages) as messages
  using (case_id, version)
where reference = %(reference)s and version > %(after)s
  and (not internal or {rules.condition(rules.INTERNAL_MESSAGE, "messages")})
order by case_id, version limit %(limit)s"""


class TimelineEvent(NamedTuple):
    """One event of a case; `changed` and `body` are JSON. Of an internal message it has the text."""

    case_id: UUID
    version: int
    position: int
    reference: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    person: str
    organisation: str
    role: str
    state: str
    level: str | None
    holder: str
    agent: str | None
    implied: bool
    changed: str
    source_activity: str | None
    internal: bool
    body: str


MOST_CHARACTERS = 1024 * 1024
"""After so much a page ends: a message may have 20,000."""

ROWS = 50
"""Rows that are read at once: of a page that ends by its length, no more than these are read in vain."""


class TimelinePart(NamedTuple):
    """Which events of which case: those with a version above `after`, at most `limit`."""

    reference: str
    after: int
    limit: int


class TimelinePage(NamedTuple):
    """Events of a case in order; `goes_on` is whether there are more behind them."""

    events: list[TimelineEvent]
    goes_on: bool


def timeline_of(
    database: str, reference: str, after: int = 0, limit: int = 1_000, viewer: Viewer | None = None
) -> list[TimelineEvent]:
    """A case's events with a version above `after`, in order, at most `limit`.

    Without internal messages that do not name the viewer as a reader; whether the viewer sees the case is
    for the caller to know. Empty for a reference that the view does not know.

    Raises ViewMissing and ViewOutdated.
    """
    given = {"reference": reference, "after": after, "limit": limit, **rules.given(viewer)}
    return ask(database, TIMELINE, TimelineEvent, EVENTS, given)


def timeline_beside_log(
    database: str,
    latest: str,
    given: Mapping[str, object],
    part: TimelinePart,
    viewer: Viewer | None,
    sees_case: Callable[[bytes], bool],
) -> BesideLog[TimelinePage]:
    """The case whose stream a query gives, beside what the view has of it, and its events at that moment.

    The query is as for `read_beside_log`. `sees_case` is whether the viewer sees the case by its last event's
    body: if it does not, no events are read. There are fewer than `limit` once they have MOST_CHARACTERS.
    Raises as `timeline_of`.
    """

    def read(connection: Connection) -> TimelinePage:
        return _read_page(connection, part, viewer)

    return read_beside_log(database, TIMELINE, latest, given, sees_case, read)


def _read_page(connection: Connection, part: TimelinePart, viewer: Viewer | None) -> TimelinePage:
    events: list[TimelineEvent] = []
    after, size = part.after, 0
    while True:
        rows = min(part.limit + 1 - len(events), ROWS)
        asked = {"reference": part.reference, "after": after, "limit": rows, **rules.given(viewer)}
        found = fetch_all(connection, TimelineEvent, EVENTS, asked)
        for event in found:
            if len(events) == part.limit or size >= MOST_CHARACTERS:
                return TimelinePage(events, goes_on=True)
            events.append(event)
            size += len(event.body) + len(event.changed)
        if len(found) < rows:
            return TimelinePage(events, goes_on=False)
        after = found[-1].version
