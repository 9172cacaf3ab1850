"""Durations as people write them, in opening hours: ISO 8601 with hours, minutes and seconds only."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from casecore.service_levels.errors import InvalidDuration

LONGEST_SECONDS = 10 * 366 * 86_400
"""The longest duration: that of the contract's TargetSeconds."""

_WITH_DAYS = re.compile(r"-?P(?!T)[0-9].*", re.DOTALL)
# Nine digits: more than the longest duration has, and few enough to be read fast.
_FORM = re.compile(r"PT(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}S)?")


def read_duration(text: str) -> int:
    """An ISO 8601 duration such as PT4H, PT1H30M or PT90S, in seconds; raises InvalidDuration.

    Days and longer units are refused: the calendar says how long a day is open.
    """
    shown = repr(text[:50])
    if text.startswith("-"):
        raise InvalidDuration(f"{shown} is negative: give PT0S or more")
    if _WITH_DAYS.fullmatch(text):
        raise InvalidDuration(
            f"{shown} has more than hours: a day has as many opening hours as the calendar says: "
            "write hours, such as PT8H"
        )
    if not _FORM.fullmatch(text):
        raise InvalidDuration(
            f"{shown} is not a duration of whole seconds: write one such as PT4H or PT1H30M"
        )
    duration = msgspec.convert(text, timedelta)
    seconds = duration.days * 86_400 + duration.seconds
    if seconds > LONGEST_SECONDS:
        raise InvalidDuration(f"{shown} is longer than PT{LONGEST_SECONDS // 3600}H")
    return seconds


def hours_and_minutes(seconds: int) -> str:
    """Seconds as h:mm, with :ss unless they are whole minutes."""
    minutes, rest = divmod(seconds, 60)
    shown = f"{minutes // 60}:{minutes % 60:02}"
    return f"{shown}:{rest:02}" if rest else shown


def written_duration(seconds: int) -> str:
    """Seconds as `read_duration` reads them: PT4H, PT1H30M, PT0S."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if number]
    return f"PT{''.join(parts) or '0S'}"
