"""Attributes of an XES file as XML: their types, and the forms in which the schema has values of each."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from casecore.files.xml_text import name, unlike, value
from casecore.imports.exported_rows import is_own

_LONG = range(-(2**63), 2**63)
_INT = re.compile(r"[+-]?[0-9]{1,19}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|-?INF|NaN")
_BOOLEAN = re.compile(r"true|false|0|1")
_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)
_FARTHEST_OFFSET = 14 * 3600
"""Seconds: `xs:dateTime` knows no other offsets, and none that are not in minutes."""

TEXT = "string"


def attribute(kind: str, written_name: str, text: str) -> str:
    """An attribute as an element, from its type, its name as XML has it, and its text."""
    return f'<{kind} key="{written_name}" value="{value(text)}"/>\n'


@lru_cache(10_000)
def name_in_event(key: str) -> str:
    """The name of a row's attribute in an event: another one where the export has a column of that name."""
    return unlike(name(key)) if is_own(key) else name(key)


def is_of_type(kind: str, text: str) -> bool:
    """Whether a text is of the form that the schema has for a type, such as `int` or `date`."""
    match kind:
        case "int":
            return _INT.fullmatch(text) is not None and int(text) in _LONG
        case "float":
            return _FLOAT.fullmatch(text) is not None
        case "boolean":
            return _BOOLEAN.fullmatch(text) is not None
        case "date":
            return _is_date(text)
        case _:
            return kind in ("id", TEXT)


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    try:
        datetime.fromisoformat(found[1])
    except ValueError:
        return False
    return True


def has_offset(utc_offset_seconds: int) -> bool:
    """Whether a time can be written with this offset."""
    return utc_offset_seconds % 60 == 0 and abs(utc_offset_seconds) <= _FARTHEST_OFFSET


def time(at: datetime, utc_offset_seconds: int | None = None) -> str:
    """An instant with an offset; in UTC, as `Z`, where there is none, or none that can be written."""
    if utc_offset_seconds is None or not has_offset(utc_offset_seconds):
        return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    return at.astimezone(_zone(utc_offset_seconds)).isoformat()


@lru_cache(1_000)
def _zone(utc_offset_seconds: int) -> timezone:
    return timezone(timedelta(seconds=utc_offset_seconds))
