"""A week of opening hours in words: neighbouring days with the same hours together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from babel.dates import format_date

from casecore.contract.service_levels import Calendar, Hours
from casecore.web.rendering.language import locale_of

_A_MONDAY = date(2024, 1, 1)


class WeekLine(NamedTuple):
    """Some days of the week, such as Mon – Thu, and when they are open, empty if they are closed."""

    days: str
    hours: str
    open_minutes: int


def weekday_name(day: int, language: str, form: str = "EEEE") -> str:
    """The name of a day of the week, from 0 for Monday."""
    return str(format_date(_A_MONDAY + timedelta(days=day), form, locale=locale_of(language)))


def week_lines(calendar: Calendar, language: str) -> list[WeekLine]:
    """The week of a calendar."""
    lines = []
    for hours, group in groupby(range(7), lambda day: calendar.weekly[day]):
        days = list(group)
        names = [weekday_name(day, language, "EEE") for day in (days[0], days[-1])]
        lines.append(WeekLine(" – ".join(dict.fromkeys(names)), hours_in_words(hours), open_minutes(hours)))
    return lines


def hours_in_words(hours: Sequence[Hours]) -> str:
    """The hours of a day, such as 08:00–12:00, 13:00–17:00."""
    return ", ".join(window.replace("-", "–") for window in hours)


def open_minutes(hours: Sequence[Hours]) -> int:
    """For how long a day with these hours is open by its clock; windows do not overlap."""
    return sum(_minutes(window[6:]) - _minutes(window[:5]) for window in hours)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
