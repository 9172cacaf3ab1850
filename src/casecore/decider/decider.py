"""A decider: how one kind of stream turns commands into facts, and facts into state. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from casecore.contract.envelope import EventData, Fact, Source
from casecore.decider.command import Command


class Context(NamedTuple):
    """What a decision may know besides state and command.

    `now` is the store's clock, and never before the last stored event. `occurred_at` is the command's,
    in UTC, or `now`. `vendor` is the vendor's organisation.
    """

    now: datetime
    occurred_at: datetime
    vendor: str


class Decision(NamedTuple):
    """The facts that a command leads to, in order: none where it changes nothing.

    The first `implied` of them no one asked for. `source` is the imported row that the last one keeps.
    """

    events: tuple[EventData, ...]
    implied: int = 0
    source: Source | None = None


StateT = TypeVar("StateT")
CommandT = TypeVar("CommandT", bound=Command)


@dataclass(frozen=True)
class Decider(Generic[StateT, CommandT]):
    """One kind of stream: which command it takes, and its pure functions.

    `decide` raises a Refusal, or returns a Decision; `evolve` never fails on a fact that was decided.
    """

    command: type[CommandT]
    stream_of: Callable[[CommandT], UUID]
    decide: Callable[[StateT | None, CommandT, Context], Decision]
    evolve: Callable[[StateT | None, Fact[EventData]], StateT]
