"""The pictures of the workload that operations people look at, as named SQL with typed answers.

For each of them there are the rows, and the cases behind a figure of a row. Days and months are in
Europe/Berlin; a month is its first day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask, ask_first
from projections.pictures.asked import Behind, CaseBehind, DaysMissing, PictureFilter
from projections.pictures.sql import Facts, ask_cases, day_of, given, within, within_month
from projections.workload import picture_queries as q
from projections.workload.projection import WORKLOAD


class FlowDay(NamedTuple):
    """Picture 2. A day: what came in (opened, or reopened), what went out, and what was open at its end.

    Every day from the first to the last has a row. Key: day. Figures: came_in, went_out, open.
    """

    day: date
    came_in: int
    went_out: int
    open: int


class OpenAge(NamedTuple):
    """Picture 5. Open cases of one age at one level; `level` is not_taken while nobody has taken them.

    Every age has a row for each level at which something is open. Key: place, level. Figures: cases, waiting.
    """

    place: int
    age: str
    level: str
    cases: int
    waiting: int


class AgentLoad(NamedTuple):
    """Picture 6. Open cases of an agent; of nobody where `agent` is None. Those with most come first.

    `at_work` are those that do not wait for the customer.

    Key: organisation, agent. Figures: cases, waiting, at_work, urgent.
    """

    organisation: str
    agent: str | None
    cases: int
    waiting: int
    at_work: int
    urgent: int
    oldest_opened_at: datetime


class ArrivalHour(NamedTuple):
    """Picture 7. How many cases came in on a weekday (1 is Monday) in an hour (0 to 23) in Europe/Berlin.

    All 168 hours of a week have a row. Key: weekday, hour. Figure: came_in.
    """

    weekday: int
    hour: int
    came_in: int


class FirstLevelMonth(NamedTuple):
    """Picture 8. A seller's technical cases resolved in a month, and those of them never at level 1.

    Key: month, seller. Figures: resolved, at_first_level.
    """

    month: date
    seller: str
    resolved: int
    at_first_level: int
    percent: Decimal


class MovesMonth(NamedTuple):
    """Picture 9. Hand-overs up and down in a month, bounces, and what was resolved and reopened.

    `reopened_percent` is the share of reopenings of what was resolved in the month; None if that is nothing.
    Key: month. Figures: up, down, bounces, resolved, reopened.
    """

    month: date
    up: int
    down: int
    bounces: int
    resolved: int
    reopened: int
    reopened_percent: Decimal | None


class StateDay(NamedTuple):
    """Picture 11. How many cases were in a state at the end of a day.

    Every day from the first to the last has a row for each state that any case was in when a day ended. Key:
    day, state. Figure: cases.
    """

    day: date
    state: str
    cases: int


class CustomerEffort(NamedTuple):
    """Picture 12. What was spent on a customer's cases, the most first: 100 customers at most.

    Key: customer. Figures: minutes, cases.
    """

    customer: str
    minutes: int
    cases: int


class MovedDays(NamedTuple):
    """The first and the last day on which anything happened to the cases; None if there are none."""

    first_on: date | None
    last_on: date | None


def moved_days(database: str, which: PictureFilter, viewer: Viewer | None) -> MovedDays:
    """From which day to which there is something to see, whatever `since` and `until` say."""
    found = ask_first(database, WORKLOAD, MovedDays, q.moved_days_query(which), given(which, viewer))
    return found or MovedDays(None, None)


def backlog_flow(database: str, which: PictureFilter, viewer: Viewer | None) -> list[FlowDay]:
    """Picture 2, by day."""
    return ask(database, WORKLOAD, FlowDay, q.flow_query(which), given(which, viewer))


def backlog_flow_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 2: of a day, or without one of all that are asked about.

    What was open then is as at the end of the last of them.
    """
    days = _days_of(which, behind)
    if behind.figure == "open":
        facts = Facts(q.states_at_end(which, days[1]), (), "is_open")
        behind = behind._replace(keys={"day": days[1]})
    else:
        which = within(which, *days)
        facts = Facts(q.moves(which), (), q.FLOW_FIGURES[behind.figure])
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def _days_of(which: PictureFilter, behind: Behind) -> tuple[date, date]:
    """The first and the last day that is asked for; raises DaysMissing."""
    day = behind.keys["day"]
    if isinstance(day, date):
        return day, day
    if which.since is None or which.until is None:
        raise DaysMissing
    return which.since, which.until


def open_ages(database: str, which: PictureFilter, viewer: Viewer | None) -> list[OpenAge]:
    """Picture 5, youngest first."""
    return ask(database, WORKLOAD, OpenAge, q.ages_query(which), given(which, viewer))


def open_ages_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 5."""
    facts = Facts(q.open_cases(which), ("place", "level"), q.AGE_FIGURES[behind.figure])
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def agent_load(database: str, which: PictureFilter, viewer: Viewer | None) -> list[AgentLoad]:
    """Picture 6: 100 agents at most, those with most first."""
    return ask(database, WORKLOAD, AgentLoad, q.load_query(which), given(which, viewer))


def agent_load_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 6."""
    facts = Facts(q.open_cases(which), ("organisation", "agent"), q.LOAD_FIGURES[behind.figure])
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def arrivals(database: str, which: PictureFilter, viewer: Viewer | None) -> list[ArrivalHour]:
    """Picture 7, by weekday and hour."""
    return ask(database, WORKLOAD, ArrivalHour, q.arrivals_query(which), given(which, viewer))


def arrivals_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 7."""
    facts = Facts(q.arrived(which), ("weekday", "hour"), q.ARRIVAL_FIGURES[behind.figure])
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def first_level(database: str, which: PictureFilter, viewer: Viewer | None) -> list[FirstLevelMonth]:
    """Picture 8, by month and seller."""
    return ask(database, WORKLOAD, FirstLevelMonth, q.first_level_query(which), given(which, viewer))


def first_level_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 8."""
    which = within_month(which, behind)
    facts = Facts(q.resolved_cases(which), ("month", "seller"), q.FIRST_LEVEL_FIGURES[behind.figure])
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def hand_overs(database: str, which: PictureFilter, viewer: Viewer | None) -> list[MovesMonth]:
    """Picture 9, by month."""
    return ask(database, WORKLOAD, MovesMonth, q.hand_overs_query(which), given(which, viewer))


def hand_overs_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 9."""
    which = within_month(which, behind)
    facts = Facts(q.moves(which), ("month",), q.MOVE_FIGURES[behind.figure])
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def cumulative_flow(database: str, which: PictureFilter, viewer: Viewer | None) -> list[StateDay]:
    """Picture 11, by day and state."""
    return ask(database, WORKLOAD, StateDay, q.state_days_query(which), given(which, viewer))


def cumulative_flow_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 11."""
    facts = Facts(q.states_at_end(which, day_of(behind), "s.state = %(key_state)s"), (), "true")
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))


def customer_effort(database: str, which: PictureFilter, viewer: Viewer | None) -> list[CustomerEffort]:
    """Picture 12, what cases took; `billing.pictures` has what the packages pay."""
    return ask(database, WORKLOAD, CustomerEffort, q.effort_query(which), given(which, viewer))


def customer_effort_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 12."""
    times = "sum(minutes)" if behind.figure == "minutes" else "1"
    facts = Facts(q.efforts(which), ("customer",), "true", times)
    return ask_cases(database, WORKLOAD, facts, (which, behind, viewer))
