"""Records that are not events of this store, and events of a version that this program does not know."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime

import pytest
from kafka import KafkaProducer

from casecore.cli.exits import Exit
from casecore.contract.streams import case_stream_id
from casecore.kafka.settings import connection
from casecore.relay.driver import EXIT_REFUSED
from casecore.relay.place import partition_number
from tests.faults.conftest import Seen
from tests.faults.harness.laws import all_is_well, some_are_answered
from tests.faults.harness.load import Load
from tests.faults.harness.operator_steps import delete_topic, publish_again, rebuild
from tests.faults.harness.program import SupervisedProgram, seed
from tests.journeys.harness import checker
from tests.journeys.harness.program import CASE_VIEWS
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

Headers = list[tuple[str, bytes]]


def event_headers(stream: uuid.UUID, version: int, type_name: str) -> Headers:
    now = datetime.now(UTC).isoformat()
    found = {
        "ce_specversion": "1.0",
        "ce_id": f"{stream}/{version}",
        "ce_source": "urn:forger:cases",
        "ce_type": type_name,
        "ce_time": now,
        "ce_recordedtime": now,
        "ce_position": "4000000000",
        "ce_streamversion": str(version),
        "content-type": "application/json",
    }
    return [(name, text.encode()) for name, text in found.items()]


def send(program: SupervisedProgram, case: str, value: bytes, headers: Headers) -> None:
    """Send a record as a foreign program that has access to the topic."""
    stream = case_stream_id(case)
    producer = KafkaProducer(**connection(program.cluster))
    partition = partition_number(stream)
    producer.send(program.topic, value, str(stream).encode(), headers, partition).get(20)
    producer.close()


def poison(program: SupervisedProgram, case: str) -> None:
    """Bytes that are not an event."""
    send(program, case, b"\xff\x00 no event", [])


def forged(program: SupervisedProgram, case: str) -> None:
    """A record that looks like the case's next event, and was never stored."""
    stored = [e for e in checker.read_store(program.database) if e["stream"] == str(case_stream_id(case))]
    last = stored[-1]
    headers = event_headers(case_stream_id(case), last["version"] + 1, last["type"])
    send(program, case, last["body"], headers)


def unknown(program: SupervisedProgram, case: str) -> None:
    """A version of an event that this program does not know."""
    stored = [e for e in checker.read_store(program.database) if e["stream"] == str(case_stream_id(case))]
    headers = event_headers(
        case_stream_id(case), stored[-1]["version"] + 1, "casecore.case.message_posted.v99"
    )
    send(program, case, json.dumps({"data": {}}).encode(), headers)


@pytest.mark.parametrize("foreign", [poison, forged, unknown])
def test_a_record_that_no_relay_wrote(supervised: SupervisedProgram, seen: Seen, foreign) -> None:  # type: ignore[no-untyped-def]
    program = supervised
    program.keep_all()
    with Load(program, seed()) as load:
        some_are_answered(program, load)
        # Given such a record between the records of a case, while commands go on
        case = "K-7"
        wait_until(lambda: is_there(program, case), f"{case} is there\n{program.complaints()}")
        foreign(program, case)
        some_are_answered(program, load)
        load.stop_giving()
        wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
        # Then every other case goes on in every view
        others = stored_of_others(program, case)
        wait_until(lambda: checker.folded(program.database, CASE_VIEWS) >= others, "the others go on", 60)
        # and the audit names the record, by store and topics, whatever the views made of it
        audited = json.loads(program.run("audit", "--json", exits=Exit.DIFFERENCE).splitlines()[-1])
        assert audited["topics"]["difference"] is not None
        # When a relay starts while it is the last one in its partition, it passes over it, and goes on
        foreign(program, case)
        program.kill("relay")
        program.wait_until_said("relay", "relay.foreign_records", 60)
        load.go_on()
        some_are_answered(program, load)
        load.stop_giving()
        wait_until(lambda: load.all_answered, f"all are answered\n{program.complaints()}")
        more = stored_of_others(program, case)
        assert more > others
        wait_until(lambda: checker.folded(program.database, CASE_VIEWS) >= more, "it publishes on", 60)
        assert EXIT_REFUSED not in program.codes("relay")
        # When the topic is published again, without what others wrote, all is well
        delete_topic(program, program.topic)
        publish_again(program)
        rebuild(program, *CASE_VIEWS)
        fixed_at = time.monotonic()
        load.go_on()
        some_are_answered(program, load)
        seen.well(all_is_well(program, load, fixed_at))


def is_there(program: SupervisedProgram, case: str) -> bool:
    stream = str(case_stream_id(case))
    return any(event["stream"] == stream for event in checker.read_store(program.database))


def stored_of_others(program: SupervisedProgram, case: str) -> int:
    """How many events the store holds of other cases than this one."""
    stream = str(case_stream_id(case))
    of_it = sum(event["stream"] == stream for event in checker.read_store(program.database))
    return checker.stored_of_cases(program.database) - of_it
