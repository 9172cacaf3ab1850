"""The relay: paused, replaced and woken; its lock's session ended."""

from __future__ import annotations

import random
import signal
import time

import psycopg
import pytest

from casecore.relay.driver import EXIT_FAILED
from tests.faults.conftest import Seen
from tests.faults.harness.laws import all_is_well, goes_on
from tests.faults.harness.load import Load
from tests.faults.harness.program import SupervisedProgram, at_point, is_stopped, seed
from tests.journeys.harness.program import NO_HEALTH
from tests.waiting import wait_until

ROUNDS = 5
ZOMBIE_POINTS = ("relay.fenced", "relay.barrier", "relay.sent", "relay.flushed", "relay.committed")

# The key is what a relay takes last.
_END_LOCK_SESSION = """select count(pg_terminate_backend(pid)) from pg_locks
where locktype = 'advisory' and granted and objsubid = 1
  and (classid::bigint << 32) | objid::bigint = hashtextextended('casecore.relay.' || %s, 0)
  and database = (select oid from pg_database where datname = current_database())"""


def end_session_of_the_lock(program: SupervisedProgram) -> int:
    """End the database session that holds the relay's lock, as a broken network would; returns how many."""
    with psycopg.connect(program.database, autocommit=True) as connection:
        row = connection.execute(_END_LOCK_SESSION, (program.prefix,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.faults
@pytest.mark.parametrize("point", ZOMBIE_POINTS)
def test_a_relay_stopped_replaced_and_woken_harms_nobody(
    supervised: SupervisedProgram, seen: Seen, point: str
) -> None:
    chance = random.Random(f"{seed()} zombie {point}")
    program = supervised
    program.keep_few()
    with Load(program, chance.randrange(2**32)) as load:
        goes_on(program, load)
        # Given a relay that is stopped at a point, with all its threads
        nth = 1 if point in ("relay.fenced", "relay.barrier") else chance.randrange(1, 6)
        zombie = program.replace("relay", *at_point(point, nth, "stop", "relay", *NO_HEALTH))
        wait_until(lambda: is_stopped(zombie), f"it is stopped\n{program.complaints()}", 60)
        # When it has lost its lock, and another one has taken its place
        assert end_session_of_the_lock(program) == 1
        program.keep("successor", "relay", *NO_HEALTH)
        goes_on(program, load)
        # and the first one continues
        program.send("relay", signal.SIGCONT)
        woken_at = time.monotonic()
        # Then it ends by itself, and its successor goes on undisturbed
        wait_until(lambda: program.codes("relay") == [EXIT_FAILED], f"it ends\n{program.complaints()}", 60)
        goes_on(program, load)
        assert program.codes("successor") == []
        seen.note(program.said("relay").rpartition('"kind": ')[2][:200])
        seen.well(all_is_well(program, load, woken_at))


@pytest.mark.faults
def test_a_relay_whose_lock_is_taken_away_ends_and_the_next_one_goes_on(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    program = supervised
    program.keep_few()
    with Load(program, seed()) as load:
        goes_on(program, load)
        for number in range(1, ROUNDS + 1):
            # Given a relay that publishes, when the session of its lock is ended
            wait_until(lambda: end_session_of_the_lock(program) == 1, "the lock is held", 60)
            taken_at = time.monotonic()
            # Then it ends, and says why
            wait_until(
                lambda number=number: program.codes("relay") == [EXIT_FAILED] * number,  # type: ignore[misc]
                f"it ends\n{program.complaints()}",
                30,
            )
            assert program.said("relay").count("LockLost") == number
            seen.kills += 1
        seen.well(all_is_well(program, load, taken_at))
