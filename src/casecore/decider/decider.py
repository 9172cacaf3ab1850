"""A decider: how one kind of stream turns commands into facts, and facts into state. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from casecore.contract.envelope import EventData, Fact, Source
from casecore.decider.command import Command

Evolve: TypeAlias = Callable[[Any, Fact[EventData]], Any]

NOTHING: Mapping[UUID, Any] = MappingProxyType({})


class Context(NamedTuple):
    """What a decision may know besides state and command.

    `now` is the store's clock, and never before the last stored event. `occurred_at` is the command's,
    in UTC, or `now`. `vendor` is the vendor's organisation. `related_streams` holds the states of the other
    streams that the decider reads, None for one that has no event yet. `registered_only`: whether the
    organisations of a case that opens, and those that publish, must be registered parties.
    """

    now: datetime
    occurred_at: datetime
    vendor: str
    related_streams: Mapping[UUID, Any] = NOTHING
    registered_only: bool = False


class Decision(NamedTuple):
    """The facts that a command leads to, in order; none if it changes nothing.

    Nobody asked for the first `implied` of them. `source` is the imported row that the last one keeps.
    """

    events: tuple[EventData, ...]
    implied: int = 0
    source: Source | None = None


StateT = TypeVar("StateT")
CommandT = TypeVar("CommandT", bound=Command)


def no_related_streams(_: Command) -> Mapping[UUID, Evolve]:
    """The `related_streams` of a decider that reads no other stream."""
    return NOTHING


@dataclass(frozen=True)
class Decider(Generic[StateT, CommandT]):
    """One kind of stream: which command it takes, and its pure functions.

    `decide` raises a Refusal, or returns a Decision; `evolve` never fails on a fact that was decided.
    `related_streams` names the other streams that the decision on a command may read, each with its fold. The
    fold of a stream that has a decider is that decider's `evolve`.
    """

    command: type[CommandT]
    stream_of: Callable[[CommandT], UUID]
    decide: Callable[[StateT | None, CommandT, Context], Decision]
    evolve: Callable[[StateT | None, Fact[EventData]], StateT]
    related_streams: Callable[[CommandT], Mapping[UUID, Evolve]] = no_related_streams
