"""Reading XES (IEEE 1849) as a stream: one row for each event, in constant memory, without entities.

It reads the direct children of an event that have a key and a value, and those of its trace before its first
event, these as `case:KEY`. It leaves out what is nested deeper, and everything global.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args
from xml.parsers import expat

from casecore.cases.commands import AttributeType
from casecore.imports.errors import SourceBroken, SourceDamaged
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import LARGEST_ROW_CHARACTERS, SourceFile, SourceRow

CHUNK_BYTES = 64 * 1024
LONGEST_TAG_BYTES = 16 * 1024 * 1024
"""A tag is in memory as a whole, with its attributes: a file with a longer one is refused."""
DEEPEST = 64
"""Elements within elements: attributes nested deeper than this are an attack on memory, not a log."""
MOST_ATTRIBUTES = 1_000
"""Attributes of one event, with those of its trace; an event with more is rejected."""
ENCODINGS = "UTF-8, UTF-16, ISO-8859-1 or US-ASCII"
"""Those that the parser, expat, reads itself; of others it knows only some with one byte a character."""

_TYPES: dict[str, AttributeType] = {kind: kind for kind in get_args(AttributeType)}
"""The elements of attributes that are no text; containers and lists have no value of their own."""

_LOG, _TRACE, _EVENT = 1, 2, 3  # depths of the elements in which others lie


class _XesParser:
    """The state while the parser reads the file."""

    def __init__(self, file: str, case_attribute: str, places: PlaceCounter) -> None:
        # With what its trace says, which is merged when the row is taken: a wide trace may have many events.
        self.rows: list[tuple[SourceRow, dict[str, str], dict[str, AttributeType]]] = []
        self._file = file
        self._case_attribute = case_attribute
        self._places = places
        self._depth = 0
        self._trace: dict[str, str] | None = None
        self._trace_types: dict[str, AttributeType] = {}
        self._types: dict[str, AttributeType] = {}
        self._trace_characters = 0
        self._trace_problem: str | None = None
        self._case: str | None = None
        self._has_begun = False
        self._event: dict[str, str] | None = None
        self._event_depth = 0
        self._most_attributes = MOST_ATTRIBUTES
        self._characters = 0
        self._problem: str | None = None
        self._line = 0
        # Expat expands entities; that a log declares none is what makes it safe for hostile files.
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse_declaration
        self.parser.EntityDeclHandler = self._refuse_declaration

    def _refuse_declaration(self, *_: object) -> None:
        raise self.broken("declares a document type or an entity, which a log never needs: remove it")

    def broken(self, what: str) -> SourceBroken:
        """The error that the file cannot be read beyond where the parser is."""
        return SourceBroken(self._file, self.parser.CurrentLineNumber, what)

    def _start(self, name: str, pairs: list[str]) -> None:
        self._depth += 1
        event = self._event
        if event is not None:
            if self._depth == self._event_depth + 1:
                if len(pairs) == 4 and pairs[0] == "key" and pairs[2] == "value":
                    self._keep(event, pairs[1], pairs[3])  # all but a few
                    if name != "string" or self._types:
                        self._note_type(name, pairs[1])
                else:
                    self._keep_unordered(event, "", name, pairs)
            elif self._depth > DEEPEST:
                raise self.broken(f"elements are nested more than {DEEPEST} deep")
            return
        self._start_outside(name.rpartition(":")[2], pairs)

    def _start_outside(self, name: str, pairs: list[str]) -> None:
        depth = self._depth
        if depth == _LOG and name != "log":
            raise self.broken(f"begins with <{name}>; an XES file begins with <log>")
        if depth == _TRACE and name == "trace":
            self._trace, self._case, self._has_begun = {}, None, False
            self._trace_types, self._types = {}, {}
            self._trace_problem = self._problem = None
            self._trace_characters = self._characters = 0
            self._most_attributes = MOST_ATTRIBUTES
        elif name == "event" and depth == (_EVENT if self._trace is not None else _TRACE):
            self._start_event()
        elif depth == _EVENT and self._trace is not None and not self._has_begun:
            self._keep_unordered(self._trace, "case:", name, pairs)
        elif depth > DEEPEST:
            raise self.broken(f"elements are nested more than {DEEPEST} deep")

    def _start_event(self) -> None:
        self._line = self.parser.CurrentLineNumber
        self._event_depth = self._depth
        if self._trace is None:  # an event outside of any trace has no case
            self._event, self._case, self._problem = {}, None, None
            self._types = {}
            self._characters, self._most_attributes = 0, MOST_ATTRIBUTES
            return
        if not self._has_begun:  # what the trace says of itself is complete with its first event
            self._has_begun = True
            self._trace_characters, self._trace_problem = self._characters, self._problem
            case = self._trace.pop(f"case:{self._case_attribute}", "")
            self._case = case if case.strip() else None
            self._trace_types = self._types
            self._most_attributes = MOST_ATTRIBUTES - len(self._trace)
        self._characters, self._problem = self._trace_characters, self._trace_problem
        self._event = {}
        self._types = {}

    def _keep_unordered(self, attributes: dict[str, str], prefix: str, name: str, pairs: list[str]) -> None:
        given = dict(zip(pairs[::2], pairs[1::2], strict=True))
        if "key" in given and "value" in given:
            self._keep(attributes, prefix + given["key"], given["value"])
            self._note_type(name, prefix + given["key"])

    def _note_type(self, element: str, key: str) -> None:
        """Keep the type of an attribute that is no text, in place of what one of the same key had before."""
        kind = _TYPES.get(element.rpartition(":")[2])
        if kind is None:
            self._types.pop(key, None)
        else:
            self._types[key] = kind

    def _keep(self, attributes: dict[str, str], key: str, value: str) -> None:
        characters = self._characters + len(key) + len(value)
        if len(attributes) >= self._most_attributes:
            self._problem = f"the event has more than {MOST_ATTRIBUTES} attributes"
        elif characters > LARGEST_ROW_CHARACTERS:
            self._problem = f"the event has more than {LARGEST_ROW_CHARACTERS} characters in its attributes"
        else:
            self._characters = characters
            attributes[key] = value

    def _end(self, _name: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        if self._event is not None:
            if depth == self._event_depth:
                self._end_event(self._event)
        elif depth == _TRACE:
            self._trace = None

    def _end_event(self, event: dict[str, str]) -> None:
        self._event = None
        place = self._places.take(self._case) if self._case is not None else 0
        row = SourceRow(self._case, place, self._line, event, self._problem, None, self._types or None)
        self.rows.append((row, self._trace or {}, self._trace_types if self._trace else {}))


def read_xes(source: SourceFile, case_attribute: str, places: PlaceCounter) -> Iterator[SourceRow]:
    """The rows of an XES file, in its order; `case_attribute` is the trace's attribute that names its case.

    Two traces of the same case are one case: its places are counted on. Raises SourceBroken, after the rows
    before it, if the file is not XES, breaks off, or declares entities.
    """
    source.refuse_other_kinds()
    reading = _XesParser(source.name, case_attribute, places)
    parser = reading.parser
    fed_bytes = 0
    failure: SourceBroken | None = None
    ended = False
    while not ended and failure is None:
        try:
            chunk = source.read(CHUNK_BYTES)
            ended = not chunk
            _parse(reading, chunk, ended)
            fed_bytes += len(chunk)
            if fed_bytes - parser.CurrentByteIndex > LONGEST_TAG_BYTES:
                failure = reading.broken(f"a tag is longer than {LONGEST_TAG_BYTES} bytes")
        except expat.ExpatError as error:
            failure = SourceBroken(source.name, error.lineno, f"is not well-formed XML: {error}")
        except SourceDamaged as damage:
            failure = reading.broken(str(damage))
        except SourceBroken as broken:
            failure = broken
        for row, shared, types in reading.rows:
            yield _with_trace(row, shared, types) if shared else row
        reading.rows.clear()
    if failure is not None:
        raise failure


def _with_trace(row: SourceRow, shared: dict[str, str], types: dict[str, AttributeType]) -> SourceRow:
    """An event with what its trace says; the event's own attributes go first."""
    if types:
        inherited = {key: kind for key, kind in types.items() if key not in row.attributes}
        row = row._replace(types={**inherited, **(row.types or {})} or None)
    return row._replace(attributes={**shared, **row.attributes})


def _parse(reading: _XesParser, chunk: bytes, ended: bool) -> None:
    try:
        reading.parser.Parse(chunk, ended)
    except (LookupError, ValueError) as error:  # the declared encoding is unknown, or of several bytes
        what = f"is in an encoding that cannot be read here ({error}): write it in {ENCODINGS}"
        raise reading.broken(what) from error
