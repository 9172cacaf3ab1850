"""What people ask of the timeline, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.contract.personal import Plain, Sealed
from casecore.postgres.connection import Connection
from casecore.visibility import messages, rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog, read_beside_log
from projections.kit.reading.queries import ask
from projections.timeline.projection import TIMELINE

# Whoever a message is not for does not see that there is one.
EVENTS = f"""select case_id, version, position, reference, type, occurred_at, recorded_at, person,
  organisation, role, state, level, holder, agent, implied, changed::text as changed,
  source_activity, internal, coalesce(events.body, messages.body)::text as body
from timeline.events
left join (select case_id, version, body, {messages.READERS} from timeline.internal_messages) as messages
  using (case_id, version)
where reference = %(reference)s and version > %(after)s
  and {messages.condition("messages")}
order by case_id, version limit %(limit)s"""

# An event names who has a part in its case then: the last one says who sees it.
_PARTS = ", ".join(f"data->>'{part}' as {part}" for part in rules.CASE.fields)
SUBJECTS = f"""select opening.reference, opening.body->'data'->>'subject' as subject
from timeline.events as opening
cross join lateral (
  select {_PARTS} from (
    select coalesce(events.body, messages.body)->'data' as data from timeline.events
    left join timeline.internal_messages as messages using (case_id, version)
    where case_id = opening.case_id order by case_id, version desc limit 1) as last_event
) as parts
where opening.reference = any(%(references)s) and opening.version = 1
  and jsonb_typeof(opening.body->'data'->'subject') = 'object'
  and {rules.condition(rules.CASE, "parts")}"""

# The last of each case: it may have been resolved, reopened, and resolved again.
RESOLUTIONS = f"""select distinct on (events.case_id) events.reference,
  events.body->'data'->>'resolution_code' as code, events.body->'data'->'summary' as summary,
  events.occurred_at, events.person, events.organisation
from timeline.events
cross join lateral (
  select {_PARTS} from (
    select coalesce(last.body, messages.body)->'data' as data from timeline.events as last
    left join timeline.internal_messages as messages using (case_id, version)
    where case_id = events.case_id order by case_id, version desc limit 1) as last_event
) as parts
where events.reference = any(%(references)s) and events.type = 'resolved'
  and (%(at)s::timestamptz is null or events.occurred_at <= %(at)s)
  and (%(recorded_by)s::timestamptz is null or events.recorded_at <= %(recorded_by)s)
  and {rules.condition(rules.CASE, "parts")}
order by events.case_id, events.version desc"""

_personal = msgspec.json.Decoder(Plain | Sealed).decode


class _Subject(NamedTuple):
    reference: str
    subject: str


class _ResolutionRow(NamedTuple):
    reference: str
    code: str | None
    summary: object
    occurred_at: datetime
    person: str
    organisation: str


class CaseResolution(NamedTuple):
    """How a case was resolved: by its code, and in words if there are any; when, and by whom."""

    reference: str
    code: str
    summary: Plain | Sealed | None
    resolved_at: datetime
    person: str
    organisation: str


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


# Sizes are added up in the database: a page of long messages is not read to be left out. All orders are that
# of the key, so that nothing is sorted.
_COLUMNS = ", ".join(TimelineEvent._fields)
PAGE = f"""select {_COLUMNS}, is_followed from (
  select {_COLUMNS}, lead(version) over in_order is not null as is_followed,
    row_number() over in_order as number,
    sum(octet_length(body) + octet_length(changed))
      over (in_order rows between unbounded preceding and 1 preceding) as bytes_before
  from ({EVENTS}) as listed
  window in_order as (order by case_id, version)) as sized
where number <= %(most_events)s and coalesce(bytes_before, 0) < %(most_bytes)s
order by case_id, version"""


class TimelinePart(NamedTuple):
    """Which events of which case: those with a version above `after`, until there are `most_events`, or
    their bodies and changes have `most_bytes`; one at least."""

    reference: str
    after: int
    most_events: int
    most_bytes: int


class TimelinePage(NamedTuple):
    """Events of a case in order, and whether there are more behind them."""

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


def subjects_of(
    database: str, references: Collection[str], viewer: Viewer | None = None
) -> dict[str, Plain | Sealed]:
    """What the cases with these references were opened about, by reference, of those that a viewer sees.

    Without cases that the view does not know, and those that were opened without a subject. Raises as
    `timeline_of`.
    """
    if not references:
        return {}
    given = {"references": list(references), **rules.given(viewer)}
    return {
        one.reference: _personal(one.subject) for one in ask(database, TIMELINE, _Subject, SUBJECTS, given)
    }


def resolutions_of(
    database: str,
    references: Collection[str],
    viewer: Viewer | None = None,
    at: datetime | None = None,
    recorded_by: datetime | None = None,
) -> dict[str, CaseResolution]:
    """How the cases with these references were resolved last, by reference, of those that a viewer sees.

    By an instant, and as it was known by another one, where they are given. Without cases that were never
    resolved, and without those that the view does not know; one that was reopened since has its resolution
    still. Raises as `timeline_of`.
    """
    if not references:
        return {}
    given = {"references": list(references), "at": at, "recorded_by": recorded_by, **rules.given(viewer)}
    found = ask(database, TIMELINE, _ResolutionRow, RESOLUTIONS, given)
    return {one.reference: _resolution(one) for one in found}


def _resolution(row: _ResolutionRow) -> CaseResolution:
    summary = None if row.summary is None else msgspec.convert(row.summary, Plain | Sealed)
    return CaseResolution(
        reference=row.reference,
        code=row.code or "",
        summary=summary,
        resolved_at=row.occurred_at,
        person=row.person,
        organisation=row.organisation,
    )


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
    body: if it does not, no events are read. There are fewer than `most_events` once they have `most_bytes`.
    Raises as `timeline_of`.
    """
    asked = {**part._asdict(), "limit": part.most_events + 1, **rules.given(viewer)}

    def read(connection: Connection) -> TimelinePage:
        rows = connection.execute(PAGE, asked).fetchall()
        return TimelinePage([TimelineEvent._make(row[:-1]) for row in rows], bool(rows) and rows[-1][-1])

    return read_beside_log(database, TIMELINE, latest, given, sees_case, read)
