"""How all cases stood at a past instant, as known at another one: counted, and listed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from projections.kit.reading.queries import ask, ask_in_pieces, limits_for
from projections.timeline.projection import TIMELINE

COUNTED_BY = ("state", "level", "organisation", "agent")
"""What cases can be counted by, in the order in which it is shown."""


class StandingsFilter(NamedTuple):
    """Which cases: as they stood `at` an instant, by what was recorded by another one, None for all.

    What else is None does not matter. In a list those after a reference, `limit` at most.
    """

    at: datetime
    recorded_by: datetime | None = None
    state: str | None = None
    level: str | None = None
    organisation: str | None = None
    agent: str | None = None
    open_only: bool = False
    after: str | None = None
    limit: int | None = None


class StandingCount(NamedTuple):
    """How many cases stood so; None for what is not counted by, and where a case had none."""

    state: str | None
    level: str | None
    organisation: str | None
    agent: str | None
    cases: int


class ListedStanding(NamedTuple):
    """How a case stood, since when, and by which of its events; when that was recorded."""

    case_id: UUID
    reference: str
    version: int
    state: str
    is_open: bool
    level: str | None
    organisation: str
    agent: str | None
    since: datetime
    recorded_at: datetime


class _Cases(NamedTuple):
    cases: int


_STOOD = """timeline.states_at(%(at)s, %(recorded_by)s)
where (%(state)s::text is null or state = %(state)s)
  and (%(level)s::text is null or level = %(level)s)
  and (%(organisation)s::text is null or organisation = %(organisation)s)
  and (%(agent)s::text is null or agent = %(agent)s) and (not %(open_only)s or is_open)"""
STANDINGS = f"""select {", ".join(ListedStanding._fields)} from {_STOOD}
  and (%(after)s::text is null or reference > %(after)s)
order by reference limit %(limit)s"""
# A case counts once, whatever is known of it later.
RECORDED_LATER = """select count(distinct case_id) as cases from timeline.standings
where occurred_at <= %(at)s and recorded_at > %(recorded_by)s"""


def count_standings(
    database: str, which: StandingsFilter, by: Collection[str] = COUNTED_BY
) -> list[StandingCount]:
    """How many cases stood how, by some of COUNTED_BY; the most first.

    Raises ViewMissing and ViewOutdated.
    """
    names = [name for name in COUNTED_BY if name in by]
    columns = ", ".join(name if name in names else f"null::text as {name}" for name in COUNTED_BY)
    grouped = f"group by {', '.join(names)}" if names else ""
    query = f"select {columns}, count(*) as cases from {_STOOD} {grouped} order by cases desc, 1, 2, 3, 4"
    return ask(database, TIMELINE, StandingCount, query, which._asdict())


def list_standings(database: str, which: StandingsFilter) -> Iterator[ListedStanding]:
    """How each case stood, by reference, read as they are asked for. Raises as `count_standings`."""
    return ask_in_pieces(
        database, TIMELINE, ListedStanding, STANDINGS, which._asdict(), limits_for(which.limit)
    )


def count_recorded_later(database: str, at: datetime, recorded_by: datetime) -> int:
    """How many cases stood otherwise by an instant than was recorded by another one.

    Raises as `count_standings`.
    """
    given = {"at": at, "recorded_by": recorded_by}
    return ask(database, TIMELINE, _Cases, RECORDED_LATER, given)[0].cases
