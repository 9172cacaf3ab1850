"""Clocks that are not done: those of some cases, those that stand still, and which cases they press most."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask, ask_first
from projections.sla.projection import SLA
from projections.sla.queries import (
    CLOCK_COLUMNS,
    CLOCK_KEY,
    CLOCKS_THEN,
    DUE_THEN,
    NOT_DONE,
    OF_THESE,
    ClockAnswer,
)


class NearestFilter(NamedTuple):
    """Whose cases, as `projections.workload.case_list.CaseFilter` has them; `limit` at most."""

    organisation: str | None = None
    agent: str | None = None
    other_than: str | None = None
    has_agent: bool | None = None
    customer: str | None = None
    limit: int = 100


class _Nearest(NamedTuple):
    case_id: UUID


class _Counted(NamedTuple):
    cases: int


# What a paused clock has left is in the table. What one has left that runs beyond its calendar is not; there
# are few of these, and all are reckoned.
STANDING_STILL = f"""with still as (
  select {CLOCK_KEY}, i.running_since, i.target_seconds - i.elapsed_seconds as left_over, c.reference
  from {NOT_DONE} and {DUE_THEN} is null and i.status <> 'cancelled'
    and {rules.condition(rules.CASE, "c")}
)
select {CLOCK_COLUMNS} from {CLOCKS_THEN} where {OF_THESE} (
  (select {CLOCK_KEY} from still as i where i.running_since is null
    order by i.left_over, i.reference, i.clock, i.level, i.organisation, i.number limit %(limit)s)
  union all select {CLOCK_KEY} from still as i where i.running_since is not null)
order by k.remaining_seconds, k.reference, k.clock, k.level, k.organisation, k.number limit %(limit)s"""
OPEN_CLOCKS = f"""select {CLOCK_COLUMNS} from {CLOCKS_THEN}
where not k.later_events and k.stopped_at is null and k.status <> 'cancelled'
  and k.case_id = any(%(cases)s) and {rules.condition(rules.CASE, "c")}
order by k.due_at nulls last, k.remaining_seconds, k.reference, k.clock, k.level, k.organisation, k.number"""
NEAREST = f"""select c.case_id from sla.cases as c join sla.clocks as k on k.case_id = c.case_id
where k.stopped_at is null and k.due_at is not null and {rules.condition(rules.CASE, "c")}
  and (%(organisation)s::text is null or c.organisation = %(organisation)s)
  and (%(agent)s::text is null or c.agent = %(agent)s)
  and (%(other_than)s::text is null or c.agent <> %(other_than)s)
  and (%(has_agent)s::boolean is null or (c.agent is not null) = %(has_agent)s)
  and (%(customer)s::text is null or c.customer = %(customer)s)
group by c.case_id order by min(k.due_at), c.case_id limit %(limit)s"""

DUE_UNASSIGNED = """select count(distinct c.case_id) as cases
from sla.cases as c join sla.clocks as k on k.case_id = c.case_id
where c.agent is null and k.stopped_at is null
  and k.falls_due_at > %(after)s and k.falls_due_at <= %(until)s"""


def standing_still(
    database: str, limit: int = 100, at: datetime | None = None, viewer: Viewer | None = None
) -> list[ClockAnswer]:
    """Clocks that are not done and fall due at no instant that is known, those with least left first.

    They are paused, or their calendar does not reach so far. Of the cases that a viewer sees, at an instant
    (now, if it is None). Raises ViewMissing and ViewOutdated.
    """
    return ask(database, SLA, ClockAnswer, STANDING_STILL, {"limit": limit, "at": at, **rules.given(viewer)})


def open_clocks_of(
    database: str, cases: Collection[UUID], at: datetime | None = None, viewer: Viewer | None = None
) -> list[ClockAnswer]:
    """The clocks of these cases that are not done at an instant (now, if it is None), by when they fall due.

    Those that stand still come last. Of the cases that a viewer sees. Raises ViewMissing and ViewOutdated.
    """
    if not cases:
        return []
    return ask(
        database, SLA, ClockAnswer, OPEN_CLOCKS, {"cases": list(cases), "at": at, **rules.given(viewer)}
    )


def nearest_cases(database: str, which: NearestFilter, viewer: Viewer | None = None) -> list[UUID]:
    """The cases of which a clock falls due, or fell due and still runs: what is most overdue first.

    Of those that a viewer sees. Raises ViewMissing and ViewOutdated.
    """
    found = ask(database, SLA, _Nearest, NEAREST, {**which._asdict(), **rules.given(viewer)})
    return [one.case_id for one in found]


def due_unassigned(database: str, after: datetime, until: datetime) -> int:
    """How many cases have no agent, and a clock that falls due after one instant and by another.

    A clock that is missed already does not count. Raises ViewMissing and ViewOutdated.
    """
    found = ask_first(database, SLA, _Counted, DUE_UNASSIGNED, {"after": after, "until": until})
    return found.cases if found else 0
