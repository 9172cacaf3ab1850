"""What people ask of the timeline, as named SQL with typed answers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask
from projections.timeline.projection import TIMELINE

# A list of ids, as JSON; a viewer that it does not name does not see that there is a message.
_IS_READER = "%(viewer)s::text is null or messages.readers ? %(viewer)s::text"
EVENTS = f"""select case_id, version, position, reference, type, occurred_at, recorded_at, person,
  organisation, role, state, level, holder, agent, implied, changed::text as changed,
  source_activity, internal, coalesce(events.body, messages.body)::text as body
from timeline.events
left join (select case_id, version, body, readers from timeline.internal_messages) as messages
  using (case_id, version)
where reference = %(reference)s and version > %(after)s and (not internal or {_IS_READER})
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
