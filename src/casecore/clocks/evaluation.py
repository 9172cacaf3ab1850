"""A case at an instant: every clock, and who held it. A pure function of the case's own events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from casecore.clocks.history import History
from casecore.clocks.holders import Held, Share, held_times, shares
from casecore.clocks.life import Life, life_of
from casecore.clocks.measure import Reading, read_clock
from casecore.clocks.terms import Pledges


@dataclass(frozen=True)
class Evaluation:
    """What the clocks say of a case at `at` (microseconds since 1970), from what occurred until then."""

    at: int
    life: Life
    pledges: Pledges
    clocks: tuple[Reading, ...]

    @cached_property
    def held(self) -> Sequence[Held]:
        """Its life in times of one holder each; opening hours are not yet taken off."""
        return tuple(held_times(self.life, self.pledges))

    @cached_property
    def shares(self) -> dict[Share, int]:
        """How long each had the case, in microseconds."""
        return shares(self.held, self.at)

    @property
    def age(self) -> int:
        """From opening to closing or cancelling, or until now; in microseconds."""
        end = self.life.ended_at
        return (self.at if end is None else end) - self.life.opened_at


def evaluate(history: History, at: int) -> Evaluation | None:
    """The case at an instant; None if it was not opened by then. The clocks are in the order they started."""
    life = life_of(history.marks, at)
    if life is None:
        return None
    pledges = Pledges(life)
    clocks = []
    for key, run in life.runs.items():
        terms = pledges.terms(key.level, key.organisation)
        reading = read_clock(key, run, life.waits, terms, at)
        if reading is not None:
            clocks.append(reading)
    return Evaluation(at, life, pledges, tuple(clocks))
