"""Reading CSV as a stream: one row for each record, in any order of cases, in constant memory."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from casecore.imports.errors import SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import (
    DAMAGE,
    LARGEST_ROW_CHARACTERS,
    SourceFile,
    SourceRow,
    damage_text,
)

MOST_COLUMNS = 1_000
"""As many as an XES event may have attributes; the csv module bounds a field, at 131,072 characters."""
_FIELD_TOO_LARGE = "field larger than field limit"


class _RowTooLong(ValueError):
    """A row is longer than may be held in memory."""


class _Lines:
    """The lines of a text, counted, and those of the row that is being read, which are bounded."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str) -> None:
        self.number = 0
        self._text = text
        self._last = "\n"
        self._row: list[str] = []
        self._characters = 0
        # As RFC 4180 has it; possessive, so that no text makes the search slow.
        self._field = rf'(?:"(?:[^"]++|"")*+"|(?!")[^{re.escape(delimiter)}\r\n]*+)'
        self._delimiter = re.escape(delimiter)

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self._row.clear()
        self._characters = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._read(LARGEST_ROW_CHARACTERS - self._characters + 1)
        if not line:
            raise StopIteration
        self._row.append(line)
        self._characters += len(line)
        if self._characters > LARGEST_ROW_CHARACTERS:
            raise _RowTooLong(f"the row is longer than {LARGEST_ROW_CHARACTERS} characters")
        return line

    def skip_row(self) -> None:
        """Skip the rest of the row, without keeping it.

        To its end, not to the next line: what a person wrote into a field must never be read as rows.
        """
        quotes = self._quotes_of_last_field()
        while quotes % 2 or not self._last.endswith(("\r", "\n")):
            if not self._read(LARGEST_ROW_CHARACTERS):
                return
            quotes += self._last.count('"')

    def cell(self, index: int) -> str | None:
        """A cell of the row that is being read, if the row is well-formed up to there."""
        before = rf"(?:{self._field}{self._delimiter}){{{index}}}"
        found = re.match(rf"{before}({self._field})(?={self._delimiter}|[\r\n])", "".join(self._row))
        if found is None:
            return None
        cell = found[1]
        return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell

    def _read(self, at_most: int) -> str:
        line = self._text.readline(at_most)
        if line:
            # A piece may end between the two characters that end a line.
            is_rest = line == "\n" and self._last.endswith("\r")
            self.number += self._last.endswith(("\r", "\n")) and not is_rest
            self._last = line
        return line

    def _quotes_of_last_field(self) -> int:
        """The number of quotes in the field that is not complete yet; an odd number leaves it open."""
        last = re.sub(rf"\A(?:{self._field}(?:{self._delimiter}|\r?\n|\r))*+", "", "".join(self._row))
        return last.count('"') if last.startswith('"') else 0


def read_csv(
    source: SourceFile,
    columns: tuple[str, ...],
    delimiter: str,
    encoding: str,
    places: PlaceCounter,
    *,
    is_strict: bool = False,
) -> Iterator[SourceRow]:
    """The rows of a CSV file with a header, in its order; empty lines are skipped.

    The file must have `columns`, each once; the first one names a row's case, or what else it is about. Of
    other columns with one name the second is NAME.2, and one without a name is left out, with a note in the
    source; if `is_strict`, no name may be there twice, and that of a column may be empty. A row with too
    many or too few fields, that is too long, wrongly quoted, or in another encoding, carries its problem, and
    counts as a row of its case if that can be read. Raises SourceBroken if the header is wrong or the file
    breaks off.
    """
    source.refuse_other_kinds()
    text = io.TextIOWrapper(source.bytes, _encoding(encoding), errors="surrogateescape", newline="")
    lines = _Lines(text, delimiter)
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        header = _header(source, reader, columns, is_strict)
        case_index = header.index(columns[0])
        while True:
            line = lines.number + 1
            lines.begin_row()
            try:
                cells = next(reader, None)
            except (csv.Error, _RowTooLong) as error:
                if isinstance(error, _RowTooLong) or str(error).startswith(_FIELD_TOO_LARGE):
                    lines.skip_row()
                problem = f"lines {line} to {lines.number} cannot be read: {error}"
                yield _row_of(lines.cell(case_index), line, {}, problem, places)
                continue
            if cells is None:
                return
            if cells:
                row = _row(cells, header, case_index, line, encoding, places)
                if not is_strict:
                    row.attributes.pop("", None)
                yield row
    except (*DAMAGE, UnicodeError) as damage:
        what = f"is not {encoding}: {damage}" if isinstance(damage, UnicodeError) else damage_text(damage)
        raise SourceBroken(source.name, lines.number + 1, what) from damage
    finally:
        text.detach()


def _encoding(name: str) -> str:
    # Spreadsheet programs put a byte order mark before UTF-8; it is not part of the first column's name.
    return "utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name


def _header(
    source: SourceFile, reader: Iterator[list[str]], columns: tuple[str, ...], is_strict: bool
) -> list[str]:
    """The names of the columns; an empty one where a column is left out."""
    try:
        header = next(reader, None)
    except (csv.Error, _RowTooLong) as error:
        raise SourceBroken(source.name, 1, f"the header cannot be read: {error}") from error
    if not header:
        raise SourceBroken(source.name, 1, "has no header; the first line names the columns")
    if len(header) > MOST_COLUMNS:
        what = f"has {len(header)} columns, and may have {MOST_COLUMNS}: is the delimiter right?"
        raise SourceBroken(source.name, 1, what)
    for name, times in Counter(header).items():
        if times > 1 and (is_strict or name in columns):
            raise SourceBroken(source.name, 1, f"two columns are named {name[:100]!r}: rename one")
    for name in columns:
        if name not in header:
            names = ", ".join(header)
            raise SourceBroken(source.name, 1, f"has no column {name!r}; its columns are {names[:2_000]}")
    if is_strict:
        return header
    unnamed = [str(number) for number, name in enumerate(header, start=1) if not name.strip()]
    if unnamed:
        source.notes.append(f"Without a name, and left out: column {', '.join(unnamed[:20])}.")
    return _numbered(header)


def _numbered(header: list[str]) -> list[str]:
    """The names, each once: the second column of a name is NAME.2; empty for those without a name."""
    given = set(header)
    times: Counter[str] = Counter()
    names = []
    for name in header:
        if not name.strip():
            names.append("")
            continue
        times[name] += 1
        own = name
        while times[name] > 1 and (own := f"{name}.{times[name]}") in given:  # another column has this name
            times[name] += 1
        names.append(own)
    return names


def _row(
    cells: list[str], header: list[str], case_index: int, line: int, encoding: str, places: PlaceCounter
) -> SourceRow:
    case = cells[case_index] if case_index < len(cells) else None
    problem = None
    if len(cells) != len(header):
        problem = f"the row has {len(cells)} fields, the header {len(header)}"
    elif not _is_text(cells):
        problem = f"the row holds bytes that are not of the encoding {encoding}"
    attributes = dict(zip(header, cells, strict=False))
    attributes.pop(header[case_index], None)
    return _row_of(case, line, attributes, problem, places)


def _row_of(
    case: str | None, line: int, attributes: dict[str, str], problem: str | None, places: PlaceCounter
) -> SourceRow:
    if case is None or not case.strip():
        return SourceRow(None, 0, line, attributes, problem)
    # A rejected row keeps its place, so that the other rows of its case keep their ids when it is corrected.
    return SourceRow(case, places.take(case), line, attributes, problem)


def _is_text(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True
