"""The pictures of the service levels as SQL: the facts of each, and how its rows are made of them.

What people can ask is in `pictures`. As `clocks_at` does, the facts say what has become of a clock since the
case's last event, up to the instant that is asked about; they ask no calendar about a clock that has stopped.
"""

from __future__ import annotations

from collections.abc import Mapping

from casecore.visibility import rules
from projections.pictures.asked import PictureFilter
from projections.pictures.sql import (
    CASE_COLUMNS,
    NOW,
    WHOSE_TURN,
    berlin_month,
    beside_sums,
    counted,
    day_begins,
    in_sums,
    month_of_day,
    narrowed,
    of_cases,
    of_days,
    of_sum_days,
    with_sums,
)

_COLUMNS = f"{CASE_COLUMNS}, {WHOSE_TURN}"
# Each calendar is searched once, and not once for each clock.
_HOURS = f"""(with hours as materialized (
    select h.key, sla.open_until(h.opens, h.closes, h.open_before, {NOW}) as seconds from sla.calendars as h
  ) select key, seconds from hours)"""
_MISSED_SINCE = f"""case when k.falls_due_at < {NOW} and c.as_of < {NOW}
    then greatest(k.falls_due_at, c.as_of) end"""
_OF_CLOCKS = f"""from sla.clocks as k join sla.cases as c on c.case_id = k.case_id
cross join lateral (
  select coalesce(k.missed_at, {_MISSED_SINCE}) as missed_at,
    case when {_MISSED_SINCE} is null then k.status else 'missed' end as status
) as n"""

PROMISES = f"""select {_COLUMNS}, {berlin_month("coalesce(n.missed_at, k.met_at)")} as month,
  k.policy_organisation as organisation, k.level, k.clock, n.status, k.uncovered
{_OF_CLOCKS}
where n.status in ('met', 'missed') and {rules.condition(rules.CASE, "c")}"""
STOPPED = f"""select {_COLUMNS}, {berlin_month("k.stopped_at")} as month, k.clock, k.elapsed_seconds
from sla.clocks as k join sla.cases as c on c.case_id = k.case_id
where k.stopped_at is not null and k.level = '' and k.clock in ('resolution', 'first_response')
  and k.status in ('met', 'missed') and not k.uncovered and {rules.condition(rules.CASE, "c")}"""
NOT_STOPPED = f"""select {_COLUMNS}, c.organisation, n.status = 'missed' as overdue,
  n.status <> 'missed' and coalesce((k.elapsed_seconds
    + case when k.running_since is null then 0 else coalesce(o.seconds - k.open_until, 0) end)
    * 100 >= k.target_seconds * k.risk_percent, false) as at_risk,
  case when n.status = 'missed' then coalesce(k.due_at, k.falls_due_at) else k.due_at end as due_at
{_OF_CLOCKS}
join {_HOURS} as o on o.key = k.calendar
where k.stopped_at is null and {rules.condition(rules.CASE, "c")}"""
HELD = f"""select {_COLUMNS}, c.case_id, h.organisation, h.holder, h.seconds
from sla.holders as h join sla.cases as c on c.case_id = h.case_id
where {rules.condition(rules.CASE, "c")}"""
# As in holders_at: what has passed since the last event, parted into what was open and what was not.
HELD_SINCE = f"""select {_COLUMNS}, c.case_id, c.organisation, p.holder, p.seconds
from sla.cases as c left join {_HOURS} as o on o.key = c.calendar
cross join lateral (
  select extract(epoch from {NOW}) - extract(epoch from c.as_of) as passed,
    o.seconds - c.open_until as opened
) as t
cross join lateral (
  values (c.holder, coalesce(t.opened, t.passed)), ('outside_hours', t.passed - coalesce(t.opened, t.passed))
) as p (holder, seconds)
where c.holder is not null and c.as_of < {NOW} and p.seconds > 0 and {rules.condition(rules.CASE, "c")}"""

MOST_LINES = 100
"""Agents who are shown, those with most first."""

DUE_FIGURES: Mapping[str, str] = {
    "overdue": "is_overdue",
    "at_risk": "is_at_risk and not is_overdue",
    "within_a_day": f"not is_overdue and not is_at_risk and next_due_at <= {NOW} + interval '24 hours'",
    "later": f"not is_overdue and not is_at_risk and next_due_at > {NOW} + interval '24 hours'",
}
PROMISE_FIGURES: Mapping[str, str] = {
    "met": "status = 'met' and not uncovered",
    "missed": "status = 'missed'",
    "beyond_calendar": "status = 'met' and uncovered",
}
PROMISE_KEYS = ("month", "organisation", "level", "clock")


def due_cases(which: PictureFilter) -> str:
    """Cases with clocks that fall or fell due, each with the most pressing of these."""
    due = "(n.status = 'missed' or k.due_at is not null)"
    shown = f"{CASE_COLUMNS.replace('c.', '')}, case_organisation, organisation"
    return f"""select {shown}, bool_or(overdue) as is_overdue, bool_or(at_risk) as is_at_risk,
  min(due_at) filter (where not overdue) as next_due_at
from ({narrowed(NOT_STOPPED, [due], of_cases(which))}) as k group by {shown}"""


def due_query(which: PictureFilter) -> str:
    """Who has cases with clocks that fall or fell due."""
    return f"""select organisation, agent, {counted(DUE_FIGURES)}, min(next_due_at) as next_due_at
from ({due_cases(which)}) as f group by organisation, agent
order by overdue desc, at_risk desc, within_a_day desc, organisation, agent nulls first limit {MOST_LINES}"""


def decided_clocks(which: PictureFilter) -> str:
    """Clocks that were met or missed on these days, whichever came first."""
    decided = of_days(which, "coalesce(n.missed_at, k.met_at)")
    if which.since is not None:  # by which indexes find them
        since = day_begins("%(since)s::date")
        decided.append(f"(k.missed_at >= {since} or k.met_at >= {since} or k.stopped_at is null)")
    return narrowed(PROMISES, decided, of_cases(which, "k.policy_organisation"))


def promises_query(which: PictureFilter) -> str:
    """Months and promises with how far they were kept."""
    keys = ", ".join(PROMISE_KEYS)
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in PROMISE_FIGURES)
    return f"""select {keys}, met, missed, round(100.0 * met / nullif(met + missed, 0), 1) as percent,
  beyond_calendar
from (select {keys}, {sums} from ({_promises(which)}) as f group by {keys}) as found
order by {keys}"""


def _promises(which: PictureFilter) -> str:
    rows = f"""select {", ".join(PROMISE_KEYS)}, {
        ", ".join(f"({condition})::int as {name}" for name, condition in PROMISE_FIGURES.items())
    } from ({{}}) as f"""
    asked = decided_clocks(which)
    if which.customer is not None:
        return rows.format(asked)
    sums = f"""select {month_of_day("s.day")} as month, s.organisation, s.level, s.clock,
  s.met, s.missed, s.beyond_calendar
from sla.daily_promises as s where {in_sums(which, *of_sum_days(which))}"""
    # A case that has ended may have a clock that goes on: it is in no sum.
    beside = narrowed(asked, beside_sums(which))
    going_on = narrowed(asked, ["k.stopped_at is null", f"({' and '.join(beside_sums(which))}) is not true"])
    return f"{sums} union all {rows.format(beside)} union all {rows.format(going_on)}"


def held_times(which: PictureFilter, *of: str) -> str:
    """Who had the cases that were opened on these days, and how long."""
    conditions = [*of_days(which, "c.opened_at"), *of_cases(which, "h.organisation"), *of]
    since = [*of_days(which, "c.opened_at"), *of_cases(which), *of]
    return f"{narrowed(HELD, conditions)} union all {narrowed(HELD_SINCE, since)}"


def held_query(which: PictureFilter) -> str:
    """Organisations and holders, with how long they had cases."""
    sums = f"""select s.organisation, s.holder, s.cases, s.seconds
from sla.daily_custody as s where {in_sums(which, *of_sum_days(which))}"""
    rows = f"""select organisation, holder, 1 as cases, sum(seconds) as seconds
from ({held_times(which, *beside_sums(which))}) as f group by organisation, holder, case_id"""
    return f"""select organisation, holder, sum(cases)::bigint as cases, trim_scale(sum(seconds)) as seconds
from ({with_sums(which, sums, rows)}) as found
group by organisation, holder order by organisation, holder"""


def stopped_clocks(which: PictureFilter) -> str:
    """Clocks of whole cases that stopped on these days."""
    return narrowed(STOPPED, of_days(which, "k.stopped_at"), of_cases(which, "k.policy_organisation"))


def times_query(which: PictureFilter) -> str:
    """Months and clocks with the times that they took: nearest rank, in whole numbers."""
    sums = f"""select {month_of_day("s.day")} as month, s.clock, s.elapsed_seconds, s.clocks
from sla.daily_clock_times as s where {in_sums(which, *of_sum_days(which))}"""
    rows = f"""select month, clock, elapsed_seconds, 1 as clocks
from ({narrowed(stopped_clocks(which), beside_sums(which))}) as f"""
    percentiles = ", ".join(
        f"min(elapsed_seconds) filter (where up_to * 100 >= clocks * {percent}) as p{percent}_seconds"
        for percent in (50, 90, 99)
    )
    return f"""select month, clock, clocks::bigint as clocks, {percentiles}
from (select month, clock, elapsed_seconds,
    sum(clocks) over (partition by month, clock order by elapsed_seconds) as up_to,
    sum(clocks) over (partition by month, clock) as clocks
  from ({with_sums(which, sums, rows)}) as f) as found group by month, clock, clocks order by month, clock"""
