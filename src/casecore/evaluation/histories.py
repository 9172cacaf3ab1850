"""All histories of the store, case by case, in ranges that processes can share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.clocks.instants import micros
from casecore.contract.cases import CaseEvent, MessagePosted
from casecore.contract.personal import Plain
from casecore.contract.streams import CASES
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.store.streams import read_streams
from casecore.visibility.cases import sees_case
from casecore.visibility.rules import Viewer

EVENTS_PER_RANGE = 4_000
"""About so many events are in a range; only a range's cases are in memory at once."""
MOST_RANGES = 4_096
_NEWEST = 2**63 - 1
"""A position that no event comes after."""
_NO_TEXT = Plain("")


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


def cases_of(
    database: str, streams: StreamRange, left_out: LeftOut, viewer: Viewer | None = None
) -> Iterator[CaseEvents]:
    """The cases in a range that a viewer sees now, each with all its events up to the range's position.

    `left_out` gets those of a newer program. Raises DatabaseUnavailable.
    """
    for stream in _seen_streams(database, streams, viewer):
        case = left_out.read_or_leave_out(partial(case_of, stream))
        if case is not None:
            yield case


def _seen_streams(
    database: str, streams: StreamRange, viewer: Viewer | None
) -> Iterator[Sequence[StoredEvent]]:
    """The streams of a range, for a viewer those of the cases that it sees by their last event of all."""
    if viewer is None:
        yield from read_streams(database, *streams)
        return
    for stream in read_streams(database, streams.first, streams.before, _NEWEST):
        if stream[0].type.startswith(CASES.type_prefix) and sees_case(viewer, stream[-1].body):
            yield [event for event in stream if event.position <= streams.up_to]


def case_of(stored: Iterable[StoredEvent]) -> CaseEvents | None:
    """The case whose stream this is; None for another kind of stream, and for an empty one.

    Messages have no text, which no clock depends on and which may be long. Raises NewerThanProgram.
    """
    events: list[Happened] = []
    reference = ""
    for event in stored:
        if not events and not event.type.startswith(CASES.type_prefix):
            return None
        fact = fact_of(event)
        data = fact.data
        assert isinstance(data, CaseEvent)
        if isinstance(data, MessagePosted):
            data = msgspec.structs.replace(data, text=_NO_TEXT)
        reference = data.reference
        at, recorded_at = micros(fact.occurred_at), micros(event.recorded_at)
        events.append(Happened(at, event.version, data, recorded_at))
    return CaseEvents(reference, tuple(events)) if events else None
