"""The histories of cases, as a selection has them, from the store at one position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple, cast
from uuid import UUID

from casecore.analysis.personal import Pseudonyms, without_personal
from casecore.analysis.selection import Selection
from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import Fact
from casecore.contract.streams import CASES
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.evaluation.histories import StreamRange
from casecore.store.streams import read_streams


class EventOfCase(NamedTuple):
    """An event of a case, with what the store added; `fact` says of people what the selection takes."""

    stored: StoredEvent
    fact: Fact[CaseEvent]


class CaseHistory(NamedTuple):
    """The events of one case in the order of their versions; at least one.

    `opening` is its first event, also where the selection does not take that.
    """

    stream_id: UUID
    reference: str
    events: list[EventOfCase]
    opening: EventOfCase


def histories(
    database: str, streams: StreamRange, selection: Selection, names: Pseudonyms, left_out: LeftOut
) -> Iterator[CaseHistory]:
    """The cases in a range of streams that have events of a selection up to the range's position.

    They are in the order of their streams' ids. A case to which a newer program wrote is left out, and
    `left_out` names it. One case is in memory at a time. Raises DatabaseUnavailable, TablesMissing and
    StreamUnreadable.
    """
    for stream in read_streams(database, *streams):
        if not stream[0].type.startswith(CASES.type_prefix):
            continue
        history = left_out.read_or_leave_out(partial(history_of, stream, selection, names))
        if history is not None:
            yield history


def history_of(stream: Iterable[StoredEvent], selection: Selection, names: Pseudonyms) -> CaseHistory | None:
    """A case's history by the events of its stream; None where the selection takes none of them.

    Raises NewerThanProgram and StreamUnreadable.
    """
    opening: EventOfCase | None = None
    events: list[EventOfCase] = []
    for stored in stream:
        fact = cast("Fact[CaseEvent]", fact_of(stored))
        is_taken = selection.takes(fact)
        if is_taken or opening is None:
            event = EventOfCase(stored, fact if selection.personal else without_personal(fact, names))
            opening = opening or event
            if is_taken:
                events.append(event)
    if opening is None or not events:
        return None
    return CaseHistory(opening.stored.stream_id, opening.fact.data.reference, events, opening)
