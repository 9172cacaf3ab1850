"""A short run of the faults, chosen from a seed, for every build; `make faults` runs all of them.

`CASES_SEED=7 make test TESTS=tests/faults/test_short.py` repeats the run of a seed.
"""

from __future__ import annotations

import random

import pytest

from tests.faults.harness.laws import all_is_well, goes_on
from tests.faults.harness.load import Load
from tests.faults.harness.points import BUS_POINTS, RELAY_POINTS, RUNNER_POINTS, stop_giver_at, stop_one_at
from tests.faults.harness.program import SupervisedProgram, seed
from tests.journeys.harness.program import CASE_VIEWS, NO_HEALTH


@pytest.mark.timeout(300)
def test_a_giver_a_relay_and_a_runner_are_killed_at_points_of_a_seed(supervised: SupervisedProgram) -> None:
    chance = random.Random(f"{seed()} short")
    program, view = supervised, chance.choice(CASE_VIEWS)
    program.keep_few(view)
    # Given a load that goes on
    with Load(program, chance.randrange(2**32)) as load:
        goes_on(program, load, 100)
        # When one of each is killed at a named point
        for name, points, arguments in (
            ("relay", RELAY_POINTS, ("relay", *NO_HEALTH)),
            (view, RUNNER_POINTS, ("project", view, *NO_HEALTH)),
        ):
            point = chance.choice(points)
            stop_one_at(program, name, point, chance, *arguments)
        point = chance.choice(BUS_POINTS)
        stop_giver_at(program, load, point, chance)
        # Then all is well within a minute, and every law holds
        all_is_well(program, load)
