"""Reading CSV in a stream: a row for each record, in any order of cases, flat memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from casecore.imports.errors import SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import DAMAGE, SourceFile, SourceRow, damage_text

LONGEST_LINE = 1024 * 1024
"""Characters of one line that are held in memory; a longer line is rejected. A field is bounded by the
csv module itself, at 131,072 characters: so a quote that is never closed takes no more than that."""


class _LineRejected(ValueError):
    """A line cannot be given to the CSV reader."""


class _Lines:
    """The lines of a text, counted, each of them bounded."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.number = 0
        self._text = text

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) <= LONGEST_LINE:
            return line
        while line and line[-1] not in "\r\n":
            line = self._text.readline(LONGEST_LINE)
        raise _LineRejected(f"the line is longer than {LONGEST_LINE} characters")


def read_csv(
    source: SourceFile, columns: tuple[str, str, str], delimiter: str, encoding: str, places: PlaceCounter
) -> Iterator[SourceRow]:
    """The rows of a CSV file with a header, in its order; empty lines are no rows.

    `columns` are those of case, activity and time, which must be there. A row that has too many or too few
    fields, or bytes of another encoding, carries its problem, and counts as a row of its case where that
    can be told. Raises SourceBroken where the header is wrong or the file breaks off.
    """
    text = io.TextIOWrapper(source.bytes, _encoding(encoding), errors="surrogateescape", newline="")
    lines = _Lines(text)
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header = _header(source.name, reader, columns)
        case_index = header.index(columns[0])
        while True:
            line = lines.number + 1
            try:
                cells = next(reader, None)
            except (csv.Error, _LineRejected) as error:
                problem = f"lines {line} to {lines.number} cannot be read: {error}"
                yield SourceRow(None, 0, line, {}, problem)
                continue
            if cells is None:
                return
            if cells:
                yield _row(cells, header, case_index, line, places)
    except (*DAMAGE, UnicodeError) as damage:
        what = f"is not {encoding}: {damage}" if isinstance(damage, UnicodeError) else damage_text(damage)
        raise SourceBroken(source.name, lines.number + 1, what) from damage
    finally:
        text.detach()


def _encoding(name: str) -> str:
    # Spreadsheet programs put a byte order mark before UTF-8; it is no part of the first column's name.
    return "utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name


def _header(file: str, reader: Iterator[list[str]], columns: tuple[str, str, str]) -> list[str]:
    try:
        header = next(reader, None)
    except (csv.Error, _LineRejected) as error:
        raise SourceBroken(file, 1, f"the header cannot be read: {error}") from error
    if not header:
        raise SourceBroken(file, 1, "has no header; the first line names the columns")
    for name in header:
        if header.count(name) > 1:
            raise SourceBroken(file, 1, f"two columns are named {name!r}: rename one")
    for name in columns:
        if name not in header:
            raise SourceBroken(file, 1, f"has no column {name!r}; its columns are {', '.join(header)}")
    return header


def _row(cells: list[str], header: list[str], case_index: int, line: int, places: PlaceCounter) -> SourceRow:
    case = cells[case_index] if case_index < len(cells) else ""
    known = bool(case.strip())
    # A row that is rejected keeps its place, so that mending it leaves the others of its case as they are.
    place = places.take(case) if known else 0
    problem = None
    if len(cells) != len(header):
        problem = f"the row has {len(cells)} fields, the header {len(header)}"
    elif not _is_text(cells):
        problem = "the row holds bytes that are not of the mapping's source.encoding"
    attributes = dict(zip(header, cells, strict=False))
    attributes.pop(header[case_index], None)
    return SourceRow(case if known else None, place, line, attributes, problem)


def _is_text(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True
