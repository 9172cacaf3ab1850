"""Where the events of a command or of a stream are: in the store, in the topics, in each view."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from itertools import takewhile
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from casecore.app.application import Application
from casecore.audit.record_places import NOT_KNOWN, LocatedRecord, RecordState, digested, locate_records
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
from projections.catalogue import VIEWS
from projections.kit.errors import ViewError
from projections.kit.projection import AnyProjection
from projections.kit.reading.stream_in_view import ParkedStream, SkippedRecord, stream_in_view

LATEST = 10
"""Events that are looked for unless all are asked for: each costs a search in its partition."""

ViewState: TypeAlias = Literal["folded", "not_folded", "unavailable"]


class TracedStream(NamedTuple):
    """A stream: its kind, such as `case`; its name in the business, where it has one; its version now."""

    kind: str | None
    name: str | None
    stream_id: UUID
    version: int


class TracedEvent(NamedTuple):
    """An event in the store, and the place of its record."""

    version: int
    position: int
    type: str
    recorded_at: datetime
    command_id: UUID | None
    topic: str | None
    partition: int | None
    offset: int | None
    record: RecordState


class TracedView(NamedTuple):
    """What a view has of the stream: `folded` if it has the last of the traced events, or an operator skipped
    that.

    `error` says why the view cannot be asked.
    """

    view: str
    state: ViewState
    version: int | None
    parked: ParkedStream | None
    skipped: list[SkippedRecord]
    error: str | None


class Trace(NamedTuple):
    """Where events are; `earlier` events of what was asked for were not looked for.

    `topics_error` says why Kafka could not be asked, or not to the end.
    """

    asked: str
    receipt: StoredReceipt | None
    stream: TracedStream
    events: list[TracedEvent]
    earlier: int
    topics_error: str | None
    views: list[TracedView]

    @property
    def needs_look(self) -> bool:
        """Whether something does not go on by itself: a parked stream, or a record that is astray."""
        astray = any(event.record in ("missing", "differs") for event in self.events)
        return astray or any(view.parked is not None for view in self.views)

    @property
    def is_incomplete(self) -> bool:
        """Whether Kafka or a view could not be asked."""
        return self.topics_error is not None or any(view.state == "unavailable" for view in self.views)


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


def trace(app: Application, asked: str, most: int | None = LATEST) -> Trace:
    """Where the events are of a command, by its id, or of a stream: the latest so many, None for all.

    A stream is named by a case's reference, a licence package, a party, or its own id. Raises
    NothingToTrace, NotRunning, TablesMissing and DatabaseUnavailable; that Kafka or a view is unavailable
    is a part of the answer.
    """
    own_id = _uuid(asked)
    receipt = read_receipt(app.database, own_id) if own_id else None
    with StreamsReader(app.database) as reader:
        newest = reader.last_position()
        log = reader.at(newest)
        stream_id, version = _find_stream(app, asked, receipt, newest)
        first, last = (receipt.version - receipt.events + 1, receipt.version) if receipt else (1, version)
        earlier = 0 if most is None else max(0, last - first + 1 - most)
        stored = log.stream(stream_id, first + earlier - 1)
        heads = [_head(event) for event in takewhile(lambda event: event.version <= last, stored)]
        sample = heads[0] if heads else next(map(_head, log.stream(stream_id)), None)
    kind = _kind(sample.event.type) if sample else None
    word = kind.type_prefix.split(".")[1].replace("_", " ") if kind else None
    events, topics_error = _in_topics(app, heads, newest)
    return Trace(
        asked=asked,
        receipt=receipt,
        stream=TracedStream(word, sample.name if sample else None, stream_id, version),
        events=events,
        earlier=earlier,
        topics_error=topics_error,
        views=[
            _in_view(app, view, stream_id, heads) for _, view in sorted(VIEWS.items()) if kind in view.kinds
        ],
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


def _in_view(app: Application, view: AnyProjection, stream_id: UUID, heads: list[_Head]) -> TracedView:
    first, last = (heads[0].event.version, heads[-1].event.version) if heads else (0, 0)
    try:
        found = app.ask(stream_in_view, view, stream_id, first, last)
    except ViewError as error:
        return TracedView(view.name, "unavailable", None, None, [], str(error))
    has_last = found.version >= last or any(record.version == last for record in found.skipped)
    state: ViewState = "folded" if has_last else "not_folded"
    return TracedView(view.name, state, found.version, found.parked, found.skipped, None)
