"""A case as it stood at an instant: its place, priority and waiting, by what had occurred by then."""

from __future__ import annotations

from typing import NamedTuple

from casecore.clocks.life import Life
from casecore.contract.cases import Level, Priority, State


class StandingThen(NamedTuple):
    """Where a case was, whose turn it was, and how urgent it was; instants in microseconds since 1970."""

    state: State
    level: Level | None
    organisation: str
    agent: str | None
    priority: Priority
    waiting_since: int | None


def standing_of(life: Life) -> StandingThen:
    """The case at the end of its life.

    What was recorded late counts by its own content, at its own time: the standing in such an event is of
    when it was recorded. At the same instant the greater version is later.
    """
    placed = life.placed
    assert placed is not None, "a life begins with the opening"
    waits = bool(life.waits) and life.waits[-1][1] is None
    return StandingThen(
        placed.state,
        placed.level,
        placed.organisation,
        placed.agent,
        life.priorities[-1][1],
        life.waits[-1][0] if waits else None,
    )
