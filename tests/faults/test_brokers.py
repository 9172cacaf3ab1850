"""Kafka's brokers: killed hard during a commit, paused, and two of three lost."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.laws import all_is_well, goes_on
from tests.faults.harness.load import Load
from tests.faults.harness.program import at_point, seed
from tests.faults.injection.servers import OwnKafka
from tests.journeys.harness.program import NO_HEALTH
from tests.waiting import let_pass

KILLS = 50
KILLS_BETWEEN_CHECKS = 10
COMMIT_MS = 12
"""A commit is asked for and answered in less than this, so the kill comes before, within, or just after."""

PAUSES_SECONDS = (3.0, 12.0, 25.0)
"""Less than a request may last; longer than it may; longer than the relay waits for anything."""


@pytest.mark.faults
@pytest.mark.timeout(1500)
def test_a_broker_killed_right_after_a_commit_was_asked_for_fifty_times(
    new_program: NewProgram, database: str, own_kafka: OwnKafka, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} broker")
    program = new_program(database, own_kafka.cluster)
    broker = own_kafka.brokers[0]
    program.keep_few()
    with Load(program, chance.randrange(2**32), commands_per_second=60) as load:
        goes_on(program, load)
        for number in range(1, KILLS + 1):
            # Given a relay that asks for a commit, when the broker is killed hard within milliseconds
            what = f"kill={broker.pid},{chance.randrange(COMMIT_MS)}"
            relay = at_point("relay.flushed", chance.randrange(1, 4), what, "relay", *NO_HEALTH)
            program.replace("relay", *relay)
            broker.wait_until_killed(90)
            seen.kills += 1
            # Then, once it is back, everything goes on by itself
            fixed_at = time.monotonic()
            broker.start(wait=False)
            if number % KILLS_BETWEEN_CHECKS == 0:
                seen.well(all_is_well(program, load, fixed_at))
                load.go_on()


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_broker_that_is_paused(
    new_program: NewProgram, database: str, own_kafka: OwnKafka, seen: Seen
) -> None:
    program = new_program(database, own_kafka.cluster)
    program.keep_few()
    with Load(program, seed()) as load:
        for seconds in PAUSES_SECONDS:
            goes_on(program, load)
            # Given a broker that does not answer for a while, though its connections stay open
            own_kafka.brokers[0].send(signal.SIGSTOP)
            before = load.answered
            let_pass(seconds)
            assert load.answered > before, "commands need no Kafka"
            own_kafka.brokers[0].send(signal.SIGCONT)
            # Then
            seen.well(all_is_well(program, load))
            load.go_on()


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_two_of_three_brokers_are_lost_and_come_back(
    new_program: NewProgram, database: str, three_brokers: OwnKafka, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} three brokers")
    program = new_program(database, three_brokers.cluster, CASECORE_REPLICATION="3")
    program.keep_few()
    with Load(program, chance.randrange(2**32)) as load:
        for _ in range(2):
            goes_on(program, load)
            # Given two of three brokers killed hard: nothing can be acknowledged any more
            lost = chance.sample(three_brokers.brokers, 2)
            for broker in lost:
                broker.kill()
                seen.kills += 1
            before = load.answered
            let_pass(10)
            assert load.answered > before, "commands need no Kafka"
            # When they are back
            fixed_at = time.monotonic()
            for broker in lost:
                broker.start(wait=False)
            # Then
            seen.well(all_is_well(program, load, fixed_at))
            load.go_on()
