"""What somebody wants to hear from the topics, and from where on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, TypeAlias, assert_never
from uuid import UUID

from casecore.contract.streams import (
    CASES,
    PARTITIONS,
    STREAM_KINDS,
    StreamKind,
    case_stream_id,
    kind_of,
    topic_name,
)
from casecore.contract.types import EVENT_TYPES, UnknownType, split_wire_name
from casecore.contract.wire import StoredEvent
from casecore.errors.kinds import InvalidInput
from casecore.kafka.partitions import Partition
from casecore.relay.place import partition_number


class FromNow(NamedTuple):
    """What is yet to come."""


class FromZero(NamedTuple):
    """All there is, and what is yet to come."""


class FromPosition(NamedTuple):
    """What has this position of the log, or a later one."""

    position: int


class FromInstant(NamedTuple):
    """What was recorded at this instant, or later."""

    recorded_at: datetime


Beginning: TypeAlias = FromNow | FromZero | FromPosition | FromInstant

_NAMES = frozenset(one.name for one in EVENT_TYPES.all)


class Wanted(NamedTuple):
    """Which events, and from where on. `types` are without version; no types, and no streams, is all."""

    beginning: Beginning
    types: frozenset[str] = frozenset()
    streams: frozenset[UUID] = frozenset()

    def is_wanted(self, event: StoredEvent) -> bool:
        """Whether an event of the partitions is one of those."""
        if precedes(event, self.beginning):
            return False
        if self.streams and event.stream_id not in self.streams:
            return False
        return not self.types or _name_of(event.type) in self.types

    def is_wanted_key(self, key: bytes | None) -> bool:
        """Whether a record of the partitions could be of one of the streams, if it were an event."""
        return not self.streams or key in {str(one).encode() for one in self.streams}

    def partitions(self, prefix: str) -> tuple[Partition, ...]:
        """Where the events are that are wanted."""
        if self.streams:
            topic = topic_name(prefix, CASES)
            numbers = {partition_number(stream_id) for stream_id in self.streams}
            return tuple(Partition(topic, number) for number in sorted(numbers))
        kinds = [kind for kind in STREAM_KINDS if not self.types or self._has_types_of(kind)]
        return tuple(
            Partition(topic_name(prefix, kind), number) for kind in kinds for number in range(PARTITIONS)
        )

    def _has_types_of(self, kind: StreamKind) -> bool:
        return any(name.startswith(kind.type_prefix) for name in self.types)


def wanted_of(types: Collection[str], cases: Collection[str], beginning: Beginning) -> Wanted:
    """What is wanted; raises InvalidInput for a type that there is not, or that no case has."""
    unknown = sorted(set(types) - _NAMES)
    if unknown:
        raise InvalidInput(
            f"there is no type of event called {unknown[0][:100]!r}: give names without version, such as "
            "casecore.case.escalated, with commas between them; docs/subscribing.md says where all are"
        )
    foreign = sorted(name for name in types if kind_of(name) is not CASES)
    if cases and foreign:
        raise InvalidInput(f"a case has no events of the type {foreign[0]}: leave it, or the case, out")
    return Wanted(beginning, frozenset(types), frozenset(map(case_stream_id, cases)))


def precedes(event: StoredEvent, beginning: Beginning) -> bool:
    """Whether an event comes before the beginning.

    Both its position and when it was recorded rise within a partition (law 2, and the envelope).
    """
    match beginning:
        case FromNow() | FromZero():
            return False
        case FromPosition(position):
            return event.position < position
        case FromInstant(recorded_at):
            return event.recorded_at < recorded_at
        case _:
            assert_never(beginning)


def _name_of(event_type: str) -> str:
    try:
        return split_wire_name(event_type)[0]
    except UnknownType:
        return event_type
