"""All histories of the store, case by case, shared out among processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from casecore.clocks.instants import micros
from casecore.contract.cases import CaseEvent
from casecore.contract.streams import CASES
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.store.streams import read_streams

EVENTS_A_PART = 4_000
"""About so many events has a part, in which nothing else than its cases is held."""
MOST_PARTS = 4_096


class StreamRange(NamedTuple):
    """The streams whose ids lie in a part of all ids, up to a position of the log."""

    first: UUID
    before: UUID | None
    up_to: int


def stream_ranges(up_to: int) -> list[StreamRange]:
    """All streams in equal parts, up to a position; ids are hashes, so the parts are about equally large."""
    count = min(max(up_to // EVENTS_A_PART, 4), MOST_PARTS)
    edges = [UUID(int=2**128 * place // count) for place in range(count)]
    return [
        StreamRange(first, before, up_to) for first, before in zip(edges, [*edges[1:], None], strict=True)
    ]


def cases_of(database: str, part: StreamRange) -> Iterator[CaseEvents]:
    """The cases of a part, each with all its events. Raises DatabaseUnavailable."""
    for stream in read_streams(database, *part):
        case = case_of(stream)
        if case is not None:
            yield case


def case_of(stored: Sequence[StoredEvent]) -> CaseEvents | None:
    """The case whose stream this is; None for another kind of stream, and for an empty one."""
    if not stored or not stored[0].type.startswith(CASES.type_prefix):
        return None
    events = []
    reference = ""
    for event in stored:
        fact = EVENT_TYPES.decode(event.type, event.body)
        assert isinstance(fact.data, CaseEvent)
        reference = fact.data.reference
        events.append(Happened(micros(fact.occurred_at), event.version, fact.data))
    return CaseEvents(reference, tuple(events))
