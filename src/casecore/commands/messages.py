"""What the logic of the bus asks for: the whole language between it and whoever performs it.

A request is answered by what stands beside it, or by an exception that is raised where it was made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from casecore.store.recorder import NewEvent, Receipt


class Load(NamedTuple):
    """Load what a batch is decided on; answered by Loaded, raises StreamsWentBack and DatabaseUnavailable.

    `known` is the version of each stream that is known already, `commands` each command's id and stream.
    """

    known: Mapping[UUID, int]
    commands: Sequence[tuple[UUID, UUID]]
    beside: Collection[UUID]


class Append(NamedTuple):
    """Store all of it, durably, or nothing; answered by Appended, raises AppendConflict, DatabaseUnavailable.

    It is a conflict, too, if a stream is not at the version `expected` of it. After DatabaseUnavailable
    nobody knows whether it was stored.
    """

    events: Sequence[NewEvent]
    receipts: Sequence[Receipt]
    now: datetime
    expected: Mapping[UUID, int]


class Appended(NamedTuple):
    """It is stored, as of `recorded_at`; and the store's and the monotonic clock afterwards."""

    recorded_at: datetime
    clock: datetime
    at_seconds: float


class Rest(NamedTuple):
    """Wait for a part of this, drawn at random; answered by the monotonic clock afterwards, in seconds."""

    limit_seconds: float


Request: TypeAlias = Load | Append | Rest
