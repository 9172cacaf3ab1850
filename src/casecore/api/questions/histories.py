"""What happened to a party or a licence package, event by event, as an answer has it in pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from casecore.api.questions.page import Paged, RowCount, asked_place
from casecore.app.registers.histories import EntryHistory, HistoryPart, StoredFact
from casecore.contract.envelope import Actor
from casecore.http.cursors import write_cursor


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


def asked_part(asked: Paged) -> HistoryPart:
    """Which part of the events is asked for; raises InvalidRequest."""
    return HistoryPart(asked_place(asked, RowCount) or 0, asked.limit)


def next_part(found: EntryHistory[Any]) -> str | None:
    """The cursor of the part behind this one; it names the last event that was answered."""
    return None if found.goes_on_after is None else write_cursor(found.goes_on_after)


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
