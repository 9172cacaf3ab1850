"""How the figures of service levels are printed for a person, at 80 columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from casecore.app.clocks import clock_name, in_words
from casecore.cli.output import Column, hours_text, print_table, screen


class Clock(Protocol):
    """What is printed of a clock, whoever computed it."""

    @property
    def clock(self) -> str: ...
    @property
    def level(self) -> str | None: ...
    @property
    def number(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def at_risk(self) -> bool: ...
    @property
    def target_seconds(self) -> int | Decimal: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def elapsed_seconds(self) -> int | Decimal: ...
    @property
    def paused_seconds(self) -> int | Decimal: ...
    @property
    def beyond_horizon(self) -> bool: ...


class Holder(Protocol):
    """What is printed of a holder."""

    @property
    def holder(self) -> str: ...
    @property
    def organisation(self) -> str: ...
    @property
    def agent(self) -> str | None: ...
    @property
    def seconds(self) -> int | Decimal: ...


def print_clocks(title: str, clocks: Iterable[Clock]) -> None:
    """A case's clocks; times are in UTC, durations in hours, minutes and seconds of opening hours."""
    columns = [
        Column("clock"),
        Column("status", narrow=True),
        Column("due (UTC)", narrow=True),
        Column("target", right=True, narrow=True),
        Column("elapsed", right=True, narrow=True),
        Column("paused", right=True, narrow=True),
    ]
    rows = [
        (
            clock_name(c.clock, c.level, c.number),
            f"{c.status}!" if c.at_risk else c.status,
            "beyond calendar" if c.beyond_horizon and c.due_at is None else _minute(c.due_at),
            hours_text(c.target_seconds),
            hours_text(int(c.elapsed_seconds)),  # fractions are for who wants to know how they come about
            hours_text(int(c.paused_seconds)) if c.paused_seconds else None,
        )
        for c in clocks
    ]
    print_table(title, columns, rows)


def print_holders(title: str, holders: Iterable[Holder]) -> None:
    """Who held a case, and how long."""
    columns = [
        Column("holder", narrow=True),
        Column("organisation"),
        Column("agent"),
        Column("hours", right=True, narrow=True),
    ]
    rows = [(in_words(h.holder), h.organisation, h.agent or None, hours_text(h.seconds)) for h in holders]
    print_table(title, columns, rows)


class MonthlyAttainment(Protocol):
    """What is printed of a month's clocks of one kind."""

    @property
    def month(self) -> date: ...
    @property
    def organisation(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def clock(self) -> str: ...
    @property
    def priority(self) -> str: ...
    @property
    def met(self) -> int: ...
    @property
    def missed(self) -> int: ...
    @property
    def percent(self) -> Decimal | None: ...
    @property
    def beyond_calendar(self) -> int: ...


def print_attainment(found: Iterable[MonthlyAttainment]) -> None:
    """How many clocks were met and missed, by month, organisation, clock and priority."""
    columns = [
        Column("month", narrow=True),
        Column("promised by"),
        Column("clock"),
        Column("priority", narrow=True),
        Column("met", right=True, narrow=True),
        Column("missed", right=True, narrow=True),
        Column("attained", right=True, narrow=True),
    ]
    listed = list(found)
    rows = [
        (
            f"{a.month:%Y-%m}",
            a.organisation,
            clock_name(a.clock, a.level, 1),
            a.priority,
            f"{a.met:,}",
            f"{a.missed:,}",
            None if a.percent is None else f"{a.percent} %",
        )
        for a in listed
    ]
    print_table("Attainment", columns, rows)
    beyond = sum(a.beyond_calendar for a in listed)
    if beyond:
        screen.print(f"{beyond:,} more were done after their calendar ends: nobody knows if in time.")


def _minute(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M}"
