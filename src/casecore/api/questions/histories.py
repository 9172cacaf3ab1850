"""What happened to a party or a licence package, event by event, as an answer has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from casecore.app.registers.streams import StoredFact
from casecore.contract.envelope import Actor


class HistoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event: the `version`-th of its stream, at a place in the log.

    `data` is what it says, in the form that the schema of its type has.
    """

    version: int
    position: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    data: dict[str, object]


def history_of(facts: Iterable[StoredFact]) -> list[HistoryEvent]:
    """The events in order."""
    return [
        HistoryEvent(
            version=stored.version,
            position=stored.position,
            type=stored.type,
            occurred_at=fact.occurred_at,
            recorded_at=stored.recorded_at,
            actor=fact.actor,
            data=msgspec.to_builtins(fact.data),
        )
        for stored, fact in facts
    ]
