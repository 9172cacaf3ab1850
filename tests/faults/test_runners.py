"""A view's runners: a rebalance within a batch, a frozen runner, a runner that does not poll in time."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from casecore.kafka.settings import connection
from tests.faults.conftest import Seen
from tests.faults.harness.laws import all_is_well, goes_on, owners
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, at_point, is_stopped, seed
from tests.journeys.harness.program import NO_HEALTH
from tests.waiting import wait_until

VIEW = "workload"
POINTS = ("runner.folded", "runner.offsets", "runner.copying", "runner.rows")
"""Within a batch: before its transaction, in it, and just before its commit."""

ROUNDS = 12


def group_state(program: SupervisedProgram) -> str:
    """The state of the view's consumer group, as its coordinator reports it."""
    group = f"{program.prefix}.{VIEW}"
    with KafkaAdminClient(**connection(program.cluster)) as admin:
        return str(admin.describe_groups([group])[group]["group_state"])


def hold_one(program: SupervisedProgram, point: str, nth: int, release: Path, more: str = "") -> None:
    """Let the view's runner be replaced by one that holds within a batch, and wait until it does."""
    arguments = ("project", VIEW, *NO_HEALTH)
    program.replace(VIEW, *at_point(point, nth, f"hold={release}", *arguments, more=more))
    held = release.with_name(f"{release.name}.held")
    wait_until(held.exists, f"it holds at {point}\n{program.complaints()}", 60)


@pytest.mark.faults
@pytest.mark.parametrize("point", POINTS)
def test_a_rebalance_within_a_batch_changes_nothing(
    supervised: SupervisedProgram, seen: Seen, point: str
) -> None:
    chance = random.Random(f"{seed()} rebalance {point}")
    program = supervised
    program.keep_few(VIEW)
    with Load(program, chance.randrange(2**32)) as load:
        goes_on(program, load)
        # Given a runner in the middle of a batch
        release = program.folder / "release"
        hold_one(program, point, chance.randrange(2, 6), release)
        # When another one joins, and the group shares its partitions out again
        program.keep("second", "project", VIEW, *NO_HEALTH)
        wait_until(lambda: group_state(program) == "PreparingRebalance", "the group rebalances", 60)
        # and the batch ends
        release.touch()
        released_at = time.monotonic()
        wait_until(lambda: len(owners(program, VIEW)) == 2, f"both have a part\n{program.complaints()}", 60)
        goes_on(program, load)
        seen.well(all_is_well(program, load, released_at))


@pytest.mark.faults
@pytest.mark.parametrize("point", POINTS)
def test_a_runner_frozen_within_a_batch_is_replaced_and_writes_nothing_when_it_wakes_up(
    supervised: SupervisedProgram, seen: Seen, point: str
) -> None:
    chance = random.Random(f"{seed()} frozen {point}")
    program = supervised
    program.keep_few(VIEW)
    with Load(program, chance.randrange(2**32)) as load:
        goes_on(program, load)
        # Given a runner that is stopped in the middle of a batch
        frozen = at_point(point, chance.randrange(2, 6), "stop", "project", VIEW, *NO_HEALTH)
        pid = program.replace(VIEW, *frozen)
        wait_until(lambda: is_stopped(pid), f"it is stopped at {point}\n{program.complaints()}", 60)
        before = owners(program, VIEW)
        # When another one has taken over all of its partitions, and the first one continues
        program.keep("second", "project", VIEW, *NO_HEALTH)
        wait_until(lambda: not owners(program, VIEW) & before, f"it is replaced\n{program.complaints()}", 60)
        program.send(VIEW, signal.SIGCONT)
        woken_at = time.monotonic()
        # Then it starts again by itself, and both go on
        wait_until(lambda: len(owners(program, VIEW)) == 2, f"both have a part\n{program.complaints()}", 60)
        assert program.codes(VIEW) == []
        seen.well(all_is_well(program, load, woken_at))


@pytest.mark.faults
def test_a_runner_over_its_poll_interval_is_replaced_and_fenced(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} poll interval")
    program = supervised
    program.keep_few(VIEW)
    with Load(program, chance.randrange(2**32)) as load:
        goes_on(program, load)
        # Given a running runner whose batch takes longer than its poll interval
        release = program.folder / "release"
        hold_one(program, "runner.folded", chance.randrange(2, 6), release, more="poll=7000")
        before = owners(program, VIEW)
        # When another one has been given its partitions
        program.keep("second", "project", VIEW, *NO_HEALTH)
        wait_until(lambda: not owners(program, VIEW) & before, f"it is replaced\n{program.complaints()}", 60)
        release.touch()
        released_at = time.monotonic()
        # Then its batch is refused, and it starts again by itself
        program.wait_until_said(VIEW, "fenced, starting again")
        wait_until(lambda: len(owners(program, VIEW)) == 2, f"both have a part\n{program.complaints()}", 60)
        assert program.codes(VIEW) == []
        seen.well(all_is_well(program, load, released_at))


@pytest.mark.faults
def test_runners_that_come_and_go_all_the_time_leave_the_view_whole(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} come and go")
    program = supervised
    program.keep_few(VIEW)
    with Load(program, chance.randrange(2**32), commands_per_second=200) as load:
        for _ in range(ROUNDS):
            # When another runner joins, does some of the work, and leaves: in order, or not
            program.keep("second", "project", VIEW, *NO_HEALTH)
            before = load.answered + chance.randrange(100, 900)
            wait_until(
                lambda before=before: load.answered >= before,  # type: ignore[misc]
                f"commands go on\n{program.complaints()}",
            )
            if chance.random() < 0.5:
                program.let_go("second")
            else:
                seen.kills += program.kill("second")
            gone_at = time.monotonic()
        seen.well(all_is_well(program, load, gone_at))
