"""Instants and durations as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta

from casecore.web.rendering.language import date_form, locale_of

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Times(NamedTuple):
    """How one reader reads times: in a language, in a time zone, as of now."""

    language: str
    zone: ZoneInfo
    now: datetime

    def short(self, instant: datetime) -> str:
        """An instant of today by its time of day, any other by its day, too."""
        local, today = instant.astimezone(self.zone), self.now.astimezone(self.zone).date()
        locale = locale_of(self.language)
        if local.date() == today:
            return format_time(local, "HH:mm", tzinfo=self.zone, locale=locale)
        form = date_form(self.language, "MMMd" if local.year == today.year else "yMMMd")
        return format_datetime(local, f"{form}, HH:mm", tzinfo=self.zone, locale=locale)

    def exact(self, instant: datetime) -> str:
        """An instant to the second, in the reader's zone and in UTC."""
        local = format_datetime(
            instant,
            f"{date_form(self.language, 'yMMMEd')}, HH:mm:ss zzzz",
            tzinfo=self.zone,
            locale=locale_of(self.language),
        )
        return f"{local}; {instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def day(self, day: date) -> str:
        """A day."""
        return format_date(day, "medium", locale=locale_of(self.language))

    def since(self, instant: datetime) -> str:
        """How long ago an instant was, or how long it is until then, in one unit."""
        return format_timedelta(
            instant - self.now, add_direction=True, threshold=1.5, locale=locale_of(self.language)
        )

    def age(self, instant: datetime) -> str:
        """How much time has passed since, in one unit."""
        return format_timedelta(
            self.now - instant, threshold=1.5, format="narrow", locale=locale_of(self.language)
        )


def duration(seconds: float | int) -> str:
    """A duration in its two largest units, cut: 1 d 4 h, 3 h 20 min, 5 min 12 s."""
    whole = int(abs(seconds))
    sign = "−" if seconds < 0 and whole else ""
    days, hours = divmod(whole, _DAY)
    hours, minutes = divmod(hours, _HOUR)
    minutes, rest = divmod(minutes, _MINUTE)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    while len(parts) > 2 and not parts[0][0]:
        parts.pop(0)
    shown = [f"{number} {unit}" for number, unit in parts[:2] if number]
    return sign + (" ".join(shown) or "0 s")


def opening_hours(seconds: float | int) -> str:
    """A duration of opening hours: hours and minutes, since a day of them has no fixed length."""
    whole = int(abs(seconds))
    sign = "−" if seconds < 0 and whole else ""
    hours, rest = divmod(whole, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    if hours:
        return f"{sign}{hours} h {minutes:02d} min"
    return f"{sign}{minutes} min {rest:02d} s" if minutes else f"{sign}{rest} s"


def iso(instant: datetime) -> str:
    """An instant as programs read it."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def micros(value: int) -> datetime:
    """An instant of microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
