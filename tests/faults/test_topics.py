"""Topics that were replaced or changed: noticed, refused, and well again after the advised steps."""

from __future__ import annotations

import time

import pytest
from kafka import KafkaConsumer, TopicPartition

from casecore.cli.exits import Exit
from casecore.kafka.settings import connection
from casecore.relay.driver import EXIT_REFUSED
from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.laws import all_is_well, goes_on, some_are_answered
from tests.faults.harness.load import Load
from tests.faults.harness.operator_steps import admin_of, delete_topic, publish_again, wait_until_published
from tests.faults.harness.program import SupervisedProgram, seed
from tests.faults.injection.servers import OwnKafka
from tests.journeys.harness.program import NO_HEALTH
from tests.waiting import wait_until


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_kafka_wiped_is_published_again_from_the_store(
    new_program: NewProgram, database: str, own_kafka: OwnKafka, seen: Seen
) -> None:
    program = new_program(database, own_kafka.cluster)
    program.keep_all()
    with Load(program, seed()) as load:
        goes_on(program, load)
        # Given a Kafka that has lost everything, while commands go on
        own_kafka.wipe()
        own_kafka.start()
        # Then the relay says what is missing, and after that the views notice by themselves
        program.wait_until_said("relay", "does not exist: create it", 90)
        publish_again(program)
        seen.well(all_is_well(program, load))


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_records_deleted_before_a_view_has_read_them(supervised: SupervisedProgram, seen: Seen) -> None:
    program = supervised
    program.keep_all()
    with Load(program, seed()) as load:
        goes_on(program, load)
        # Given a view whose runner is down, and a retention that deletes what it has not read
        program.let_go("workload")
        some_are_answered(program, load)
        load.stop_giving()
        wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
        wait_until_published(program)
        delete_records(program)
        # When it comes back, then it says so, and the audit agrees
        program.keep("workload", "project", "workload", *NO_HEALTH)
        program.wait_until_said("workload", "an offset that its topic does not hold")
        wait_until(lambda: program.codes("workload")[-1:] == [Exit.UNAVAILABLE], "it ends", 30)
        assert "first difference" in program.run("audit", exits=Exit.DIFFERENCE)
        # and after the steps that it advises
        program.wait_until_said("workload", "if they differ, delete the topic")
        delete_topic(program, program.topic)
        publish_again(program)
        fixed_at = time.monotonic()
        # Then all is well, and goes on
        load.go_on()
        goes_on(program, load)
        seen.well(all_is_well(program, load, fixed_at))


def delete_records(program: SupervisedProgram) -> None:
    """As a retention that is too short would: all but the last few records of each partition are gone."""
    with admin_of(program) as admin:
        partitions = [TopicPartition(program.topic, n) for n in range(12)]
        reader = KafkaConsumer(**connection(program.cluster))
        ends = reader.end_offsets(partitions)
        reader.close()
        admin.delete_records({each: max(0, end - 3) for each, end in ends.items()})


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_more_partitions_than_before_are_refused(supervised: SupervisedProgram, seen: Seen) -> None:
    program = supervised
    program.keep_all()
    with Load(program, seed()) as load:
        goes_on(program, load)
        # Given a topic to which an operator has added a partition, when the relay starts again
        with admin_of(program) as admin:
            admin.create_partitions({program.topic: 13})
        program.kill("relay")
        # Then it refuses, and says what to do
        program.wait_until_said("relay", "has 13 partitions and must have 12")
        wait_until(lambda: EXIT_REFUSED in program.codes("relay"), "it ends", 30)
        refused = program.run("topics", "create", exits=Exit.UNAVAILABLE)
        assert "13 partitions" in " ".join(refused.split())
        # and after exactly that, all is well
        delete_topic(program, program.topic)
        publish_again(program)
        fixed_at = time.monotonic()
        goes_on(program, load)
        seen.well(all_is_well(program, load, fixed_at))


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_topic_created_again_under_a_relay_that_publishes(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    program = supervised
    program.keep_all()
    with Load(program, seed()) as load:
        goes_on(program, load)
        # Given a topic that is deleted and created again while the relay publishes into it
        delete_topic(program, program.topic)
        # Then it commits nothing there before an operator has confirmed that this was meant
        publish_again(program)
        fixed_at = time.monotonic()
        goes_on(program, load)
        seen.well(all_is_well(program, load, fixed_at))
