"""CSV for accountants: RFC 4180, dates as 2026-03-01, euros as 1234.56, and no cell that is a formula."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID, uuid4

from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros

STANDARD_OUTPUT = "-"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Starts every export: without it, spreadsheets read UTF-8 as another encoding and garble names."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_INNER_FORMULA = re.compile(r"([;|\t]\s*)(?=[=+\-@])")
_CENTS = "_cents"


class Export(NamedTuple):
    """Where rows were written, and how many; `path` is None for standard output."""

    path: Path | None
    rows: int


def export(target: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> Export:
    """Write named columns to a file, or to standard output for `-`; a file is written whole, or not at all.

    A column whose name ends in `_cents` is written in euros. Raises InvalidInput for a file that cannot be
    written, and whatever reading the rows raises.
    """
    if target == STANDARD_OUTPUT:
        return Export(None, _write(sys.stdout.buffer, names, rows))
    path = Path(target)
    if path.is_dir():
        raise InvalidInput(f"--csv {target} is a folder: name a file")
    with _put_there_whole(path) as file:
        return Export(path, _write(file, names, rows))


def cell(value: object) -> str:
    """A value as a cell; text that a spreadsheet would take for a formula gets an apostrophe before it.

    OWASP recommends this ("CSV Injection"), also for text that starts like a formula after blanks.
    """
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
            text = str(value)
            # A spreadsheet that expects another separator splits one cell into several.
            text = _INNER_FORMULA.sub(r"\1'", text)
            begins_a_formula = text.startswith(_FORMULA_STARTS) or text.strip().startswith(_FORMULA_STARTS)
            return f"'{text}" if begins_a_formula else text


def _write(file: BinaryIO, names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> int:
    forms: list[Callable[[object], str]] = [_amount if name.endswith(_CENTS) else cell for name in names]
    file.write(BYTE_ORDER_MARK)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([_title(name) for name in names])
        count = 0
        for row in rows:
            writer.writerow([form(value) for form, value in zip(forms, row, strict=True)])
            count += 1
        text.flush()
    finally:
        text.detach()  # the caller closes the file
    return count


def _title(name: str) -> str:
    return f"{name.removesuffix(_CENTS)}_eur" if name.endswith(_CENTS) else name


def _amount(cents: object) -> str:
    return "" if cents is None else euros(int(str(cents)))


@contextmanager
def _put_there_whole(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}-{uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise InvalidInput(f"--csv {path} cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
