"""A thousand simulated runs: whatever is killed, lost, frozen or late, the laws hold."""

from __future__ import annotations

from tests.profiles import in_proportion
from tests.simulation.campaign import never_met, simulate_all
from tests.simulation.run import CATCH_UP_SECONDS


def test_the_laws_hold_and_every_fault_is_met() -> None:
    # When a thousand seeds are run (a quarter of them in a quick check), each with its own faults
    summary = simulate_all(range(in_proportion(1_000)))

    # Then no law was broken, and everything was caught up in time
    assert summary.broken == []
    assert summary.longest is not None
    assert summary.longest.caught_up_seconds <= CATCH_UP_SECONDS
    # and every kind of fault happened
    assert never_met(summary.met) == []
