"""Histories for the tests of exchange formats: imported in memory, and read from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from casecore.analysis.histories import CaseHistory, history_of
from casecore.analysis.personal import Pseudonyms
from casecore.analysis.selection import Selection
from casecore.cases.decider import CASES
from casecore.cases.state import Case
from casecore.commands.admission import Admission
from casecore.contract.envelope import Fact
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.decider import Context
from casecore.imports.importer import rows_of_file
from casecore.imports.mapping import read_mapping
from casecore.imports.places import PlaceCounter
from casecore.imports.source_file import open_source
from casecore.imports.translation import Translator

NAMES = Pseudonyms(b"k" * 32)
EVERYTHING = Selection(personal=True)
ROWS = Selection(imported_rows_only=True, personal=True)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def histories_of(
    streams: Iterable[Iterable[StoredEvent]], selection: Selection = EVERYTHING
) -> list[CaseHistory]:
    """The cases whose streams these are, as an export reads them."""
    found = (history_of(stream, selection, NAMES) for stream in streams)
    return [history for history in found if history is not None]


def imported(path: Path, mapping: Path) -> list[list[StoredEvent]]:
    """The streams of cases that an import of a file into an empty store makes, without a store."""
    given = read_mapping(mapping)
    translator = Translator(given, "vendor")
    admission = Admission([CASES])
    cases: dict[str, tuple[Case | None, list[StoredEvent]]] = {}
    position = 0
    with open_source(path) as source, PlaceCounter() as places:
        for row in rows_of_file(source, given, places):
            command = admission.admit(translator.command_for(row).command).command
            case, stream = cases.get(command.case, (None, []))
            decision = CASES.decide(case, command, Context(NOW, command.occurred_at, "vendor"))
            for place, data in enumerate(decision.events):
                fact: Fact[Any] = Fact(
                    occurred_at=command.occurred_at,
                    actor=command.actor.as_actor(),
                    command_id=command.command_id,
                    correlation_id=command.command_id,
                    implied=place < decision.implied,
                    source=decision.source if place == len(decision.events) - 1 else None,
                    data=data,
                )
                case = CASES.evolve(case, fact)
                position += 1
                stream.append(_stored(command.case, position, len(stream) + 1, fact))
            cases[command.case] = (case, stream)
    return [stream for _, stream in cases.values()]


def _stored(reference: str, position: int, version: int, fact: Fact[Any]) -> StoredEvent:
    return StoredEvent(
        position=position,
        stream_id=case_stream_id(reference),
        version=version,
        type=EVENT_TYPES.name_of(fact.data),
        recorded_at=NOW,
        body=EVENT_TYPES.encode(fact),
    )


def facts(streams: Iterable[Iterable[StoredEvent]]) -> dict[tuple[object, int], Fact[Any]]:
    """Every event of these streams by stream and version: all of it but when and where it was stored."""
    return {
        (event.stream_id, event.version): EVENT_TYPES.decode(event.type, event.body)
        for stream in streams
        for event in stream
    }


class Written(NamedTuple):
    """An element of a log as a parser has it: its attributes as (type, text) by key, and its parts."""

    attributes: dict[str, tuple[str, str]]
    parts: list[Written]


def read_log(file: Any) -> Iterator[Written]:
    """The traces of an XES file, read by a parser that knows nothing of XES."""
    for _, element in ElementTree.iterparse(file):
        if element.tag.rpartition("}")[2] == "trace":
            yield _written(element)
            element.clear()


def _written(element: ElementTree.Element) -> Written:
    attributes: dict[str, tuple[str, str]] = {}
    parts = []
    for child in element:
        kind = child.tag.rpartition("}")[2]
        if kind == "event":
            parts.append(_written(child))
        else:
            assert child.attrib["key"] not in attributes
            attributes[child.attrib["key"]] = (kind, child.attrib["value"])
    return Written(attributes, parts)
