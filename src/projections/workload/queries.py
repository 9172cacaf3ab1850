"""What people ask of the workload, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from casecore.postgres.connection import Connection
from projections.kit.reading.beside_log import StreamBesideLog, row_beside_log
from projections.kit.reading.queries import ask_first, fetch_all, fetch_first
from projections.kit.reading.session import open_for_answer
from projections.kit.reading.snapshot import read_snapshot
from projections.workload.projection import WORKLOAD
from projections.workload.tables import CASES_TABLE, CaseRow

_COLUMNS = ", ".join(CASES_TABLE.names)

CASE = f"select {_COLUMNS} from workload.cases where reference = %(reference)s"
BY_LEVEL = """select level as name, cases, waiting, unassigned, oldest_opened_at
from workload.backlog_by_level order by 1"""
BY_ORGANISATION = """select organisation as name, cases, waiting, unassigned, oldest_opened_at
from workload.backlog_by_organisation order by cases desc, 1 limit %(limit)s"""
BY_AGE = "select age as name, cases, waiting from workload.backlog_by_age order by place"
BY_DAY = """select day, came_in::bigint as came_in, went_out::bigint as went_out, backlog
from workload.backlog_by_day where came_in > 0 or went_out > 0 order by day desc limit %(limit)s"""
FIRST_LEVEL = """select seller, sum(resolved)::bigint as resolved,
  sum(resolved_at_first_level)::bigint as at_first_level
from workload.first_level_resolution group by 1 order by 2 desc, 1 limit %(limit)s"""
TOTALS = """select count(*) as cases, count(*) filter (where is_open) as open,
  coalesce(sum(hand_overs_up), 0)::bigint as hand_overs_up,
  coalesce(sum(hand_overs_down), 0)::bigint as hand_overs_down,
  coalesce(sum(bounces), 0)::bigint as bounces, coalesce(sum(reopened), 0)::bigint as reopened,
  coalesce(sum(effort_minutes), 0)::bigint as effort_minutes
from workload.cases"""


class WorkloadTotals(NamedTuple):
    """Sums over all cases."""

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


def find_case(database: str, reference: str) -> CaseRow | None:
    """The case with this reference as the view has it, or None. Raises ViewMissing and ViewOutdated."""
    return ask_first(database, WORKLOAD, CaseRow, CASE, {"reference": reference})


def case_beside_log(
    database: str, latest: str, given: Mapping[str, object]
) -> StreamBesideLog[CaseRow] | None:
    """The case whose stream a query gives, beside what the view has of it; None where it gives none.

    The query is as for `streams_beside_log`. Raises as `find_case`.
    """
    return row_beside_log(database, WORKLOAD, latest, given, CASES_TABLE, CaseRow)


def summarise(database: str, limit: int = 10) -> Summary:
    """The workload on one page; `limit` bounds organisations, days and sellers.

    Raises as `find_case`, and ProjectionError if the view is swapped whenever it is read.
    """
    with open_for_answer(database, WORKLOAD) as connection:
        return read_snapshot(connection, WORKLOAD, lambda asked: _summary(asked, limit))


def _summary(connection: Connection, limit: int) -> Summary:
    given = {"limit": limit}
    totals = fetch_first(connection, WorkloadTotals, TOTALS)
    assert totals is not None
    return Summary(
        totals=totals,
        by_level=fetch_all(connection, Backlog, BY_LEVEL),
        by_organisation=fetch_all(connection, Backlog, BY_ORGANISATION, given),
        by_age=fetch_all(connection, BacklogAge, BY_AGE),
        latest_days=fetch_all(connection, BacklogDay, BY_DAY, given),
        first_level=fetch_all(connection, FirstLevel, FIRST_LEVEL, given),
    )
