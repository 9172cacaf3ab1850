"""The forms in which logs write a time: ISO 8601, a format of strptime, and numbers that count from a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeAlias

from casecore.clocks.instants import instant

ISO = "iso"
"""The name of ISO 8601 in a list of formats."""


class Stated(NamedTuple):
    """A time as a text states it, with its offset if it has one.

    `is_shortened`: the text has more than six digits of a second, and those after the sixth were cut.
    """

    at: datetime
    is_shortened: bool = False


ReadTime: TypeAlias = Callable[[str], Stated]
"""From a text to the time that it states; raises ValueError if it is of another form."""

_DIGITS_CUT = re.compile(r"([.,]\d{6})(\d+)")
_MIDNIGHT_AT_END = re.compile(r"(\d{4}-?\d\d-?\d\d[T ])24(:?00(?::?00(?:[.,]0+)?)?)(?!\d)")
_SPACE_BEFORE_OFFSET = re.compile(r"(?<=\d) +(?=[+-]\d\d:?\d\d\Z)")
_UTC_BY_NAME = re.compile(r"(?<=\d) *(?:UTC|GMT|z)\Z")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,20})?")
_DIRECTIVE = re.compile(r"%(.)")

_EXCEL_DAYS = range(1, 2_958_466)
"""The days that Excel knows, from 1900-01-01 to 9999-12-31."""
_EXCEL_LEAP_DAY = 60
"""Excel's 1900-02-29, which never was; the days before it are counted from one day later."""
_YEAR_10000_SECONDS = 253_402_300_800


def read_iso(text: str) -> Stated:
    """ISO 8601, also with `z`, ` UTC` or ` +0200` for the offset, and with 24:00 for the end of a day."""
    if "." not in text and "," not in text:  # nearly all: in a tenth of the time
        with suppress(ValueError):
            return Stated(datetime.fromisoformat(text))
    plain = _SPACE_BEFORE_OFFSET.sub("", _UTC_BY_NAME.sub("Z", text))
    ends_day = _MIDNIGHT_AT_END.match(plain)
    if ends_day is not None:
        plain = f"{ends_day[1]}00{ends_day[2]}{plain[ends_day.end() :]}"
    at = datetime.fromisoformat(plain)
    try:
        return Stated(at + timedelta(days=1) if ends_day is not None else at, _is_cut(plain))
    except OverflowError:
        raise ValueError("it lies after the year 9999") from None


def read_excel(text: str) -> Stated:
    """Days since 1899-12-30, in local time, as spreadsheets count; to the millisecond."""
    days = _number(text)
    if int(days) not in _EXCEL_DAYS or int(days) == _EXCEL_LEAP_DAY:
        raise ValueError("it is not a day of Excel's")
    first = datetime(1899, 12, 31 if days < _EXCEL_LEAP_DAY else 30)  # noqa: DTZ001
    milliseconds = (days * 86_400_000).quantize(Decimal(1), ROUND_HALF_UP)
    try:
        return Stated(first + timedelta(milliseconds=int(milliseconds)))
    except OverflowError:
        raise ValueError("it lies after the year 9999") from None


def read_unix(text: str) -> Stated:
    """Seconds since 1970-01-01T00:00Z."""
    return _since_1970(_number(text))


def read_unix_ms(text: str) -> Stated:
    """Milliseconds since 1970-01-01T00:00Z."""
    return _since_1970(_number(text) / 1_000)


NUMBERS: dict[str, ReadTime] = {"excel": read_excel, "unix": read_unix, "unix_ms": read_unix_ms}
"""The formats that are a number, in the order of the numbers in which a time of today is written."""


def reader_of(time_format: str) -> ReadTime:
    """What reads this format, given by its name, or as for strptime."""
    if time_format == ISO:
        return read_iso
    if time_format in NUMBERS:
        return NUMBERS[time_format]
    has_name = "Z" in _DIRECTIVE.findall(time_format)
    # By itself strptime takes the names of this machine's zone too, and gives no offset for any of them.
    formats = (
        [_without_name(time_format, name) for name in ("UTC", "GMT", "Z")] if has_name else [time_format]
    )

    def read(text: str) -> Stated:
        for place, one in enumerate(formats, start=1):
            try:
                stated = _strptime(text, one)
            except ValueError:
                if place == len(formats):
                    raise
                continue
            return stated._replace(at=stated.at.replace(tzinfo=UTC)) if has_name else stated
        raise AssertionError("there is a format")

    return read


def _without_name(time_format: str, name: str) -> str:
    return _DIRECTIVE.sub(lambda found: name if found[1] == "Z" else found[0], time_format)


def _strptime(text: str, time_format: str) -> Stated:
    try:
        return Stated(datetime.strptime(text, time_format))  # noqa: DTZ007
    except ValueError:
        if "%f" not in time_format or not _DIGITS_CUT.search(text):
            raise
    return Stated(datetime.strptime(_DIGITS_CUT.sub(r"\1", text), time_format), _is_cut(text))  # noqa: DTZ007


def _is_cut(text: str) -> bool:
    found = _DIGITS_CUT.search(text)
    return found is not None and found[2].strip("0") != ""


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("it is not a number")
    return Decimal(text.replace(",", "."))


def _since_1970(seconds: Decimal) -> Stated:
    if abs(seconds) >= _YEAR_10000_SECONDS:
        raise ValueError("it lies outside of the years 1 to 9999")
    microseconds = int(seconds * 1_000_000)
    try:
        at = instant(microseconds)
    except OverflowError:
        raise ValueError("it lies outside of the years 1 to 9999") from None
    return Stated(at, microseconds != seconds * 1_000_000)
