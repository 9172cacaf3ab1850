"""All histories of the store, case by case, in ranges that processes can share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

from casecore.clocks.instants import micros
from casecore.contract.cases import CaseEvent
from casecore.contract.streams import CASES
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.store.streams import read_streams

EVENTS_PER_RANGE = 4_000
"""About so many events are in a range; only a range's cases are in memory at once."""
MOST_RANGES = 4_096


class StreamRange(NamedTuple):
    """The streams with ids from `first` until before `before`, up to a position of the log."""

    first: UUID
    before: UUID | None
    up_to: int


def stream_ranges(up_to: int) -> list[StreamRange]:
    """All streams, up to a position, in equal ranges of ids. Ids are hashes, so the ranges are about equally
    large."""
    count = min(max(up_to // EVENTS_PER_RANGE, 4), MOST_RANGES)
    edges = [UUID(int=2**128 * place // count) for place in range(count)]
    return [
        StreamRange(first, before, up_to) for first, before in zip(edges, [*edges[1:], None], strict=True)
    ]


def cases_of(database: str, streams: StreamRange, left_out: LeftOut) -> Iterator[CaseEvents]:
    """The cases in a range, each with all its events; `left_out` gets those of a newer program.

    Raises DatabaseUnavailable.
    """
    for stream in read_streams(database, *streams):
        case = left_out.read_or_leave_out(partial(case_of, stream))
        if case is not None:
            yield case


def case_of(stored: Sequence[StoredEvent]) -> CaseEvents | None:
    """The case whose stream this is; None for another kind of stream, and for an empty one.

    Raises NewerThanProgram.
    """
    if not stored or not stored[0].type.startswith(CASES.type_prefix):
        return None
    events = []
    reference = ""
    for event in stored:
        fact = fact_of(event)
        assert isinstance(fact.data, CaseEvent)
        reference = fact.data.reference
        at, recorded_at = micros(fact.occurred_at), micros(event.recorded_at)
        events.append(Happened(at, event.version, fact.data, recorded_at))
    return CaseEvents(reference, tuple(events))
