"""Rows in the text form of PostgreSQL's COPY, written by hand since it is the runner's hottest loop."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

# Drawn for each process, so that no value can be taken for it; PostgreSQL's own \N would make the quick
# look for a backslash useless.
NULL = f"null-{secrets.token_hex(8)}"

# What the form needs escaped (PostgreSQL documentation, COPY, "Text Format"); the backslash goes first.
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))

_FORMS: Mapping[type, Callable[..., str]] = {
    str: str,
    int: str,
    Decimal: str,
    UUID: lambda value: f"{value.int:032x}",  # without hyphens: it takes half the time
    type(None): lambda _: NULL,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: bytes.decode,  # JSON, which is UTF-8
}


def copy_text(rows: Iterable[tuple[object, ...]]) -> bytes:
    """The rows, a line each, for a COPY whose null is NULL.

    Raises KeyError for a value of a type that rows do not hold, and UnicodeEncodeError for text that is
    no UTF-8.
    """
    forms = _FORMS
    lines: list[str] = []
    for row in rows:
        fields = [forms[type(value)](value) for value in row]
        line = "\t".join(fields)
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(fields):
            line = "\t".join([_escaped(field) for field in fields])
        lines.append(line)
    lines.append("")
    return "\n".join(lines).encode()


def _escaped(field: str) -> str:
    for plain, escape in _ESCAPES:
        field = field.replace(plain, escape)
    return field
