"""A life is had again from its seed, step by step."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.simulation.run import live

_TELL = """
import sys
from tests.simulation.run import live
print(*live(int(sys.argv[1]), telling=True).lines, sep="\\n")
"""


def test_the_same_seed_gives_the_same_life_in_another_process() -> None:
    # Given a life that was told
    told = live(17, telling=True).lines

    # When another process, which hashes otherwise, lives through the same seed
    environment = {**os.environ, "PYTHONHASHSEED": "1234"}
    again = subprocess.run(
        [sys.executable, "-c", _TELL, "17"], env=environment, capture_output=True, text=True, check=True
    )

    # Then every step is the same
    assert len(told) > 500
    assert again.stdout.splitlines() == "\n".join(told).splitlines()


def test_telling_a_life_does_not_change_it() -> None:
    told, lived = live(18, telling=True), live(18)
    assert (told.steps, told.met) == (lived.steps, lived.met)


def test_another_seed_gives_another_life() -> None:
    assert live(17).met != live(18).met
