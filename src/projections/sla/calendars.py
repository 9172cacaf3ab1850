"""A calendar as a row, found again by a key that follows from its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from weakref import WeakKeyDictionary

import msgspec

from casecore.clocks.instants import instant
from casecore.clocks.open_hours import OpenHours
from casecore.clocks.terms import open_hours_of
from casecore.contract.service_levels import Calendar
from projections.sla.tables import CalendarRow

_KEY_DIGITS = 32

# As many as there are calendars laid out in memory, which has a bound of its own.
_keys: WeakKeyDictionary[OpenHours, str] = WeakKeyDictionary()


def calendar_key(calendar: Calendar, hours: OpenHours) -> str:
    """The key of a calendar: of the SHA-256 of its JSON the first 32 hexadecimal digits.

    `hours` are the calendar laid out, for which it is computed once.
    """
    key = _keys.get(hours)
    if key is None:
        key = _keys[hours] = _key(msgspec.json.encode(calendar))
    return key


def calendar_row(calendar: Calendar) -> CalendarRow:
    """The calendar's row; one that was made before is not made again."""
    return _row(msgspec.json.encode(calendar))


def _key(calendar: bytes) -> str:
    return hashlib.sha256(calendar).hexdigest()[:_KEY_DIGITS]


@lru_cache(128)  # as many as `casecore.clocks.terms` keeps laid out
def _row(encoded: bytes) -> CalendarRow:
    calendar = msgspec.json.decode(encoded, type=Calendar)
    hours = open_hours_of(calendar)
    return CalendarRow(
        key=_key(encoded),
        id=calendar.id,
        version=calendar.version,
        time_zone=calendar.time_zone,
        begins_at=instant(hours.begins_at),
        ends_at=instant(hours.ends_at),
        opens=_array(instant(at).isoformat() for at in hours.opens),
        closes=_array(instant(at).isoformat() for at in hours.closes),
        open_before=_array(map(str, hours.before)),
    )


def _array(elements: Iterable[str]) -> str:
    """An array in PostgreSQL's text form, of elements that need no quotes there."""
    return "{" + ",".join(elements) + "}"
