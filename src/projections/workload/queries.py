"""What people ask of the workload, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from casecore.postgres.connection import Connection
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import StreamBesideLog, look_beside_log
from projections.kit.reading.queries import fetch_all, fetch_first
from projections.kit.reading.session import open_for_answer
from projections.kit.reading.snapshot import read_snapshot
from projections.workload.projection import WORKLOAD
from projections.workload.tables import CASES_TABLE, CaseRow

# The sums are those of views.sql, over the cases that a viewer sees; for nobody in particular they are equal.
_SEEN = f"with seen as (select * from workload.cases where {rules.condition(rules.CASE)})"
_BACKLOG = """count(*) as cases, count(*) filter (where waiting_since is not null) as waiting,
  count(*) filter (where agent is null) as unassigned, min(opened_at) as oldest_opened_at
from seen where is_open group by 1"""
BY_LEVEL = f"{_SEEN} select coalesce(level, 'not_taken') as name, {_BACKLOG} order by 1"
BY_ORGANISATION = f"""{_SEEN} select organisation as name, {_BACKLOG}
order by cases desc, 1 limit %(limit)s"""
BY_AGE = f"""{_SEEN} select age as name, count(case_id) as cases, count(waiting_since) as waiting
from (values
  (1, 'under 1 day', null::interval, interval '24 hours'),
  (2, '1 to 3 days', interval '24 hours', interval '72 hours'),
  (3, '3 to 7 days', interval '72 hours', interval '168 hours'),
  (4, '7 to 30 days', interval '168 hours', interval '720 hours'),
  (5, '30 to 90 days', interval '720 hours', interval '2160 hours'),
  (6, 'over 90 days', interval '2160 hours', null::interval)
) as ages (place, age, at_least, under)
left join seen on is_open
  and (at_least is null or opened_at <= now() - at_least) and (under is null or opened_at > now() - under)
group by place, age order by place"""
BY_DAY = f"""{_SEEN}, moved as (
  select (occurred_at at time zone 'Europe/Berlin')::date as day,
    sum(came_in) as came_in, sum(went_out) as went_out
  from workload.case_moves
  where %(viewer)s::text is null or case_id in (select case_id from seen) group by 1
)
select day, came_in::bigint as came_in, went_out::bigint as went_out, backlog from (
  select day, came_in, went_out, (sum(came_in - went_out) over (order by day))::bigint as backlog from moved
) as days where came_in > 0 or went_out > 0 order by day desc limit %(limit)s"""
FIRST_LEVEL = f"""{_SEEN} select seller, count(*) as resolved,
  count(*) filter (where first_level_resolved) as at_first_level
from seen where resolved_at is not null and first_level_resolved is not null
group by 1 order by 2 desc, 1 limit %(limit)s"""
TOTALS = f"""{_SEEN} select count(*) as cases, count(*) filter (where is_open) as open,
  coalesce(sum(hand_overs_up), 0)::bigint as hand_overs_up,
  coalesce(sum(hand_overs_down), 0)::bigint as hand_overs_down,
  coalesce(sum(bounces), 0)::bigint as bounces, coalesce(sum(reopened), 0)::bigint as reopened,
  coalesce(sum(effort_minutes), 0)::bigint as effort_minutes
from seen"""


class WorkloadTotals(NamedTuple):
    """Sums over all cases that the viewer sees."""

    cases: int
    open: int
    hand_overs_up: int
    hand_overs_down: int
    bounces: int
    reopened: int
    effort_minutes: int


class Backlog(NamedTuple):
    """Open cases at one level, or with one organisation."""

    name: str
    cases: int
    waiting: int
    unassigned: int
    oldest_opened_at: datetime


class BacklogAge(NamedTuple):
    """Open cases of one age, as of now."""

    name: str
    cases: int
    waiting: int


class BacklogDay(NamedTuple):
    """One day in Europe/Berlin: what came in, what went out, and what was open at its end."""

    day: date
    came_in: int
    went_out: int
    backlog: int


class FirstLevel(NamedTuple):
    """How many of a seller's resolved technical cases never needed the vendor."""

    seller: str
    resolved: int
    at_first_level: int


class Summary(NamedTuple):
    """The workload on one page, all of one moment."""

    totals: WorkloadTotals
    by_level: list[Backlog]
    by_organisation: list[Backlog]
    by_age: list[BacklogAge]
    latest_days: list[BacklogDay]
    first_level: list[FirstLevel]


def case_beside_log(
    database: str, latest: str, given: Mapping[str, object]
) -> StreamBesideLog[CaseRow] | None:
    """The case whose stream a query gives, beside what the view has of it; None where it gives none.

    The query is as for `streams_beside_log`. Raises ViewMissing and ViewOutdated.
    """
    found = look_beside_log(database, WORKLOAD, latest, given, CASES_TABLE, CaseRow)
    return found[0] if found else None


def summarise(database: str, limit: int = 10, viewer: Viewer | None = None) -> Summary:
    """The workload on one page, of the cases that a viewer sees; `limit` bounds organisations, days and
    sellers.

    Raises as `case_beside_log`, and ProjectionError if the view is swapped whenever it is read.
    """
    with open_for_answer(database, WORKLOAD) as connection:
        return read_snapshot(connection, WORKLOAD, lambda asked: summary_in(asked, limit, viewer))


def summary_in(connection: Connection, limit: int, viewer: Viewer | None = None) -> Summary:
    """The same in a session."""
    given = {"limit": limit, **rules.given(viewer)}
    totals = fetch_first(connection, WorkloadTotals, TOTALS, given)
    assert totals is not None
    return Summary(
        totals=totals,
        by_level=fetch_all(connection, Backlog, BY_LEVEL, given),
        by_organisation=fetch_all(connection, Backlog, BY_ORGANISATION, given),
        by_age=fetch_all(connection, BacklogAge, BY_AGE, given),
        latest_days=fetch_all(connection, BacklogDay, BY_DAY, given),
        first_level=fetch_all(connection, FirstLevel, FIRST_LEVEL, given),
    )
