"""What is found in a log: its columns, what each may be, and how its times are written."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from casecore.imports.csv_rows import read_csv
from casecore.imports.errors import SourceBroken
from casecore.imports.places import PlaceCounter
from casecore.imports.sketch.time_formats import formats_of
from casecore.imports.source_file import SourceRow, open_source
from casecore.imports.xes import read_xes

MOST_ROWS = 200_000
"""Rows that are looked at; a first mapping needs no more."""
MOST_SAMPLES = 500
"""Texts of a column that are kept to find out how its times are written."""
MOST_VALUES = 200
"""Different texts of a column that are counted."""
LONGEST_VALUE = 200

_DELIMITERS = (",", ";", "\t", "|")
_CASE = ("case", "caseid", "ticket", "ticketid", "ticketno", "issuekey", "key", "incident", "reference", "id")
_ACTIVITY = ("activity", "event", "action", "conceptname", "status", "state", "step", "what")
_PERSON = ("resource", "orgresource", "person", "agent", "assignee", "owner", "user", "who")
_CUSTOMER = ("customer", "client", "company", "organisation", "organization", "account", "requester")
_TIME = ("timetimestamp", "timestamp", "time", "date", "when", "at", "updated", "created")


@dataclass
class Column:
    """One column, or attribute: how many rows fill it in, and with what."""

    name: str
    filled: int = 0
    longest: int = 0
    samples: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    formats: tuple[str, ...] = ()
    """Those that together read all its samples, if they are times."""

    def add(self, text: str) -> None:
        """Count a text of a row."""
        self.filled += 1
        self.longest = max(self.longest, len(text))
        if len(self.samples) < MOST_SAMPLES:
            self.samples.append(text[:LONGEST_VALUE])
        value = text[:LONGEST_VALUE]
        if value in self.values or len(self.values) < MOST_VALUES:
            self.values[value] += 1


@dataclass
class Findings:
    """What is found in a log; `case` and the others name a column each. Empty is what was not found."""

    format: str
    case: str
    delimiter: str = ","
    encoding: str = "utf-8"
    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)
    activity: str = ""
    time: str = ""
    person: str = ""
    customer: str = ""

    @property
    def times(self) -> list[Column]:
        """The columns that hold times."""
        return [column for column in self.columns.values() if column.formats]


def look_at(path: Path) -> Findings:
    """Look at a log; raises SourceBroken if it is none, and OSError."""
    with open_source(path) as source, PlaceCounter() as places:
        source.refuse_other_kinds()
        begins = source.begins()
        if begins.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
            found = Findings("xes", "concept:name")
            _count(found, read_xes(source, found.case, places))
        else:
            found, header = _of_header(source.name, begins)
            _count(found, read_csv(source, (header,), found.delimiter, found.encoding, places))
    _assign(found)
    return found


def _of_header(file: str, begins: bytes) -> tuple[Findings, str]:
    encoding = _encoding_of(begins)
    first = begins.decode(encoding, "replace").lstrip("\ufeff").splitlines()[:1]
    if not first:
        raise SourceBroken(file, 1, "has no header; the first line names the columns")
    names = {delimiter: next(csv.reader(first, delimiter=delimiter)) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda one: len(names[one]))
    header = [name for name in names[delimiter] if name.strip()]
    if not header:
        raise SourceBroken(file, 1, "has no header; the first line names the columns")
    case = _named(header, _CASE) or header[0]
    return Findings("csv", case, delimiter, encoding), case


def _encoding_of(begins: bytes) -> str:
    if begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begins)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _count(found: Findings, rows: Iterator[SourceRow]) -> None:
    for row in rows:
        found.rows += 1
        for name, text in row.attributes.items():
            if text.strip():
                found.columns.setdefault(name, Column(name)).add(text)
        if found.rows >= MOST_ROWS:
            return


def _assign(found: Findings) -> None:
    """Say which column is what, by their names first."""
    for column in found.columns.values():
        column.formats = formats_of(column.samples, is_named_so=_is_time(column.name))
    times = [column.name for column in found.times]
    others = [name for name in found.columns if name not in times and not name.startswith("case:")]
    found.activity = _named(others, _ACTIVITY)
    found.person = _named(others, _PERSON)
    found.customer = _named([name for name in found.columns if name not in times], _CUSTOMER)
    found.time = _named(times, _TIME) or (times[0] if times else "")


def _named(columns: Sequence[str], names: Sequence[str]) -> str:
    """The column with the first of these names that there is; empty if there is none."""
    plain = {_plain(column): column for column in reversed(columns)}
    return next((plain[name] for name in names if name in plain), "")


def _is_time(name: str) -> bool:
    return (
        re.search(r"time|date|when|created|opened|resolved|closed|response|(^|_)at$", name.lower())
        is not None
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower().removeprefix("case:"))
