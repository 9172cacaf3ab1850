"""What a fold goes on from, for each key, and what a batch leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from casecore.kafka.partitions import Partition
from projections.kit.fold.records import Record
from projections.kit.fold.verdicts import Reason
from projections.kit.projection import Row, Shown, Table

_encode_state = msgspec.json.Encoder().encode


class Held(NamedTuple):
    """What is held of a key: the version folded last, the state (None before the first event read).

    `any_next` follows a skipped record: the next may have any version above the last one folded.
    """

    version: int = 0
    state: Any = None
    any_next: bool = False
    parked: bool = False


NOTHING_HELD = Held()


class Parked(NamedTuple):
    """A record to park; `key` is the stream's id as text, or the record's own key where that is none."""

    record: Record
    key: bytes
    reason: Reason
    detail: str


@dataclass
class Outcome:
    """What a batch leads to. `states` and `rows` hold only what differs from before.

    `applied_to` has the version of the last event applied to each stream, `shown` all rows that tables
    `of_stream` have of it.
    """

    states: dict[UUID, Held] = field(default_factory=dict)
    applied_to: dict[UUID, int] = field(default_factory=dict)
    shown: dict[UUID, Shown] = field(default_factory=dict)
    replaced: dict[Table, dict[object, Row]] = field(default_factory=dict)
    appended: dict[Table, list[Row]] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    offsets: dict[Partition, int] = field(default_factory=dict)
    applied: int = 0
    passed: int = 0
    repeated: int = 0
    left_out: int = 0


def skipped(before: Held) -> Held:
    """What is held of a key after its next record was left out by an operator's decision.

    Whether that record was the stream's next event or a forged one nobody can tell, so the next may have
    its version, or the one after it.
    """
    return before._replace(any_next=True)


def state_row(key: UUID, held: Held) -> Row:
    """A key's state as the table `states` holds it, in the order of its columns."""
    state = None if held.state is None else _encode_state(held.state).decode()
    return key, held.version, state, held.any_next
