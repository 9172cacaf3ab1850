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
from projections.kit.sql_files import view_queries
from projections.workload.projection import WORKLOAD
from projections.workload.tables import CASES_TABLE, CaseRow

# The views' own queries, of the cases that a viewer sees: the tables in `with` go before those of the schema.
_VIEWS = view_queries("projections.workload", "views.sql")
_SEEN = f"with cases as (select * from workload.cases where {rules.condition(rules.CASE)})"
BY_LEVEL = f"""{_SEEN} select level as name, cases, waiting, unassigned, oldest_opened_at
from ({_VIEWS["backlog_by_level"]}) as backlog order by 1"""
BY_ORGANISATION = f"""{_SEEN} select organisation as name, cases, waiting, unassigned, oldest_opened_at
from ({_VIEWS["backlog_by_organisation"]}) as backlog order by cases desc, 1 limit %(limit)s"""
BY_AGE = f"""{_SEEN} select age as name, cases, waiting
from ({_VIEWS["backlog_by_age"]}) as backlog order by place"""
BY_DAY = f"""{_SEEN}, case_moves as (
  select * from workload.case_moves
  where %(viewer)s::text is null or case_id in (select case_id from cases)
)
select day, came_in::bigint as came_in, went_out::bigint as went_out, backlog
from ({_VIEWS["backlog_by_day"]}) as days
where came_in > 0 or went_out > 0 order by day desc limit %(limit)s"""
FIRST_LEVEL = f"""{_SEEN} select seller, sum(resolved)::bigint as resolved,
  sum(resolved_at_first_level)::bigint as at_first_level
from ({_VIEWS["first_level_resolution"]}) as months group by 1 order by 2 desc, 1 limit %(limit)s"""
TOTALS = f"""{_SEEN} select count(*) as cases, count(*) filter (where is_open) as open,
  coalesce(sum(hand_overs_up), 0)::bigint as hand_overs_up,
  coalesce(sum(hand_overs_down), 0)::bigint as hand_overs_down,
  coalesce(sum(bounces), 0)::bigint as bounces, coalesce(sum(reopened), 0)::bigint as reopened,
  coalesce(sum(effort_minutes), 0)::bigint as effort_minutes
from cases"""


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
