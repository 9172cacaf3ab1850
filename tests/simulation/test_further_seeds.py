"""Another thousand simulated runs, in a file of its own so that both processors are used."""

from __future__ import annotations

from tests.simulation.campaign import simulate_all


def test_the_laws_hold() -> None:
    assert simulate_all(range(1_000, 2_000)).broken == []
