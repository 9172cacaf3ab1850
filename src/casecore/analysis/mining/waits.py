"""Where the time of cases goes: how long they are in each state, at each level, with whom, and wait."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, NamedTuple

import pyarrow as pa

from casecore.analysis.mining.questions import ALL_CASES, By, Opened
from casecore.analysis.mining.steps import (
    CHANGES,
    OCCURRED,
    RECORDED,
    base,
    label_at,
    label_column,
)
from casecore.analysis.queries import Events, answer
from casecore.analysis.tables.columns import About
from casecore.clocks.instants import micros

_NEEDED = """activity, sender, state, level, holder, person, role, implied, source, source_activity,
    source_resource"""


class WaitRow(NamedTuple):
    """How much of all cases' time went by somewhere: the rows' `total_seconds` are the cases' ages in all."""

    place: Annotated[
        str | None,
        About(
            "The state, level, organisation or resource, or the activity that was the last one; none before "
            "there is one, as the level of a case that nobody has taken."
        ),
    ]
    status: Annotated[
        str, About("open; waiting: for the customer; or resolved: until it is closed or reopened.")
    ]
    cases: Annotated[int, About("How many cases spent time there.")]
    total_seconds: Annotated[
        Decimal, About("Their time there in all, exact to the microsecond.", pa.decimal128(24, 6))
    ]
    median_seconds: Annotated[float, About("The time of a case there: the median of these cases.")]
    p95_seconds: Annotated[float, About("Likewise, what 95 % of these cases do not exceed.")]
    share: Annotated[float, About("Of the time of all cases, from 0 to 1.")]


def waits(
    events: Events,
    by: By = By.STATE,
    opened: Opened = ALL_CASES,
    at: datetime | None = None,
    implied: bool = False,
) -> pa.Table:
    """Where the time of cases goes, most of it first, as a table of WaitRow.

    A case's age is from its opening until it was closed or cancelled, or else until `at`, which is by default
    when the last of all events occurred; what occurred after `at` does not count. Every microsecond of it is
    in one row. Time by the clock: opening hours are not taken off. By activity it is the time after each
    until the next event, by resource the time from a person's act until another one's.

    The case waits for the customer from waiting_started until waiting_ended, a message of the customer's, or
    a change of its state.

    >>> [(row["place"], row["status"], row["total_seconds"]) for row in waits(events).to_pylist()]
    [('opened', 'open', Decimal('7200.000000')), ('reseller_l0', 'open', Decimal('600.000000'))]
    """
    until = "(select max(epoch_us(occurred_at)) from events)" if at is None else str(micros(at))
    query = f"""with {base(opened, _NEEDED)}, {_standing(by, until, implied)},
of_cases as (
  select reference, nullif(label, '') as place,
    case when state = 'resolved' then 'resolved' when waiting then 'waiting' else 'open' end as status,
    sum(lasted) as lasted
  from standing where lasted > 0 and state is not null and state not in ('closed', 'cancelled')
  group by all)
select place, status, count(*) as cases,
  sum(lasted)::decimal(24, 0) * 0.000001::decimal(7, 6) as total_seconds,
  quantile_disc(lasted, 0.5) / 1e6 as median_seconds, quantile_disc(lasted, 0.95) / 1e6 as p95_seconds,
  sum(lasted) / sum(sum(lasted)) over () as share
from of_cases group by place, status order by total_seconds desc, place nulls first, status"""
    return answer(events, query, WaitRow)


def _standing(by: By, until: str, implied: bool) -> str:
    """Common table expressions, the last one `standing`: how long a case was as each event left it."""
    return f"""changing as (
  select *, {CHANGES.format(column="state")} as moves,
    {CHANGES.format(column=label_column(by))} as changes_label
  from base window {RECORDED}),
saying as (
  select reference, instant, version, case when moves then state end as state,
    {label_at(by, implied)} as label,
    case when activity = 'waiting_started' then true
      when moves or activity = 'waiting_ended' or (activity = 'message_posted' and sender = 'customer')
      then false end as waiting
  from changing where instant <= {until}),
standing as (
  select reference, coalesce(lead(instant) over occurred, {until}) - instant as lasted,
    last_value(state ignore nulls) over so_far as state,
    last_value(label ignore nulls) over so_far as label,
    last_value(waiting ignore nulls) over so_far as waiting
  from saying
  window {OCCURRED},
    so_far as (partition by reference order by instant, version
      rows between unbounded preceding and current row))"""
