"""Commands decided on states in memory by the program's own deciders, which say what events follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from casecore.app.deciders import DECIDERS
from casecore.contract.envelope import EventData, Fact
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.command import Command
from casecore.decider.decider import Context, Decider

_BY_COMMAND: dict[type[Command], Decider[Any, Any]] = {one.command: one for one in DECIDERS}


class Paper:
    """The states and the events of all streams of a made-up installation."""

    def __init__(self, vendor: str) -> None:
        self.states: dict[UUID, Any] = {}
        self.events: list[StoredEvent] = []
        self._vendor = vendor

    def stream(self, stream_id: UUID) -> list[StoredEvent]:
        """A stream's events, in order."""
        return [event for event in self.events if event.stream_id == stream_id]

    def give(self, command: Command, now: datetime) -> tuple[EventData, ...]:
        """What a command leads to, which is kept; raises its Refusal."""
        decider = _BY_COMMAND[type(command)]
        stream_id = decider.stream_of(command)
        occurred_at = command.occurred_at or now
        related = {each: self.states.get(each) for each in decider.related_streams(command)}
        context = Context(now, occurred_at, self._vendor, related)
        decision = decider.decide(self.states.get(stream_id), command, context)
        for data in decision.events:
            fact = Fact(
                occurred_at=occurred_at,
                actor=command.actor.as_actor(),
                command_id=command.command_id,
                correlation_id=command.command_id,
                data=data,
            )
            self.states[stream_id] = decider.evolve(self.states.get(stream_id), fact)
            self._store(stream_id, fact, now)
        return decision.events

    def _store(self, stream_id: UUID, fact: Fact[EventData], now: datetime) -> None:
        position, version = len(self.events) + 1, len(self.stream(stream_id)) + 1
        name, body = EVENT_TYPES.name_of(fact.data), EVENT_TYPES.encode(fact)
        self.events.append(StoredEvent(position, stream_id, version, name, now, body))
