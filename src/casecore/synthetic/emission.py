"""Commands that are emitted after the program's own deciders have accepted them, so that each is legal."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from casecore.contract.envelope import EventData, Fact
from casecore.decider.command import Command
from casecore.decider.decider import NOTHING, Context, Decider
from casecore.synthetic.local_hours import instant_of

StateT = TypeVar("StateT")
CommandT = TypeVar("CommandT", bound=Command)


class EmittedCommand(NamedTuple):
    """A command that was accepted, its facts, and when it occurred: `at`, in seconds since 1970.

    `version` is the stream's version after the first fact.
    """

    at: int
    command: Command
    stream_id: UUID
    version: int
    facts: tuple[Fact[EventData], ...]


class EmittedStream(Generic[StateT, CommandT]):
    """A stream, its state, and the commands emitted on it so far."""

    def __init__(
        self,
        decider: Decider[StateT, CommandT],
        stream_id: UUID,
        vendor: str,
        related_streams: Mapping[UUID, Any] = NOTHING,
    ) -> None:
        self.state: StateT | None = None
        self.emitted: list[EmittedCommand] = []
        self._decider = decider
        self._stream_id = stream_id
        self._vendor = vendor
        self._related_streams = related_streams
        self._version = 0

    def emit(self, at: int, command: CommandT) -> None:
        """Decide a command that occurred `at`, in seconds since 1970, and emit it if it changes something.

        Raises a Refusal, which is a defect of whatever made the command.
        """
        occurred_at = instant_of(at)
        context = Context(occurred_at, occurred_at, self._vendor, self._related_streams)
        decision = self._decider.decide(self.state, command, context)
        actor = command.actor.as_actor()
        facts = tuple(
            Fact(
                occurred_at=occurred_at,
                actor=actor,
                command_id=command.command_id,
                correlation_id=command.command_id,
                data=data,
            )
            for data in decision.events
        )
        if not facts:
            return
        for fact in facts:
            self.state = self._decider.evolve(self.state, fact)
        self.emitted.append(EmittedCommand(at, command, self._stream_id, self._version + 1, facts))
        self._version += len(facts)


def in_order_of_time(stories: Iterable[list[EmittedCommand]]) -> Iterator[EmittedCommand]:
    """The commands of all stories, in the order of time.

    Each story is in that order, and begins no earlier than those before it. Only stories that have begun and
    not ended are in memory.
    """
    alive: list[tuple[int, int, list[EmittedCommand]]] = []
    for number, story in enumerate(stories):
        story.reverse()
        yield from _until(alive, story[-1].at)
        heapq.heappush(alive, (story[-1].at, number, story))
    yield from _until(alive, None)


def _until(alive: list[tuple[int, int, list[EmittedCommand]]], at: int | None) -> Iterator[EmittedCommand]:
    """The commands of these stories up to an instant, which is included; all for None."""
    while alive and (at is None or alive[0][0] <= at):
        _, number, story = alive[0]
        yield story.pop()
        if story:
            heapq.heapreplace(alive, (story[-1].at, number, story))
        else:
            heapq.heappop(alive)
