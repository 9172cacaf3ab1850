"""Histories of cases as XES (IEEE 1849-2016): a stream of traces in constant memory, and a mapping beside it.

The file has no namespace, as the schema of the standard has none. docs/analysis.md says what is in it.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from casecore.analysis.exchange import xes_columns
from casecore.analysis.exchange.import_mapping import (
    ImportMapping,
    check_replaceable,
    is_of_an_export,
    mapping_path,
)
from casecore.analysis.exchange.xes_values import (
    TEXT,
    attribute,
    has_offset,
    is_of_type,
    name_in_event,
    time,
)
from casecore.analysis.histories import CaseHistory, EventOfCase
from casecore.analysis.selection import Selection
from casecore.contract.envelope import Attribute, Source
from casecore.files.whole_file import put_there_whole
from casecore.imports.exported_rows import ACTIVITY, OF_TRACE, RESOURCE, TIME

_GROUP = "org:group"
_COMPRESSION = 6

_BEGIN = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
<string key="casecore:reference" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>
<string key="casecore:activity" value=""/>
<string key="casecore:state" value=""/>
</global>
<classifier name="Activity" scope="event" keys="concept:name"/>
<classifier name="Change" scope="event" keys="casecore:activity"/>
<classifier name="State" scope="event" keys="casecore:state"/>
"""
# The extension of life cycles is there for the rows of other systems, many of which have its attributes.
_END = "</log>\n"
_NOT_ROWS = ("there is no mapping to import it again: that is for rows of imports only",)


class XesExport(NamedTuple):
    """What a file has. `mapping` is the file by which it can be imported again; None if there is none.

    `notes` are sentences about what the file cannot say as the store has it, and why there is no mapping.
    """

    traces: int
    events: int
    mapping: Path | None
    notes: tuple[str, ...]


class _Notes:
    """What the file says otherwise than the store, counted."""

    def __init__(self) -> None:
        self.without_offset = self.other_offset = self.not_of_type = 0

    def sentences(self) -> Iterator[str]:
        if self.without_offset:
            yield (
                f"{self.without_offset} rows have no offset, and their times are in UTC: their log states "
                "none, or a program that did not keep offsets and types imported them"
            )
        if self.other_offset:
            yield (
                f"{self.other_offset} rows have an offset that XES cannot say, of more than 14 hours or not "
                "in minutes: their times are in UTC"
            )
        if self.not_of_type:
            yield (
                f"{self.not_of_type} attributes are not of the form of their type, and are written as text"
            )


def write_xes(
    path: Path, cases: Iterable[CaseHistory], selection: Selection, position: int | None = None
) -> XesExport:
    """Write the cases as XES, compressed with gzip if the path ends with `.gz`; atomically.

    Only with rows of imports alone, and of one source, a mapping for `casecore import` is put beside the
    file: FILE.toml for FILE.xes. `position` is that of the log up to which the cases are. The same cases
    give the same bytes. Raises OSError, and FileUnusable if the mapping's place is taken by another file.
    """
    is_file = not path.exists() or path.is_file()
    mapping = ImportMapping() if selection.imported_rows_only and is_file else None
    beside = mapping_path(path)
    if mapping is not None:
        check_replaceable(beside)
    with put_there_whole(path) as file:
        with _text_into(file, compressed=path.suffix == ".gz") as out:
            writing = _Writing(out, mapping, rows_only=selection.imported_rows_only)
            writing.log(cases, selection, position)
        if is_file:
            os.fsync(file.fileno())
    notes = tuple(writing.notes.sentences())
    if not is_file:
        return XesExport(writing.traces, writing.events, None, notes)
    text, why_not = mapping.text(path.name, notes) if mapping is not None else (None, _NOT_ROWS)
    return XesExport(writing.traces, writing.events, _put_beside(beside, text), notes + why_not)


def _put_beside(beside: Path, text: str | None) -> Path | None:
    """Put the mapping there, or take that of an earlier export away, which is of another file."""
    if text is None:
        if is_of_an_export(beside):
            beside.unlink()
        return None
    with put_there_whole(beside) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    return beside


@contextmanager
def _text_into(file: IO[bytes], *, compressed: bool) -> Iterator[IO[bytes]]:
    if not compressed:
        yield file
        file.flush()
        return
    # Without a name and a time, so that the same content gives the same bytes.
    with gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=0) as packed:
        yield packed  # type: ignore[misc]
    file.flush()


class _Writing:
    """One file under way."""

    def __init__(self, out: IO[bytes], mapping: ImportMapping | None, *, rows_only: bool) -> None:
        self.traces = self.events = 0
        self.notes = _Notes()
        self._out = out
        self._mapping = mapping
        self._rows_only = rows_only

    def log(self, cases: Iterable[CaseHistory], selection: Selection, position: int | None) -> None:
        """Write the whole log."""
        self._out.write((_BEGIN + "".join(_of_log(selection, position))).encode())
        for history in cases:
            for name, events in self._traces_of(history):
                self._out.write("".join(self._trace(name, history, events)).encode())
                self.traces += 1
                self.events += len(events)
        self._out.write(_END.encode())

    def _traces_of(self, history: CaseHistory) -> Iterator[tuple[str, list[EventOfCase]]]:
        """A case as one trace; as one for each case of a source, where rows of imports alone are wanted."""
        if not self._rows_only:
            yield history.reference, history.events
            return
        by_source: dict[tuple[str, str], list[EventOfCase]] = {}
        for event in history.events:
            source = event.fact.source
            if source is not None:
                by_source.setdefault((source.name, source.case), []).append(event)
        for (_, case), events in by_source.items():
            yield case, events

    def _trace(self, name: str, history: CaseHistory, events: list[EventOfCase]) -> Iterator[str]:
        shared = _shared(events)
        yield "<trace>\n"
        yield attribute(TEXT, ACTIVITY, name)
        for key, given in shared.items():
            yield self._of_row(name_in_event(key.removeprefix(OF_TRACE)), given)
        yield from xes_columns.of_case(history)
        for event in events:
            yield from self._event(event, shared)
        yield "</trace>\n"
        if self._mapping is not None:
            self._mapping.add_trace(history, events)

    def _event(self, event: EventOfCase, shared: dict[str, Attribute]) -> Iterator[str]:
        fact = event.fact
        activity = xes_columns.activity_of(event)
        source = fact.source
        yield "<event>\n"
        if source is None:
            yield attribute(TEXT, ACTIVITY, activity)
            yield attribute(TEXT, RESOURCE, fact.actor.person)
            yield attribute(TEXT, _GROUP, fact.actor.organisation)
            yield f'<date key="{TIME}" value="{time(fact.occurred_at)}"/>\n'
        else:
            yield from self._row(event, source, shared)
        yield from xes_columns.of_event(event, activity)
        yield "</event>\n"

    def _row(self, event: EventOfCase, source: Source, shared: dict[str, Attribute]) -> Iterator[str]:
        yield attribute(TEXT, ACTIVITY, source.activity)
        person = source.person
        if person is not None:
            yield attribute(TEXT, RESOURCE, person.text)
        offset = source.utc_offset_seconds
        self.notes.without_offset += offset is None
        self.notes.other_offset += offset is not None and not has_offset(offset)
        yield f'<date key="{TIME}" value="{time(event.fact.occurred_at, offset)}"/>\n'
        for key, given in source.described().items():
            if key not in shared:
                yield self._of_row(name_in_event(key), given)

    def _of_row(self, written_name: str, given: Attribute) -> str:
        kind = given.type
        if not is_of_type(kind, given.text):
            self.notes.not_of_type += 1
            kind = TEXT
        return attribute(kind, written_name, given.text)


def _shared(events: list[EventOfCase]) -> dict[str, Attribute]:
    """What the source's trace said: attributes `case:…` that all its rows have alike."""
    rows = [event.fact.source.described() for event in events if event.fact.source is not None]
    if not rows:
        return {}
    return {
        key: given
        for key, given in rows[0].items()
        if key.startswith(OF_TRACE) and all(row.get(key) == given for row in rows)
    }


def _of_log(selection: Selection, position: int | None) -> Iterator[str]:
    yield attribute(TEXT, ACTIVITY, "casecore")
    if position is not None:
        yield f'<int key="casecore:position" value="{position}"/>\n'
    if selection.source is not None:
        yield attribute(TEXT, "casecore:source", selection.source)
    if selection.occurred_until is not None:
        yield f'<date key="casecore:occurred_until" value="{time(selection.occurred_until)}"/>\n'
    for key in ("imported_rows_only", "personal"):
        yield f'<boolean key="casecore:{key}" value="{"true" if getattr(selection, key) else "false"}"/>\n'
