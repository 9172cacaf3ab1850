"""Clocks, durations, instants and shares in words, for people at every door."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal


def in_words(name: str) -> str:
    """`level_time` as "level time", and `hand_over` as "hand-over", which is one word."""
    return "hand-over" if name == "hand_over" else name.replace("_", " ")


def clock_name(clock: str, level: str | None, number: int) -> str:
    """`level time, level 1` or `next reply (2)`: a clock in words."""
    name = in_words(clock)
    if level:
        name += f", {in_words(level)}"
    return name if number == 1 else f"{name} ({number})"


def hours_text(seconds: int | Decimal) -> str:
    """A duration in seconds as hours, minutes and seconds, such as 12:30:00; -0:05:00 is overdrawn.

    It keeps a fraction of a second, so that a column adds up.
    """
    total = abs(Decimal(seconds))
    whole, fraction = int(total), total % 1
    sign = "-" if seconds < 0 else ""
    part = f"{fraction.normalize():f}"[1:] if fraction else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{part}"


def second(at: datetime) -> str:
    """An instant to the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def percent_text(met: int, missed: int) -> str | None:
    """The share that was met, to a tenth of a percent, halves up as in the view; None without any."""
    if not met + missed:
        return None
    share = Decimal(100 * met) / (met + missed)
    return f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP)} %"
