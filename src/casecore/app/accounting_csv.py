"""CSV for accountants: RFC 4180, dates as 2026-03-01, euros as 1234.56, and no cell that is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import BinaryIO
from uuid import UUID

from casecore.files.spreadsheets import spreadsheet_text
from casecore.money.cents import euros

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Starts every export: without it, spreadsheets read UTF-8 as another encoding and garble names."""

_CENTS = "_cents"


def cell(value: object) -> str:
    """A value as a cell; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal() | UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple():
            return cell(" ".join(map(str, value)))
        case _:
            return spreadsheet_text(str(value))


def write_rows(
    file: BinaryIO,
    names: Sequence[str],
    rows: Iterable[tuple[object, ...]],
    shown: Callable[[str], str] = str,
) -> int:
    """Write named columns; returns how many rows. A column whose name ends in `_cents` is written in euros.

    Of each cell is written what is `shown` of it. Raises what reading the rows raises, and OSError.
    """
    forms: list[Callable[[object], str]] = [_amount if name.endswith(_CENTS) else cell for name in names]
    file.write(BYTE_ORDER_MARK)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([_title(name) for name in names])
        count = 0
        for row in rows:
            writer.writerow([shown(form(value)) for form, value in zip(forms, row, strict=True)])
            count += 1
        text.flush()
    finally:
        text.detach()  # the caller closes the file
    return count


def _title(name: str) -> str:
    return f"{name.removesuffix(_CENTS)}_eur" if name.endswith(_CENTS) else name


def _amount(cents: object) -> str:
    return "" if cents is None else euros(int(str(cents)))
