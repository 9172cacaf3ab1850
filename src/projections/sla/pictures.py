"""The pictures of the service levels that operations people look at, as named SQL with typed answers.

For each of them there are the rows, and the cases behind a figure of a row. Months are in Europe/Berlin, each
by its first day; durations are in seconds.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.visibility.rules import Viewer
from projections.pictures.asked import Behind, CaseBehind, PictureFilter


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
    Key: organisation, holder. Figures: seconds, cases (behind both are these cases).
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
    raise NotImplementedError


def due_by_holder_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 1."""
    raise NotImplementedError


def promises_kept(database: str, which: PictureFilter, viewer: Viewer | None) -> list[PromiseMonth]:
    """Picture 3, by month."""
    raise NotImplementedError


def promises_kept_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 3."""
    raise NotImplementedError


def held_times(database: str, which: PictureFilter, viewer: Viewer | None) -> list[HeldTime]:
    """Picture 4, by organisation and holder."""
    raise NotImplementedError


def held_times_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 4."""
    raise NotImplementedError


def clock_times(database: str, which: PictureFilter, viewer: Viewer | None) -> list[ClockTimes]:
    """Picture 10, by month and clock."""
    raise NotImplementedError


def clock_times_cases(
    database: str, which: PictureFilter, behind: Behind, viewer: Viewer | None
) -> list[CaseBehind]:
    """The cases behind a figure of picture 10."""
    raise NotImplementedError
