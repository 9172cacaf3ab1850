"""Prints the figures of service levels for a person, at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from casecore.app.service_levels.words import clock_name, hours_text, in_words
from casecore.cli.output import Columns, PrintedColumn, number, print_table, screen, short
from casecore.evaluation.figures import ClockFigures, HolderFigures
from projections.sla.queries import ClockAnswer, HolderAnswer
from projections.sla.reports import Attainment

PrintedClock: TypeAlias = ClockFigures | ClockAnswer
"""A clock as the view answers it, or as it was evaluated from a case's events."""

Holder: TypeAlias = HolderFigures | HolderAnswer
"""A time during which somebody was responsible for a case, as the view answers it, or as evaluated."""

_CLOCKS: Columns[PrintedClock] = (
    PrintedColumn("clock", lambda c: clock_name(c.clock, c.level, c.number)),
    short("status", lambda c: f"{c.status}!" if c.at_risk else c.status),
    short("due", lambda c: _due(c)),
    number("target", lambda c: hours_text(c.target_seconds), narrow=True),
    # Without fractions of a second: `casecore sla explain` shows how a figure adds up.
    number("elapsed", lambda c: hours_text(int(c.elapsed_seconds)), narrow=True),
    number("paused", lambda c: hours_text(int(c.paused_seconds)) if c.paused_seconds else None, narrow=True),
)
_HOLDERS: Columns[Holder] = (
    short("holder", lambda h: in_words(h.holder)),
    PrintedColumn("organisation", lambda h: h.organisation),
    PrintedColumn("agent", lambda h: h.agent or None),
    number("hours", lambda h: hours_text(h.seconds), narrow=True),
)


def print_clocks(title: str, clocks: Iterable[PrintedClock]) -> None:
    """Print a case's clocks; durations in hours, minutes and seconds of opening hours."""
    print_table(title, _CLOCKS, clocks)


def print_holders(title: str, holders: Iterable[Holder]) -> None:
    """Print who was responsible for a case, and for how long."""
    print_table(title, _HOLDERS, holders)


_ATTAINMENT: Columns[Attainment] = (
    short("month", lambda a: f"{a.month:%Y-%m}"),
    PrintedColumn("promised by", lambda a: a.organisation),
    PrintedColumn("clock", lambda a: clock_name(a.clock, a.level, 1)),
    short("priority", lambda a: a.priority),
    number("met", lambda a: f"{a.met:,}", narrow=True),
    number("missed", lambda a: f"{a.missed:,}", narrow=True),
    number("attained", lambda a: None if a.percent is None else f"{a.percent} %", narrow=True),
)


def print_attainment(found: Iterable[Attainment]) -> None:
    """Print how many clocks were met and missed, by month, organisation, clock and priority."""
    listed = list(found)
    print_table("Attainment", _ATTAINMENT, listed)
    beyond = sum(a.beyond_calendar for a in listed)
    if beyond:
        screen.print(f"{beyond:,} more were done after their calendar ends: nobody knows if in time.")


def _due(clock: PrintedClock) -> datetime | str | None:
    return clock.due_at or ("beyond calendar" if clock.beyond_horizon else None)
