"""The pictures of the service levels that operations people look at, as named SQL with typed answers.

For each of them there are the rows, and the cases behind a figure of a row. Months are in Europe/Berlin, each
by its first day; durations are in seconds.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask
from projections.pictures.asked import Behind, CaseBehind, PictureFilter
from projections.pictures.sql import Facts, ask_cases, given, within_month
from projections.sla import picture_queries as q
from projections.sla.projection import SLA


class DueByHolder(NamedTuple):
    """Picture 1. The cases of one who has them, by the most pressing of the clocks that still run or pause.

    A case counts once: as overdue, at risk, falling due within a day, or later. `agent` is None where nobody
    is assigned. `next_due_at` is when the first clock falls due that is not overdue; None if there is none.
    Those with most overdue come first, 100 at most. Key: organisation, agent. Figures: overdue, at_risk,
    within_a_day, later.
    """

    organisation: str
    agent: str | None
    overdue: int
    at_risk: int
    within_a_day: int
    later: int
    next_due_at: datetime | None


class PromiseMonth(NamedTuple):
    """Picture 3. How many clocks of a promise were met and missed in a month; `level` is empty for the whole
    case.

    `percent` is the share of those met; None if nobody knows of any. Key: month, organisation, level, clock.
    Figures: met, missed, beyond_calendar.
    """

    month: date
    organisation: str
    level: str
    clock: str
    met: int
    missed: int
    percent: Decimal | None
    beyond_calendar: int


class HeldTime(NamedTuple):
    """Picture 4. How long one had cases, of those opened from `since` to `until`: the sum is their age.

    `holder` is whose the time is: level_0, level_1, partner, customer, hand_over, outside_hours or resolved.
    Key: organisation, holder. Figures: cases, seconds (of each case behind it, rounded to whole seconds).
    """

    organisation: str
    holder: str
    cases: int
    seconds: Decimal


class ClockTimes(NamedTuple):
    """Picture 10. The times, in opening hours, of clocks of whole cases that were stopped in a month.

    `clock` is resolution or first_response. `p50_seconds` is the smallest time that half of them do not
    exceed. Key: month, clock. Figure: clocks (behind the percentiles are the same cases).
    """

    month: date
    clock: str
    clocks: int
    p50_seconds: Decimal
    p90_seconds: Decimal
    p99_seconds: Decimal


def due_by_holder(database: str, which: PictureFilter, viewer: Viewer | None) -> list[DueByHolder]:
    """Picture 1. What falls due next, clock by clock, answers `projections.sla.queries.due_next`."""
    return ask(database, SLA, DueByHolder, q.due_query(which), given(which, viewer))


def due_by_holder_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 1."""
    facts = Facts(q.due_cases(which), ("organisation", "agent"), q.DUE_FIGURES[behind.figure])
    return ask_cases(database, SLA, facts, (which, behind, viewer))


def promises_kept(database: str, which: PictureFilter, viewer: Viewer | None) -> list[PromiseMonth]:
    """Picture 3, by month."""
    return ask(database, SLA, PromiseMonth, q.promises_query(which), given(which, viewer))


def promises_kept_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 3."""
    which = within_month(which, behind)
    facts = Facts(q.decided_clocks(which), q.PROMISE_KEYS, q.PROMISE_FIGURES[behind.figure])
    return ask_cases(database, SLA, facts, (which, behind, viewer))


def held_times(database: str, which: PictureFilter, viewer: Viewer | None) -> list[HeldTime]:
    """Picture 4, by organisation and holder."""
    return ask(database, SLA, HeldTime, q.held_query(which), given(which, viewer))


def held_times_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 4."""
    times = "round(sum(seconds))" if behind.figure == "seconds" else "1"
    facts = Facts(q.held_times(which), ("organisation", "holder"), "true", times)
    return ask_cases(database, SLA, facts, (which, behind, viewer))


def clock_times(database: str, which: PictureFilter, viewer: Viewer | None) -> list[ClockTimes]:
    """Picture 10, by month and clock."""
    return ask(database, SLA, ClockTimes, q.times_query(which), given(which, viewer))


def clock_times_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 10."""
    which = within_month(which, behind)
    facts = Facts(q.stopped_clocks(which), ("month", "clock"), "true")
    return ask_cases(database, SLA, facts, (which, behind, viewer))
