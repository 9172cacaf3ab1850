"""A row's time as an instant in UTC, by the mapping's formats and time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from casecore.decider.command import EARLIEST_YEAR
from casecore.imports.errors import InvalidMapping, RowRejected
from casecore.imports.times.formats import ISO, NUMBERS, ReadTime, Stated, read_excel, reader_of

MOST_FORMATS = 20
"""Formats that a mapping may list: each is tried on each row."""

_SAMPLE_AT = datetime(2024, 11, 23, 17, 48, 59, tzinfo=UTC)
"""Written and read again with a mapping's format: each of its parts differs from the default."""


class RowTime(NamedTuple):
    """When a row happened: the instant, in UTC, and the offset with which the row states it, if any.

    `is_shortened`: digits after the sixth of a second were cut.
    """

    at: datetime
    utc_offset_seconds: int | None
    is_shortened: bool


class Times:
    """Reads the times of one source."""

    def __init__(
        self,
        file: str,
        time_format: str | Sequence[str] | None,
        time_zone: str | None,
        earliest_year: int = EARLIEST_YEAR,
    ) -> None:
        """Check the formats and the zone; raises InvalidMapping."""
        self._zone = _zone(file, time_zone)
        self._earliest_year = earliest_year
        formats = (time_format,) if isinstance(time_format, str) else time_format or (ISO,)
        if len(formats) > MOST_FORMATS:
            raise InvalidMapping(file, "source.time_format", f"lists more than {MOST_FORMATS} formats")
        for one in formats:
            _check_format(file, one, has_zone=time_zone is not None)
        self._formats = formats
        self._readers = _readers(formats)

    def read(self, text: str) -> RowTime:
        """The instant in UTC; raises RowRejected for a text that is not one.

        Without a format, ISO 8601. An hour that a zone has twice is read as the first of the two.
        """
        stated = self._stated(text)
        aware = self._aware(stated.at, text)
        try:
            at = aware.astimezone(UTC)
        except OverflowError:
            raise RowRejected(f"the time {text[:100]!r} lies outside of the years 1 to 9999") from None
        if at.year < self._earliest_year:
            raise RowRejected(
                f"the time {text[:100]!r} lies before the year {self._earliest_year}: if it is right, give a "
                "source.earliest_year"
            )
        offset = stated.at.utcoffset()
        return RowTime(at, None if offset is None else int(offset.total_seconds()), stated.is_shortened)

    def _stated(self, text: str) -> Stated:
        for read in self._readers:
            try:
                return read(text)
            except ValueError as error:
                failure = error
        if len(self._readers) > 1:
            raise RowRejected(f"the time {text[:100]!r} is in none of the formats {', '.join(self._formats)}")
        raise RowRejected(f"the time {text[:100]!r} cannot be read: {failure}")

    def _aware(self, stated: datetime, text: str) -> datetime:
        if stated.tzinfo is not None:
            return stated
        if self._zone is None:
            raise RowRejected(f"the time {text!r} has no offset, and the mapping no source.time_zone for it")
        aware = stated.replace(tzinfo=self._zone)
        try:
            skipped = aware.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) != stated
        except OverflowError:
            raise RowRejected(f"the time {text[:100]!r} lies outside of the years 1 to 9999") from None
        if skipped:
            raise RowRejected(f"the time {text!r} does not exist in {self._zone}: clocks were put forward")
        return aware


def _readers(formats: Sequence[str]) -> tuple[ReadTime, ...]:
    """What reads the formats, in their order; the size of a number says of which format it is."""
    numbers = iter([name for name in NUMBERS if name in formats])
    return tuple(reader_of(next(numbers, one) if one in NUMBERS else one) for one in dict.fromkeys(formats))


def _check_format(file: str, time_format: str, *, has_zone: bool) -> None:
    """Raise InvalidMapping for a format with which no row could be read, or each would be read wrongly."""
    key = "source.time_format"
    read_text = reader_of(time_format)
    if time_format in NUMBERS or time_format == ISO:
        if read_text is read_excel and not has_zone:
            what = 'is missing: source.time_format "excel" is of a local time'
            raise InvalidMapping(file, "source.time_zone", what)
        return
    try:
        read = read_text(_SAMPLE_AT.strftime(time_format)).at
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
