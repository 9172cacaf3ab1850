"""Finds the events of a command or of a stream, of which a viewer sees those of a case that are for it."""

from __future__ import annotations

from contextlib import closing
from itertools import takewhile
from typing import NamedTuple
from uuid import UUID

import msgspec

from casecore.app.application import Application
from casecore.app.cases import stored_in_pieces
from casecore.app.trace.result import Trace, TracedEvent, TracedStream, TracedView
from casecore.audit.record_places import NOT_KNOWN, LocatedRecord, digested, locate_records
from casecore.cases.refusals import CaseUnknown
from casecore.contract.streams import (
    StreamKind,
    case_stream_id,
    kind_of,
    package_stream_id,
    party_stream_id,
    topic_name,
)
from casecore.contract.wire import StoredEvent, subject_of
from casecore.errors.kinds import NotFound
from casecore.kafka.partitions import Partition
from casecore.relay.place import partition_number
from casecore.store.key_scan import KeyScanReader
from casecore.store.receipts import StoredReceipt, read_receipt
from casecore.store.streams import StreamsReader
from casecore.visibility.messages import sees_event
from casecore.visibility.rules import Viewer
from projections.catalogue import VIEWS
from projections.kit.errors import ViewError
from projections.kit.projection import AnyProjection
from projections.kit.reading.stream_in_view import stream_in_view

LATEST = 10
"""Events that are looked for unless all are asked for: each costs a search in its partition."""


class NothingToTrace(NotFound):
    """Neither a command nor a stream is known by what was given."""

    def __init__(self, asked: str, *, is_id: bool) -> None:
        super().__init__(
            f"no receipt: the command {asked} was refused or never arrived; and no stream, case, licence "
            "package or party is called so"
            if is_id
            else f"there is no case, licence package or party {asked}, and it is not the id of a command, "
            "which is a UUID: check it"
        )


class _Head(NamedTuple):
    """A stored event with a hash for its body, and the command that led to it."""

    event: StoredEvent
    command_id: UUID | None
    name: str | None


class _Body(msgspec.Struct):
    """What is read of a body, whichever program wrote it."""

    command_id: UUID | None = None


_bodies = msgspec.json.Decoder(_Body)


class _Wanted(NamedTuple):
    """The events that are looked for, and of which stream they are.

    `earlier` ones of what was asked for are not looked for. `seen` are all versions of the stream that the
    viewer sees; None for whoever sees all.
    """

    stream_id: UUID
    version: int
    heads: list[_Head]
    earlier: int
    sample: _Head | None
    receipt: StoredReceipt | None = None
    seen: frozenset[int] | None = None


def trace(app: Application, asked: str, most: int | None = LATEST, viewer: Viewer | None = None) -> Trace:
    """Where the events are of a command, by its id, or of a stream: the latest so many, None for all.

    A stream is named by a case's reference, a licence package, a party, or its own id. A viewer asks for a
    case by its reference; the answer is of those of its events that the viewer sees. Raises NothingToTrace,
    CaseUnknown for a case that a viewer does not see, NotRunning, TablesMissing and DatabaseUnavailable; that
    Kafka or a view is unavailable is a part of the answer.
    """
    with StreamsReader(app.database) as reader:
        newest = reader.last_position()
        if viewer is None:
            wanted = _wanted(app, reader.at(newest), asked, most, newest)
        else:
            wanted = _wanted_of_case(app, asked, most, newest, viewer)
    kind = _kind(wanted.sample.event.type) if wanted.sample else None
    word = kind.type_prefix.split(".")[1].replace("_", " ") if kind else None
    events, topics_error = _in_topics(app, wanted.heads, newest)
    return Trace(
        asked=asked,
        receipt=wanted.receipt,
        stream=TracedStream(
            kind=word,
            name=wanted.sample.name if wanted.sample else None,
            stream_id=wanted.stream_id,
            version=wanted.version,
        ),
        events=events,
        earlier=wanted.earlier,
        topics_error=topics_error,
        views=[_in_view(app, view, wanted) for _, view in sorted(VIEWS.items()) if kind in view.kinds],
    )


def _wanted(app: Application, log: StreamsReader, asked: str, most: int | None, newest: int) -> _Wanted:
    own_id = _uuid(asked)
    receipt = read_receipt(app.database, own_id) if own_id else None
    stream_id, version = _find_stream(app, asked, receipt, newest)
    first, last = (receipt.version - receipt.events + 1, receipt.version) if receipt else (1, version)
    earlier = 0 if most is None else max(0, last - first + 1 - most)
    stored = log.stream(stream_id, first + earlier - 1)
    heads = [_head(event) for event in takewhile(lambda event: event.version <= last, stored)]
    sample = heads[0] if heads else next(map(_head, log.stream(stream_id)), None)
    return _Wanted(stream_id, version, heads, earlier, sample, receipt)


def _wanted_of_case(app: Application, case: str, most: int | None, newest: int, viewer: Viewer) -> _Wanted:
    seen = [
        _head(event)
        for event in stored_in_pieces(app, case, viewer)
        if event.position <= newest and sees_event(viewer, event.type, event.body)
    ]
    if not seen:  # it was opened a moment ago
        raise CaseUnknown(case)
    heads = seen if most is None else seen[-most:]
    return _Wanted(
        stream_id=seen[0].event.stream_id,
        version=seen[-1].event.version,
        heads=heads,
        earlier=len(seen) - len(heads),
        sample=heads[0],
        seen=frozenset(head.event.version for head in seen),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _named_streams(name: str) -> list[UUID]:
    try:
        return [case_stream_id(name), package_stream_id(name), party_stream_id(name)]
    except UnicodeEncodeError:  # a shell hands over bytes that are not a text
        return []


def _find_stream(
    app: Application, asked: str, receipt: StoredReceipt | None, newest: int
) -> tuple[UUID, int]:
    """The stream that is asked for, and its version at a position of the log."""
    own_id = _uuid(asked)
    by_name = _named_streams(asked)
    wanted = [receipt.stream_id] if receipt else [*([own_id] if own_id else []), *by_name]
    with closing(KeyScanReader(app.database)) as log:
        versions = log.versions_at(dict.fromkeys(wanted, newest))
    found = next((stream_id for stream_id in wanted if versions[stream_id]), None)
    if found is None and receipt is None:
        raise NothingToTrace(asked, is_id=own_id is not None)
    stream_id = found or wanted[0]
    return stream_id, versions[stream_id]


def _head(event: StoredEvent) -> _Head:
    try:
        body = _bodies.decode(event.body)
    except msgspec.DecodeError:  # of a newer program, perhaps: it has its place all the same
        body = _Body()
    return _Head(digested(event), body.command_id, subject_of(event.body))


def _kind(event_type: str) -> StreamKind | None:
    try:
        return kind_of(event_type)
    except KeyError:
        return None


def _in_topics(app: Application, heads: list[_Head], newest: int) -> tuple[list[TracedEvent], str | None]:
    """The events with the places of their records, and why these are unknown, if they are."""
    kind = _kind(heads[0].event.type) if heads else None
    if kind is None:
        return [_traced(head, None, NOT_KNOWN) for head in heads], None
    topic = topic_name(app.settings.topic_prefix, kind)
    partition = Partition(topic, partition_number(heads[0].event.stream_id))
    places, error = locate_records(app.kafka, partition, [head.event for head in heads], newest)
    return [_traced(head, partition, places[head.event.position]) for head in heads], error


def _traced(head: _Head, partition: Partition | None, place: LocatedRecord) -> TracedEvent:
    return TracedEvent(
        version=head.event.version,
        position=head.event.position,
        type=head.event.type,
        recorded_at=head.event.recorded_at,
        command_id=head.command_id,
        topic=partition.topic if partition else None,
        partition=partition.number if partition else None,
        offset=place.offset,
        record=place.state,
    )


def _in_view(app: Application, view: AnyProjection, wanted: _Wanted) -> TracedView:
    first, last = (wanted.heads[0].event.version, wanted.heads[-1].event.version) if wanted.heads else (0, 0)
    try:
        found = app.ask(stream_in_view, view, wanted.stream_id, first, last)
    except ViewError as error:
        return TracedView(view.name, "unavailable", None, None, [], str(error))
    version, parked, skipped = found
    if wanted.seen is not None:
        version = max((one for one in wanted.seen if one <= version), default=0)
        skipped = [record for record in skipped if record.version in wanted.seen]
    has_last = version >= last or any(record.version == last for record in skipped)
    if has_last and wanted.seen is not None:
        parked = None  # what waits in the quarantine need not be for this viewer
    return TracedView(
        view=view.name,
        state="folded" if has_last else "not_folded",
        version=version,
        parked=parked,
        skipped=skipped,
        error=None,
    )
