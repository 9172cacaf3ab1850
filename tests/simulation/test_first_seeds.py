"""A thousand simulated lives: whatever is killed, lost, frozen or late, the laws hold."""

from __future__ import annotations

from tests.simulation.campaign import live_all, never_met
from tests.simulation.run import CATCH_UP_SECONDS


def test_the_laws_hold_and_every_fault_is_met() -> None:
    # When a thousand lives are lived through, each with faults of its own
    summary = live_all(range(1_000))

    # Then no law was seen broken, and everything was caught up in time
    assert summary.broken == []
    assert summary.longest is not None
    assert summary.longest.caught_up_seconds <= CATCH_UP_SECONDS
    # and there was no kind of fault that did not happen
    assert never_met(summary.met) == []
