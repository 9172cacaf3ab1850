"""Commands told one by one to the program's own deciders, so that each is legal where it is given."""

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


class Told(NamedTuple):
    """A command that was accepted, when it was given in seconds since 1970, and its facts.

    The first of them makes `version` of its stream.
    """

    at: int
    command: Command
    stream_id: UUID
    version: int
    facts: tuple[Fact[EventData], ...]


class Stream(Generic[StateT, CommandT]):
    """A stream while it is told."""

    def __init__(
        self,
        decider: Decider[StateT, CommandT],
        stream_id: UUID,
        vendor: str,
        related_streams: Mapping[UUID, Any] = NOTHING,
    ) -> None:
        self.state: StateT | None = None
        self.told: list[Told] = []
        self._decider = decider
        self._stream_id = stream_id
        self._vendor = vendor
        self._related_streams = related_streams
        self._version = 0

    def give(self, at: int, command: CommandT) -> None:
        """Give a command that occurred at these seconds since 1970; one that changes nothing is left out.

        Raises a Refusal, which is a defect of the teller.
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
        self.told.append(Told(at, command, self._stream_id, self._version + 1, facts))
        self._version += len(facts)


def in_order_of_time(stories: Iterable[list[Told]]) -> Iterator[Told]:
    """What stories tell, in the order of time; each tells in that order, and begins no earlier than those
    before it.

    Only stories that have begun and not ended are held.
    """
    alive: list[tuple[int, int, list[Told]]] = []
    for number, story in enumerate(stories):
        story.reverse()
        yield from _until(alive, story[-1].at)
        heapq.heappush(alive, (story[-1].at, number, story))
    yield from _until(alive, None)


def _until(alive: list[tuple[int, int, list[Told]]], at: int | None) -> Iterator[Told]:
    """What is told before an instant, or at it by the stories that are there already; None: all."""
    while alive and (at is None or alive[0][0] <= at):
        _, number, story = alive[0]
        yield story.pop()
        if story:
            heapq.heapreplace(alive, (story[-1].at, number, story))
        else:
            heapq.heappop(alive)
