"""A hundred times a random process is killed under load; the laws are checked after every ten kills."""

from __future__ import annotations

import random

import pytest

from tests.faults.conftest import Seen
from tests.faults.harness.laws import all_is_well, goes_on
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, seed
from tests.journeys.harness.program import NO_HEALTH, VIEWS
from tests.waiting import let_pass, wait_until

ROUNDS = 100
ROUNDS_BETWEEN_CHECKS = 10
LONGEST_PAUSE_SECONDS = 2.5
"""Between two kills: the killed process is then starting, catching up, or well again."""

VICTIMS = ("giver", "relay", *VIEWS)


def kill_at_random(program: SupervisedProgram, load: Load, chance: random.Random, seen: Seen) -> None:
    """Let some more happen, then kill one process wherever it is."""
    let_pass(chance.uniform(0.1, LONGEST_PAUSE_SECONDS))
    victim = chance.choice(VICTIMS)
    # One that was killed a moment ago may not have been started again; then it is waited for.
    wait_until(lambda: program.kill(victim), f"{victim} runs\n{program.complaints()}", 30)
    seen.kills += 1


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_whoever_is_killed_a_hundred_times_all_laws_hold(supervised: SupervisedProgram, seen: Seen) -> None:
    chance = random.Random(f"{seed()} kills")
    supervised.keep_all()
    supervised.keep("audit", "audit", "--follow", "--share", "20", *NO_HEALTH)
    with Load(supervised, chance.randrange(2**32)) as load:
        goes_on(supervised, load)
        for number in range(1, ROUNDS + 1):
            kill_at_random(supervised, load, chance, seen)
            if number % ROUNDS_BETWEEN_CHECKS == 0:
                seen.well(all_is_well(supervised, load))
                load.go_on()
    assert seen.kills == ROUNDS
    # Nor has the audit beside it all taken anything that is on its way for a difference
    assert supervised.codes("audit") == []
    assert "audit.difference" not in supervised.said("audit")
    odd = [ending for ending in supervised.endings if ending.code != -9]
    seen.note(f"ended otherwise than by a kill: {odd}" if odd else "nothing ended otherwise than by a kill")
