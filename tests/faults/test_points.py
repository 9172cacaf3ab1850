"""Each process is killed at each named point, while commands go on; another one takes its place."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.faults.conftest import Seen
from tests.faults.harness.laws import all_is_well, goes_on
from tests.faults.harness.load import Load
from tests.faults.harness.points import BUS_POINTS, RELAY_POINTS, RUNNER_POINTS, stop_giver_at, stop_one_at
from tests.faults.harness.program import SupervisedProgram, seed
from tests.journeys.harness.program import CASE_VIEWS, NO_HEALTH


def go_through(program: SupervisedProgram, name: str, point: str, chance: random.Random, seen: Seen) -> None:
    """Given a load that goes on, when one process stops at a point and is replaced, then all is well."""
    arguments = ("relay",) if name == "relay" else ("project", name)
    with Load(program, chance.randrange(2**32)) as load:
        goes_on(program, load)
        stop_one_at(program, name, point, chance, *arguments, *NO_HEALTH)
        killed_at = time.monotonic()
        goes_on(program, load)
        seen.kills += 1
        seen.well(all_is_well(program, load, killed_at))


@pytest.mark.faults
@pytest.mark.parametrize("point", RELAY_POINTS)
def test_a_relay_that_stops_at_a_point_is_replaced(
    supervised: SupervisedProgram, seen: Seen, point: str
) -> None:
    supervised.keep_few()
    go_through(supervised, "relay", point, random.Random(f"{seed()} {point}"), seen)


@pytest.mark.faults
@pytest.mark.parametrize("point", RUNNER_POINTS)
def test_a_runner_that_stops_at_a_point_is_replaced(
    supervised: SupervisedProgram, seen: Seen, point: str
) -> None:
    chance = random.Random(f"{seed()} {point}")
    view = chance.choice(CASE_VIEWS)  # billing has nothing to fold here
    seen.note(view)
    supervised.keep_few(view)
    go_through(supervised, view, point, chance, seen)


@pytest.mark.faults
@pytest.mark.parametrize("point", BUS_POINTS)
def test_a_giver_that_stops_at_a_point_is_answered_by_the_next_one(
    supervised: SupervisedProgram, seen: Seen, point: str
) -> None:
    chance = random.Random(f"{seed()} {point}")
    supervised.keep_few()
    with Load(supervised, chance.randrange(2**32)) as load:
        goes_on(supervised, load)
        for _ in range(3):
            # Given commands that are under way, when the giver stops in the midst of a batch
            stop_giver_at(supervised, load, point, chance)
            killed_at = time.monotonic()
            # Then the next one gives again what was not answered, and goes on
            goes_on(supervised, load)
            seen.kills += 1
        assert set(supervised.codes("giver")) == {-signal.SIGKILL}
        seen.well(all_is_well(supervised, load, killed_at))
