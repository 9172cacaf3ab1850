"""All that a log of several kinds of objects is made of, from the store at one position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple, cast
from uuid import UUID

from casecore.analysis.histories import CaseHistory, history_of
from casecore.analysis.personal import Pseudonyms, without_personal
from casecore.analysis.selection import Selection
from casecore.contract.billing import DocumentIssued
from casecore.contract.cases import CaseEvent
from casecore.contract.envelope import EventData, Fact
from casecore.contract.streams import CASES, DOCUMENT_SERIES, LICENCES
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.evaluation.histories import StreamRange
from casecore.store.streams import read_streams


class EventOfBusiness(NamedTuple):
    """An event of a licence package, or a document that was issued, with what the store added."""

    stored: StoredEvent
    fact: Fact[EventData]


class BusinessHistory(NamedTuple):
    """The events of one licence package, or of the series of documents; at least one."""

    stream_id: UUID
    events: list[EventOfBusiness]


def object_histories(
    database: str, streams: StreamRange, selection: Selection, names: Pseudonyms, left_out: LeftOut
) -> Iterator[CaseHistory | BusinessHistory]:
    """The cases, packages and documents in a range of streams that have events of a selection.

    Of a part that names a source, or rows of imports, there are no packages and no documents, which were
    recorded here. Else as `casecore.analysis.histories.histories`.
    """
    for stream in read_streams(database, *streams):
        history = left_out.read_or_leave_out(partial(_history, stream, selection, names))
        if history is not None:
            yield history


def _history(
    stream: list[StoredEvent], selection: Selection, names: Pseudonyms
) -> CaseHistory | BusinessHistory | None:
    if stream[0].type.startswith(CASES.type_prefix):
        return history_of(stream, selection, names)
    if stream[0].type.startswith(LICENCES.type_prefix) or stream[0].stream_id == DOCUMENT_SERIES:
        return business_history_of(stream, selection, names)
    return None


def business_history_of(
    stream: Iterable[StoredEvent], selection: Selection, names: Pseudonyms
) -> BusinessHistory | None:
    """A package's history, or the documents of the series, by the events of its stream; None for none."""
    events = [event for stored in stream if (event := _event(stored, selection, names)) is not None]
    return BusinessHistory(events[0].stored.stream_id, events) if events else None


def _event(stored: StoredEvent, selection: Selection, names: Pseudonyms) -> EventOfBusiness | None:
    if stored.stream_id == DOCUMENT_SERIES and not _is_document(stored):
        return None
    fact = fact_of(stored)
    if not selection.takes(cast("Fact[CaseEvent]", fact)):
        return None
    return EventOfBusiness(stored, fact if selection.personal else without_personal(fact, names))


def _is_document(stored: StoredEvent) -> bool:
    return isinstance(fact_of(stored).data, DocumentIssued)
