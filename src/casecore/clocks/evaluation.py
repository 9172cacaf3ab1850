"""A case at an instant: every clock, and who had it. A pure function of the case's own events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from casecore.clocks.custody import Custody, CustodyPeriod, custody_periods, custody_times
from casecore.clocks.history import History
from casecore.clocks.life import Life, life_of
from casecore.clocks.measure import read_clock
from casecore.clocks.reading import ClockReading
from casecore.clocks.terms import PinnedPolicies
from casecore.contract.cases import Level
from casecore.contract.service_levels import Covers


@dataclass(frozen=True)
class Evaluation:
    """What the clocks say of a case at `at` (microseconds since 1970), from what occurred until then."""

    at: int
    life: Life
    policies: PinnedPolicies
    clocks: tuple[ClockReading, ...]

    @cached_property
    def custody_periods(self) -> Sequence[CustodyPeriod]:
        """Its life in periods of one custody each, not yet split at opening hours."""
        return tuple(custody_periods(self.life, self.policies))

    @cached_property
    def custody_times(self) -> dict[Custody, int]:
        """How long each had the case, in microseconds."""
        return custody_times(self.custody_periods, self.at)

    @property
    def without_policy(self) -> list[str]:
        """What no policy covers: the whole case (end_to_end), or a level where it has been."""
        been = {(piece.level, piece.organisation) for piece in self.life.pieces if piece.level is not None}
        pinned_for = self.policies.pinned_for
        lacking = {level for level, organisation in been if not pinned_for(level, organisation)}
        found = [] if pinned_for(None, None) else [Covers.END_TO_END.value]
        return found + [level.value for level in Level if level in lacking]

    @property
    def age(self) -> int:
        """From opening to closing or cancelling, or until now; in microseconds."""
        end = self.life.ended_at
        return (self.at if end is None else end) - self.life.opened_at


def evaluate(history: History, at: int) -> Evaluation | None:
    """The case at an instant; None if it was not opened by then. The clocks are in the order of starting."""
    life = life_of(history.marks, at)
    if life is None:
        return None
    policies = PinnedPolicies(life)
    clocks = []
    for key, run in life.runs.items():
        terms = policies.terms(key.level, key.organisation)
        reading = read_clock(key, run, life.waits, terms, at)
        if reading is not None:
            clocks.append(reading)
    return Evaluation(at, life, policies, tuple(clocks))
