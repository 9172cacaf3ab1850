"""Instants and durations as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta

from casecore.web.rendering.language import date_form, locale_of

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
"""The units of durations, by their signs, in seconds: in German as in English."""


class LocalTimes(NamedTuple):
    """How one reader reads times: in a language and a zone, as of now; `is_dated`: always with the day."""

    language: str
    zone: ZoneInfo
    now: datetime
    is_dated: bool = False

    def short(self, instant: datetime) -> str:
        """An instant of today by its time of day, any other by its day, too."""
        local, today = instant.astimezone(self.zone), self.now.astimezone(self.zone).date()
        if local.date() == today and not self.is_dated:
            return _formatted(self.language, self.zone, "HH:mm", instant)
        form = f"{date_form(self.language, 'MMMd' if local.year == today.year else 'yMMMd')}, HH:mm"
        return _formatted(self.language, self.zone, form, instant)

    def next(self, instant: datetime) -> str:
        """An instant that comes: of today by its time of day, of this week by its weekday, too."""
        local = instant.astimezone(self.zone)
        if not 0 < (local.date() - self.now.astimezone(self.zone).date()).days < 7:
            return self.short(instant)
        return _formatted(self.language, self.zone, "EEE HH:mm", instant)

    def local(self, instant: datetime) -> str:
        """An instant as a form's field has it, in the reader's zone."""
        return instant.astimezone(self.zone).replace(tzinfo=None).isoformat(timespec="seconds")

    def just_before(self, instant: datetime) -> str:
        """The last instant before one, as programs read it."""
        return (instant.astimezone(UTC) - timedelta(microseconds=1)).isoformat().replace("+00:00", "Z")

    def exact(self, instant: datetime) -> str:
        """An instant to the second, in the reader's zone and in UTC."""
        return _exact(self.language, self.zone, instant)

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


def in_words(language: str, zone: tzinfo, instant: datetime) -> str:
    """An instant within a sentence that does not say whose time it is: to the minute, with its zone."""
    form = f"{date_form(language, 'yMMMd')}, HH:mm z"
    return format_datetime(instant, form, tzinfo=zone, locale=locale_of(language))


@lru_cache(10_000)
def _exact(language: str, zone: ZoneInfo, instant: datetime) -> str:
    """A page that is shown again has the same instants."""
    form = f"{date_form(language, 'yMMMEd')}, HH:mm:ss zzzz"
    local = format_datetime(instant, form, tzinfo=zone, locale=locale_of(language))
    return f"{local}; {instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@lru_cache(10_000)
def _formatted(language: str, zone: ZoneInfo, form: str, instant: datetime) -> str:
    return format_datetime(instant, form, tzinfo=zone, locale=locale_of(language))


def duration(seconds: float, *, units: int = 2, has_days: bool = True) -> str:
    """A duration as pages and charts write it in each language: by its largest unit and those that follow,
    cut, without what is zero: 1 d 4 h, 3 h 20 min, 5 min 12 s.

    At most so many `units`. Opening hours have no days, since a day of them has no fixed length. A clock that
    counts down in a browser is written by the same rule: see `assets/page.js`.
    """
    whole = int(abs(seconds))
    sign = "−" if seconds < 0 and whole else ""
    parts: list[tuple[int, str]] = []
    for unit, length in _UNITS[0 if has_days else 1 :]:
        number, whole = divmod(whole, length)
        if parts or number:
            parts.append((number, unit))
    return sign + (" ".join(f"{number} {unit}" for number, unit in parts[:units] if number) or "0 s")


def exact_duration(seconds: float) -> str:
    """A duration to the second: 2 d 19 h 6 min 57 s."""
    return duration(seconds, units=len(_UNITS))


def opening_hours(seconds: float) -> str:
    """A duration of opening hours: 51 h 6 min."""
    return duration(seconds, has_days=False)


def target(seconds: float) -> str:
    """A target in opening hours, to the second: 4 h, 1 h 30 min."""
    return duration(seconds, units=len(_UNITS), has_days=False)


def instant_of(text: str) -> datetime | None:
    """An instant as events have it, None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def iso(instant: datetime) -> str:
    """An instant as programs read it."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
