"""What the writer's protocol asks for: all messages between it and the driver that performs them.

A request is answered by the type that it names, or by an exception, which is raised where it was made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from casecore.store.records import NewEvent, Receipt


class Load(NamedTuple):
    """Load what a batch is decided on; answered by Loaded; raises StreamsWentBack, DatabaseUnavailable.

    `known` is the version of each stream that is known already, `commands` each command's id and stream;
    `related_streams` are the other streams that the decisions read. `asks_for_parties`: whether to look if
    there is a registered party.
    """

    known: Mapping[UUID, int]
    commands: Sequence[tuple[UUID, UUID]]
    related_streams: Collection[UUID]
    asks_for_parties: bool = False


class Append(NamedTuple):
    """Store all of it, durably, or nothing; answered by AppendReport; raises AppendConflict,
    DatabaseUnavailable.

    A stream that is not at the version `expected` of it is a conflict too. After DatabaseUnavailable it is
    not known whether it was stored.
    """

    events: Sequence[NewEvent]
    receipts: Sequence[Receipt]
    now: datetime
    expected: Mapping[UUID, int]


class AppendReport(NamedTuple):
    """It is stored, as of `recorded_at`. `clock` is the store's clock afterwards, `at_seconds` the monotonic
    one."""

    recorded_at: datetime
    clock: datetime
    at_seconds: float


class Rest(NamedTuple):
    """Wait for a random share of the limit; answered by the monotonic clock afterwards, in seconds."""

    limit_seconds: float


BusRequest: TypeAlias = Load | Append | Rest
