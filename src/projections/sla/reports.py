"""What was met and missed: the clocks behind a report, and their sums, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.postgres.limits import EXPORT
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask, ask_first, ask_in_pieces
from projections.sla.projection import SLA
from projections.sla.queries import AT


class AttainmentFilter(NamedTuple):
    """Which attainment to give; what is None does not matter. Months by their first day, both included.

    `organisation` is whose promise it is, `policy` the id of its policy. `agent` had the case when the clock
    stopped, or has it while the clock has not stopped.
    """

    organisation: str | None = None
    level: str | None = None
    clock: str | None = None
    priority: str | None = None
    first_month: date | None = None
    last_month: date | None = None
    customer: str | None = None
    seller: str | None = None
    topic: str | None = None
    agent: str | None = None
    policy: str | None = None


class Attainment(NamedTuple):
    """How many clocks of one kind were met and missed in a month in Europe/Berlin, and the time they took.

    Those of which the calendar does not reach far enough are neither. `p50_seconds` is the smallest time that
    half of those met and missed do not exceed, in seconds of opening hours; None if there are none.
    """

    month: date
    organisation: str
    level: str
    clock: str
    priority: str
    met: int
    missed: int
    percent: Decimal | None
    beyond_calendar: int
    p50_seconds: Decimal | None
    p90_seconds: Decimal | None
    p99_seconds: Decimal | None


class MonthRevised(NamedTuple):
    """How many clocks of one kind changed afterwards what a month in Europe/Berlin counts, and by what."""

    month: date
    organisation: str
    level: str
    clock: str
    priority: str
    misses_withdrawn: int
    clocks_restarted: int
    pauses_recorded_late: int


MET, MISSED, BEYOND_CALENDAR = "met", "missed", "beyond_calendar"
MISS_WITHDRAWN, RESTARTED, PAUSE_RECORDED_LATE = "miss_withdrawn", "restarted", "pause_recorded_late"
REVISIONS = (MISS_WITHDRAWN, RESTARTED, PAUSE_RECORDED_LATE)


class ReportedClock(NamedTuple):
    """A clock behind a figure of a report: met, missed, or beyond_calendar (nobody knows if in time).

    Or something that changed afterwards what the month counts: one of `REVISIONS`, with the terms of then,
    and without the figures of the clock.

    `decided_at` is when it was met or missed, whichever came first, or the instant of what changed; `month`
    is that of it in Europe/Berlin. `agent` had the case when the clock stopped, or has it while the clock has
    not stopped.
    """

    month: date
    organisation: str
    level: str
    clock: str
    priority: str
    outcome: str
    reference: str
    number: int
    customer: str
    seller: str
    topic: str
    agent: str | None
    policy_id: str
    policy_version: int
    target_seconds: Decimal
    elapsed_seconds: Decimal | None
    due_at: datetime | None
    met_at: datetime | None
    missed_at: datetime | None
    decided_at: datetime


class _Count(NamedTuple):
    cases: int


_OF_CLOCKS = f"""select date_trunc('month', k.decided_at at time zone 'Europe/Berlin')::date as month,
  k.policy_organisation as organisation, k.level, k.clock, k.priority,
  case when k.status = 'missed' then 'missed' when k.uncovered then 'beyond_calendar' else 'met'
  end as outcome, k.reference, k.number, k.customer, k.seller, k.topic, k.agent, k.policy_id,
  k.policy_version, k.target_seconds, k.elapsed_seconds, k.due_at, k.met_at, k.missed_at, k.decided_at
from sla.clocks_at({AT}) as k where k.status in ('met', 'missed') and (%(viewer)s::text is null
  or k.case_id in (select case_id from sla.cases where {rules.condition(rules.CASE)}))"""
_OF_REVISIONS = f"""select date_trunc('month', r.at at time zone 'Europe/Berlin')::date as month,
  r.policy_organisation as organisation, r.level, r.clock, r.priority, r.what as outcome,
  c.reference, r.number, c.customer, c.seller, c.topic,
  case when k.stopped_at is not null then k.agent when k.case_id is not null then c.agent end as agent,
  r.policy_id, r.policy_version, r.target_seconds, null::numeric as elapsed_seconds,
  null::timestamptz as due_at, null::timestamptz as met_at, null::timestamptz as missed_at,
  r.at as decided_at
from sla.revisions as r join sla.cases as c on c.case_id = r.case_id
left join sla.clocks as k on (k.case_id, k.clock, k.level, k.organisation, k.number)
  = (r.case_id, r.clock, r.level, r.organisation, r.number)
where c.as_of <= {AT} and {rules.condition(rules.CASE, "c")}"""
_ASKED_FOR = """(%(organisation)s::text is null or organisation = %(organisation)s)
  and (%(level)s::text is null or level = %(level)s)
  and (%(clock)s::text is null or clock = %(clock)s)
  and (%(priority)s::text is null or priority = %(priority)s)
  and (%(customer)s::text is null or customer = %(customer)s)
  and (%(seller)s::text is null or seller = %(seller)s)
  and (%(topic)s::text is null or topic = %(topic)s)
  and (%(agent)s::text is null or agent = %(agent)s)
  and (%(policy)s::text is null or policy_id = %(policy)s)
  and (%(first_month)s::date is null or month >= %(first_month)s)
  and (%(last_month)s::date is null or month <= %(last_month)s)"""
ATTAINMENT = f"""select month, organisation, level, clock, priority, met, missed,
  round(100.0 * met / nullif(met + missed, 0), 1) as percent, beyond_calendar,
  -- Nearest rank, in whole numbers: a share that is a fraction may be a place too high.
  times[((met + missed) * 50 + 99) / 100] as p50_seconds,
  times[((met + missed) * 90 + 99) / 100] as p90_seconds,
  times[((met + missed) * 99 + 99) / 100] as p99_seconds
from (
  select month, organisation, level, clock, priority,
    count(*) filter (where outcome = 'met') as met, count(*) filter (where outcome = 'missed') as missed,
    count(*) filter (where outcome = 'beyond_calendar') as beyond_calendar,
    array_agg(elapsed_seconds order by elapsed_seconds) filter (where outcome <> 'beyond_calendar') as times
  from ({_OF_CLOCKS}) as b where {_ASKED_FOR} group by 1, 2, 3, 4, 5
) as s
order by month, organisation, level, clock, priority"""
REVISED = f"""select month, organisation, level, clock, priority,
  count(*) filter (where outcome = 'miss_withdrawn') as misses_withdrawn,
  count(*) filter (where outcome = 'restarted') as clocks_restarted,
  count(*) filter (where outcome = 'pause_recorded_late') as pauses_recorded_late
from ({_OF_REVISIONS}) as b where {_ASKED_FOR} group by 1, 2, 3, 4, 5
order by month, organisation, level, clock, priority"""
CLOCKS_BEHIND = f"""select {", ".join(ReportedClock._fields)}
from ({_OF_CLOCKS} union all {_OF_REVISIONS}) as b where {_ASKED_FOR}
order by month, organisation, level, clock, priority, reference, number, decided_at, outcome"""
COUNT_WITHOUT_POLICY = f"""select count(*) as cases from sla.cases
where without_policy <> '{{}}' and {rules.condition(rules.CASE)}
  and (%(customer)s::text is null or customer = %(customer)s)
  and (%(seller)s::text is null or seller = %(seller)s)
  and (%(topic)s::text is null or topic = %(topic)s)"""


def attainment(
    database: str,
    which: AttainmentFilter = AttainmentFilter(),  # noqa: B008
    at: datetime | None = None,
    viewer: Viewer | None = None,
) -> list[Attainment]:
    """How many clocks were met and missed until an instant (now, if it is None), of cases that a viewer sees.

    The instant is not before any case's last event. Raises ViewMissing and ViewOutdated.
    """
    return ask(database, SLA, Attainment, ATTAINMENT, {**which._asdict(), **rules.given(viewer), "at": at})


def revised(
    database: str,
    which: AttainmentFilter = AttainmentFilter(),  # noqa: B008
    at: datetime | None = None,
    viewer: Viewer | None = None,
) -> list[MonthRevised]:
    """What changed afterwards what months count, in those that it changed. Raises as `attainment`."""
    return ask(database, SLA, MonthRevised, REVISED, {**which._asdict(), **rules.given(viewer), "at": at})


def clocks_behind(
    database: str,
    which: AttainmentFilter = AttainmentFilter(),  # noqa: B008
    at: datetime | None = None,
    viewer: Viewer | None = None,
) -> Iterator[ReportedClock]:
    """What is behind the figures of `attainment` and `revised`, by line.

    Raises as they do, at the first one.
    """
    given = {**which._asdict(), **rules.given(viewer), "at": at}
    return ask_in_pieces(database, SLA, ReportedClock, CLOCKS_BEHIND, given, EXPORT)


def count_without_policy(
    database: str,
    which: AttainmentFilter = AttainmentFilter(),  # noqa: B008
    viewer: Viewer | None = None,
) -> int:
    """How many cases of a customer, seller or topic have no policy for something.

    Of those that a viewer sees. Raises as `attainment`.
    """
    given = {**which._asdict(), **rules.given(viewer)}
    found = ask_first(database, SLA, _Count, COUNT_WITHOUT_POLICY, given)
    return found.cases if found else 0
