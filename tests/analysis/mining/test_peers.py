"""What the bench compares mining with is the same answer, written by hand for Polars."""

from __future__ import annotations

from pathlib import Path

from bench.mining import OURS, POLARS, measure_mining, mining_verdicts


def test_polars_by_hand_finds_the_same_paths_of_an_export(exported: Path) -> None:
    found = measure_mining(exported / "latest" / "events", 1_000, 2)

    assert sorted(one.name for one in found) == sorted((*OURS, *POLARS, *OURS, *POLARS))
    assert [verdict.goal for verdict in mining_verdicts(found)] == [1.0, 1.0]
