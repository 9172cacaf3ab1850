"""Another thousand simulated runs, in a file of its own so that both processors are used."""

from __future__ import annotations

from tests.profiles import in_proportion
from tests.simulation.campaign import simulate_all


def test_the_laws_hold() -> None:
    seeds = in_proportion(1_000)
    assert simulate_all(range(seeds, 2 * seeds)).broken == []
