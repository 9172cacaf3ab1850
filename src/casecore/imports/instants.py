"""A row's time as an instant in UTC, by the mapping's format and time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from casecore.imports.errors import InvalidMapping, RowRejected

_SAMPLE_AT = datetime(2024, 11, 23, 17, 48, 59, tzinfo=UTC)
"""Written and read again with a mapping's format: each of its parts differs from the default."""


class Times:
    """Reads the times of one source."""

    def __init__(self, file: str, time_format: str | None, time_zone: str | None) -> None:
        """Check the format and the zone; raises InvalidMapping."""
        self._format = time_format
        self._zone = _zone(file, time_zone)
        if time_format is not None:
            _check_format(file, time_format, has_zone=time_zone is not None)

    def read(self, text: str) -> datetime:
        """The instant in UTC; raises RowRejected for a text that is not one.

        Without a format, ISO 8601. An hour that a zone has twice is read as the first of the two.
        """
        try:
            stated = datetime.strptime(text, self._format) if self._format else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError as error:
            raise RowRejected(f"the time {text[:100]!r} cannot be read: {error}") from None
        try:
            return self._aware(stated, text).astimezone(UTC)
        except OverflowError:
            raise RowRejected(f"the time {text[:100]!r} lies outside of the years 1 to 9999") from None

    def _aware(self, stated: datetime, text: str) -> datetime:
        if stated.tzinfo is not None:
            return stated
        if self._zone is None:
            raise RowRejected(f"the time {text!r} has no offset, and the mapping no source.time_zone for it")
        aware = stated.replace(tzinfo=self._zone)
        if aware.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != stated:
            raise RowRejected(f"the time {text!r} does not exist in {self._zone}: clocks were put forward")
        return aware


def _check_format(file: str, time_format: str, *, has_zone: bool) -> None:
    """Raise InvalidMapping for a format with which no row could be read, or each would be read wrongly."""
    key = "source.time_format"
    try:
        read = datetime.strptime(_SAMPLE_AT.strftime(time_format), time_format)  # noqa: DTZ007
    except (ValueError, re.error) as error:
        raise InvalidMapping(
            file, key, f'{time_format!r} cannot be read ({error}); take one such as "%d.%m.%Y %H:%M"'
        ) from None
    if read.date() != _SAMPLE_AT.date():
        raise InvalidMapping(file, key, f"{time_format!r} does not say year, month and day (%Y, %m, %d)")
    if read.hour not in (_SAMPLE_AT.hour, 0):
        what = f"{time_format!r} does not tell morning from afternoon: take %H, or %I with %p"
        raise InvalidMapping(file, key, what)
    if read.tzinfo is None and not has_zone:
        what = f"is missing: source.time_format, {time_format!r}, reads no offset (%z)"
        raise InvalidMapping(file, "source.time_zone", what)


def _zone(file: str, name: str | None) -> tzinfo | None:
    if name is None or name == "UTC":  # UTC is known without a time zone database
        return None if name is None else UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidMapping(
            file,
            "source.time_zone",
            f"{name!r} is not a time zone known here; take an IANA name such as Europe/Rome, or UTC",
        ) from None
