"""What a trace finds: a stream, its events with the places of their records, and what each view has of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from casecore.audit.record_places import RecordState
from casecore.store.receipts import StoredReceipt
from projections.kit.reading.stream_in_view import ParkedStream, SkippedRecord

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
