"""What a case's events record beside its moves: waits and when they were recorded, policies, and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec


class RecordedWarning(NamedTuple):
    """A warning that is recorded: when it occurred, and in which run of the clock, if that was recorded too.

    `before_withdrawal`: a miss of the clock was withdrawn after it was recorded.
    """

    percent: int
    at: int
    run_started_at: int | None
    before_withdrawal: bool = False


class RecordedWait(NamedTuple):
    """The event by which a wait is recorded to have begun, and when it was recorded; None if nobody knows."""

    version: int
    recorded_at: int | None


class PinnedAt(NamedTuple):
    """When a policy was pinned, by which event, and the policy as its JSON."""

    at: int
    version: int
    policy: msgspec.Raw


class WithdrawnMiss(NamedTuple):
    """When a miss was that is recorded, and when it was recorded that it was none, or another."""

    missed_at: int
    withdrawn_at: int


@dataclass
class RecordedNotes:
    """What is recorded of a clock: its warnings, and when it was missed, unless that was withdrawn.

    `withdrawn` are the misses that were, in the order of recording.
    """

    missed_at: int | None = None
    withdrawn: list[WithdrawnMiss] = field(default_factory=list)
    warnings: list[RecordedWarning] = field(default_factory=list)
