"""A run can be repeated from its seed, step by step."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.simulation.run import simulate

_PRINT = """
import sys
from tests.simulation.run import simulate
print(*simulate(int(sys.argv[1]), detailed=True).lines, sep="\\n")
"""


def test_the_same_seed_gives_the_same_run_in_another_process() -> None:
    # Given the detailed trace of a run
    lines = simulate(17, detailed=True).lines

    # When another process, which hashes differently, runs the same seed
    environment = {**os.environ, "PYTHONHASHSEED": "1234"}
    again = subprocess.run(
        [sys.executable, "-c", _PRINT, "17"], env=environment, capture_output=True, text=True, check=True
    )

    # Then every step is the same
    assert len(lines) > 500
    assert again.stdout.splitlines() == "\n".join(lines).splitlines()


def test_a_detailed_trace_does_not_change_the_run() -> None:
    detailed, plain = simulate(18, detailed=True), simulate(18)
    assert (detailed.steps, detailed.met) == (plain.steps, plain.met)


def test_another_seed_gives_another_run() -> None:
    assert simulate(17).met != simulate(18).met
