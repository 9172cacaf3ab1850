"""The pictures of the workload as SQL: the facts of each, and how its rows are made of them.

What people can ask is in `pictures`. The rule of who sees what stands once in each of the facts, from which
rows and the cases behind them are found alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from casecore.visibility import rules
from projections.pictures.asked import PictureFilter
from projections.pictures.sql import (
    CASE_COLUMNS,
    NOW,
    WHOSE_TURN,
    berlin_day,
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
    within,
)
from projections.workload.sums import STATE_SUMS

_COLUMNS = f"{CASE_COLUMNS}, {WHOSE_TURN}"

CASES = f"""select {_COLUMNS}, c.organisation, c.is_open, c.waiting_since, c.last_move_at,
  coalesce(c.level, 'not_taken') as level, {berlin_month("c.resolved_at")} as month,
  c.first_level_resolved, 1 + (c.opened_at <= {NOW} - interval '24 hours')::int
    + (c.opened_at <= {NOW} - interval '72 hours')::int + (c.opened_at <= {NOW} - interval '168 hours')::int
    + (c.opened_at <= {NOW} - interval '720 hours')::int
    + (c.opened_at <= {NOW} - interval '2160 hours')::int as place
from workload.cases as c where {rules.condition(rules.CASE, "c")}"""
MOVES = f"""select {_COLUMNS}, {berlin_day("m.occurred_at")} as day,
  {berlin_month("m.occurred_at")} as month,
  extract(isodow from m.occurred_at at time zone 'Europe/Berlin')::int as weekday,
  extract(hour from m.occurred_at at time zone 'Europe/Berlin')::int as hour,
  m.move, m.came_in, m.went_out, m.up, m.down, m.bounce, m.reopened
from workload.case_moves as m join workload.cases as c on c.case_id = m.case_id
where {rules.condition(rules.CASE, "c")}"""
STATES = f"""select {_COLUMNS}, s.state as was, s.is_open, {berlin_day("s.came_at")} as came_on,
  {berlin_day("s.left_at")} as left_on
from workload.case_states as s join workload.cases as c on c.case_id = s.case_id
where {rules.condition(rules.CASE, "c")}"""
EFFORTS = f"""select {_COLUMNS}, e.minutes
from workload.efforts as e join workload.cases as c on c.case_id = e.case_id
where {rules.condition(rules.CASE, "c")}"""

AGES = (
    "under 1 day",
    "1 to 3 days",
    "3 to 7 days",
    "7 to 30 days",
    "30 to 90 days",
    "over 90 days",
)
"""As in workload.backlog_by_age, by place from 1."""
MOST_LINES = 100
"""Agents and customers that are shown, those with most first."""

FLOW_FIGURES: Mapping[str, str] = {"came_in": "came_in = 1", "went_out": "went_out = 1"}
AGE_FIGURES: Mapping[str, str] = {"cases": "true", "waiting": "waiting_since is not null"}
LOAD_FIGURES: Mapping[str, str] = {
    **AGE_FIGURES,
    "at_work": "waiting_since is null",
    "urgent": "priority = 'urgent'",
}
ARRIVAL_FIGURES: Mapping[str, str] = {"came_in": "true"}
FIRST_LEVEL_FIGURES: Mapping[str, str] = {"resolved": "true", "at_first_level": "first_level_resolved"}
MOVE_FIGURES: Mapping[str, str] = {
    "up": "up = 1",
    "down": "down = 1",
    "bounces": "bounce = 1",
    "resolved": "move = 'resolved'",
    "reopened": "reopened = 1",
}


MOVE_SUMS: Mapping[str, str] = {**FLOW_FIGURES, **MOVE_FIGURES, "moves": "true"}
"""What is summed of moves by day, and which of them count."""


def open_cases(which: PictureFilter) -> str:
    """What is open now."""
    return narrowed(CASES, ["c.is_open"], of_cases(which))


def resolved_cases(which: PictureFilter) -> str:
    """Technical cases that stand resolved, or closed after it, by when they were."""
    return narrowed(
        CASES, ["c.first_level_resolved is not null"], of_days(which, "c.resolved_at"), of_cases(which)
    )


def moves(which: PictureFilter, *conditions: str) -> str:
    """Moves of these days."""
    return narrowed(MOVES, conditions, of_days(which, "m.occurred_at"), _moved(which), of_cases(which))


def _moved(which: PictureFilter) -> list[str]:
    """That something happened to a case since then: by it most cases need not be looked at further."""
    return of_days(which._replace(until=None), "c.last_move_at")


def efforts(which: PictureFilter) -> str:
    """Efforts of these days, by the organisation that did the work."""
    return narrowed(EFFORTS, of_days(which, "e.occurred_at"), of_cases(which, "e.organisation"))


def states_at_end(which: PictureFilter, day: date, *conditions: str) -> str:
    """The state in which each case was at the end of a day; nothing for a day that is not asked about."""
    asked = within(which, day, day)
    ends = day_begins("%(key_day)s::date + 1")
    at_end = [f"s.came_at < {ends}", f"(s.left_at is null or s.left_at >= {ends})"]
    is_asked = asked.since == day == asked.until
    return narrowed(STATES, at_end if is_asked else ["false"], conditions, of_cases(which))


def moved_days_query(which: PictureFilter) -> str:
    """From when to when there was something."""
    counted_rows = narrowed(CASES, of_cases(which), beside_sums(which))
    rows = f"""select {berlin_day("min(opened_at)")} as first_on, {berlin_day("max(last_move_at)")} as last_on
from ({counted_rows}) as f"""
    of_sums = "select {} from workload.daily_moves as s where {}"
    first = of_sums.format("min(s.day)", in_sums(which, "s.opened > 0"))
    last = of_sums.format("max(s.day)", in_sums(which, "s.moved_last > 0"))
    found = with_sums(which, f"select ({first}) as first_on, ({last}) as last_on", rows)
    return f"select min(first_on) as first_on, max(last_on) as last_on from ({found}) as f"


def _days(which: PictureFilter) -> str:
    """Each day from the first to the last, up to today; of what is not said, those on which cases moved."""
    today = berlin_day(f"({NOW})")
    if which.since is not None and which.until is not None:
        return f"""days as (select generate_series(%(since)s::date::timestamp,
    least(%(until)s::date, {today})::timestamp, interval '1 day')::date as day)"""
    return f"""days as (
  select generate_series(coalesce(%(since)s::date, first_on)::timestamp,
    least(coalesce(%(until)s::date, last_on), greatest(last_on, {today}))::timestamp,
    interval '1 day')::date as day
  from ({moved_days_query(which)}) as moved_days
)"""


def daily_moves(which: PictureFilter) -> str:
    """What happened on these days, in the columns of MOVE_SUMS: some days have several rows."""
    sums = ", ".join(f"s.{name}" for name in MOVE_SUMS)
    rows = ", ".join(f"({condition})::int as {name}" for name, condition in MOVE_SUMS.items())
    return with_sums(
        which,
        f"select s.day, {sums} from workload.daily_moves as s where {in_sums(which, *of_sum_days(which))}",
        f"select day, {rows} from ({moves(which, *beside_sums(which))}) as f",
    )


# How it was at the end of a day is what happened until then: of what has ended, all that is read are sums.
def flow_query(which: PictureFilter) -> str:
    """Days with what came in and went out, and what was open at their ends."""
    ever = which._replace(since=None)
    return f"""with {_days(which)}, steps as (
  select day, came_in, went_out, false as is_shown from ({daily_moves(ever)}) as f
  union all select day, 0, 0, true from days
), summed as (
  select day, sum(came_in)::bigint as came_in, sum(went_out)::bigint as went_out,
    bool_or(is_shown) as is_shown,
    (sum(sum(came_in) - sum(went_out)) over (order by day))::bigint as open
  from steps group by day
)
select day, came_in, went_out, open from summed where is_shown order by day"""


def state_days_query(which: PictureFilter) -> str:
    """Days, and how many cases were in each state at their ends."""
    ever = narrowed(STATES, of_cases(which), beside_sums(which))
    by_day = ", ".join(f"sum(s.{name}) as {name}" for name in STATE_SUMS.values())
    steps = ", ".join(f"('{state}', s.{name})" for state, name in STATE_SUMS.items())
    sums = f"""select s.day, f.state, f.step
from (select s.day, {by_day} from workload.daily_moves as s where {in_sums(which)} group by s.day) as s
cross join lateral (values {steps}) as f (state, step) where f.step <> 0"""
    rows = f"""select came_on as day, was as state, 1 as step from ({ever}) as f
union all select left_on, was, -1 from ({ever}) as f where left_on is not null"""
    shown = "true" if which.since is None else "bool_or(day >= %(since)s::date)"
    return f"""with {_days(which)}, moved as (
  select day, state, sum(step) as step from ({with_sums(which, sums, rows)}) as f
  group by day, state having sum(step) <> 0
), states as (
  select state from moved group by state having {shown} or sum(step) <> 0
), steps as (
  select day, state, step, false as is_shown from moved
  union all select day, state, 0, true from days, states
), summed as (
  select day, state, bool_or(is_shown) as is_shown,
    sum(sum(step)) over (partition by state order by day) as cases
  from steps group by day, state
)
select day, state, cases::bigint as cases from summed where is_shown order by day, state"""


def ages_query(which: PictureFilter) -> str:
    """Ages, each with the levels at which something is open."""
    names = ", ".join(f"({place}, '{age}')" for place, age in enumerate(AGES, 1))
    return f"""with found as (select place, level, {counted(AGE_FIGURES)}
  from ({open_cases(which)}) as f group by place, level)
select place, age, level, coalesce(cases, 0) as cases, coalesce(waiting, 0) as waiting
from (values {names}) as ages (place, age) cross join (select distinct level from found) as levels
left join found using (place, level) order by place, level"""


def load_query(which: PictureFilter) -> str:
    """Agents with what they have."""
    return f"""select organisation, agent, {counted(LOAD_FIGURES)}, min(opened_at) as oldest_opened_at
from ({open_cases(which)}) as f group by organisation, agent
order by cases desc, organisation, agent nulls first limit {MOST_LINES}"""


def arrivals_query(which: PictureFilter) -> str:
    """The hours of a week with what came in."""
    days = in_sums(which, *of_sum_days(which))
    found = with_sums(
        which,
        f"""select extract(isodow from s.day)::int as weekday, s.hour, s.came_in
from workload.hourly_arrivals as s where {days}""",
        f"select weekday, hour, came_in from ({moves(which, 'm.came_in = 1', *beside_sums(which))}) as f",
    )
    return f"""select weekday, hour, coalesce(came_in, 0) as came_in
from generate_series(1, 7) as weekday cross join generate_series(0, 23) as hour
left join (
  select weekday, hour, sum(came_in)::bigint as came_in from ({found}) as f group by weekday, hour
) as found using (weekday, hour) order by weekday, hour"""


def arrived(which: PictureFilter) -> str:
    """What came in on these days."""
    return moves(which, "m.came_in = 1")


def first_level_query(which: PictureFilter) -> str:
    """Months and sellers with what they resolved."""
    days = in_sums(which, "s.stand_resolved > 0", *of_sum_days(which))
    rows = ", ".join(f"({condition})::int as {name}" for name, condition in FIRST_LEVEL_FIGURES.items())
    found = with_sums(
        which,
        f"""select {month_of_day("s.day")} as month, s.seller, s.stand_resolved as resolved, s.at_first_level
from workload.daily_moves as s where {days}""",
        f"select month, seller, {rows} from ({narrowed(resolved_cases(which), beside_sums(which))}) as f",
    )
    return f"""select month, seller, resolved, at_first_level,
  round(100.0 * at_first_level / resolved, 1) as percent
from (select month, seller, {_sums(FIRST_LEVEL_FIGURES)} from ({found}) as f
  group by month, seller) as found order by month, seller"""


def hand_overs_query(which: PictureFilter) -> str:
    """Months with how cases moved."""
    return f"""select month, {", ".join(MOVE_FIGURES)},
  round(100.0 * reopened / nullif(resolved, 0), 1) as reopened_percent
from (select {month_of_day("day")} as month, {_sums(MOVE_FIGURES)}, sum(moves) as moves
  from ({daily_moves(which)}) as f group by month) as found
where moves > 0 order by month"""


def _sums(figures: Iterable[str]) -> str:
    return ", ".join(f"sum({name})::bigint as {name}" for name in figures)


def effort_query(which: PictureFilter) -> str:
    """Customers with what was spent on their cases."""
    return f"""select customer, sum(minutes)::bigint as minutes, count(distinct reference) as cases
from ({efforts(which)}) as f group by customer order by minutes desc, customer limit {MOST_LINES}"""
