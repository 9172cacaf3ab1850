"""What a fold goes on from, for each key, and what a batch leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from casecore.kafka.partitions import Partition
from casecore.kafka.records import KafkaRecord
from projections.kit.fold.verdicts import Reason
from projections.kit.projection import DerivedRows
from projections.kit.stored_table import Row, StoredTable

_encode_state = msgspec.json.Encoder().encode


class KeyState(NamedTuple):
    """What a view knows of a key: the version folded last, and the state (None before the first event read).

    `any_next` follows a skipped record: the next one may have any version above the last one folded. `newer`
    says which words of the state, stored by a newer program, this one does not know: then it has no state.
    """

    version: int = 0
    state: Any = None
    any_next: bool = False
    parked: bool = False
    newer: str = ""

    def after_skip(self) -> KeyState:
        """The same after the key's next record was left out by an operator's decision.

        Nobody can tell whether that record was the stream's next event or a forged one, so the next record
        may have its version, or the one after it.
        """
        return self._replace(any_next=True)

    @property
    def is_to_be_stored(self) -> bool:
        """Whether there is anything to store; a state that this program cannot read stays as it is."""
        return bool(self.version or self.any_next) and not self.newer

    def as_row(self, key: UUID) -> Row:
        """As the table `states` holds it, in the order of its columns."""
        state = None if self.state is None else _encode_state(self.state).decode()
        return key, self.version, state, self.any_next


NEW_KEY = KeyState()
"""What is known of a key that nothing was folded of yet."""


class Parked(NamedTuple):
    """A record to park; `key` is the stream's id as text, or the record's own key where that is not an id."""

    record: KafkaRecord
    key: bytes
    reason: Reason
    detail: str


@dataclass
class FoldOutcome:
    """What a batch leads to. `states`, `replaced` and `appended` hold only what differs from before.

    `applied_to` has, for a view with derived rows, the version of the last event applied to each stream,
    and `derived` all rows that tables `of_stream` have of it. `offsets` are those after the last record of
    each partition. Of the batch's records `applied` changed a state, `passed` only moved a version on,
    `repeated` were folded before, and `left_out` were by decision.
    """

    states: dict[UUID, KeyState] = field(default_factory=dict)
    applied_to: dict[UUID, int] = field(default_factory=dict)
    derived: dict[UUID, DerivedRows] = field(default_factory=dict)
    replaced: dict[StoredTable, dict[object, Row]] = field(default_factory=dict)
    appended: dict[StoredTable, list[Row]] = field(default_factory=dict)
    parked: list[Parked] = field(default_factory=list)
    offsets: dict[Partition, int] = field(default_factory=dict)
    applied: int = 0
    passed: int = 0
    repeated: int = 0
    left_out: int = 0
