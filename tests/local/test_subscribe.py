"""`casecore subscribe` goes on when Kafka was away, on a broker of its own, and joins no group."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer

from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from casecore.local import processes
from casecore.relay.published_topics import create_topics
from tests.local.test_kafka import _up
from tests.waiting import LIMIT_SECONDS, wait_until


def publish(cluster: Cluster, version: int) -> None:
    """The event of C-1 that has this version, as the relay publishes it."""
    body = json.dumps({"occurred_at": "2026-03-02T08:00:00Z", "data": {"reference": "C-1"}}).encode()
    recorded_at = datetime(2026, 3, 2, 9, version, tzinfo=UTC)
    event = StoredEvent(
        version, case_stream_id("C-1"), version, "casecore.case.assigned.v1", recorded_at, body
    )
    key, value, headers = to_record(event)
    with KafkaProducer(**connection(cluster)) as producer:
        producer.send("casecore.cases", key=key, value=value, headers=headers).get(30)


def test_it_says_that_kafka_is_away_and_goes_on_when_it_is_back(home: Path, cache: Path) -> None:
    # Given one who listens, without PostgreSQL
    cluster = _up(home, cache)
    create_topics(cluster, "casecore", 1)
    publish(cluster, 1)
    printed, complained = home / "heard", home / "complained"
    with printed.open("w") as out, complained.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "casecore.cli", "subscribe", "--from", "zero", "--json"],
            env={
                "CASECORE_KAFKA": cluster.bootstrap,
                "CASECORE_KAFKA_OPTIONS": str(cluster.options_file),
                "CASECORE_HOME": str(home),
                "PYTHONPATH": ":".join(sys.path),
            },
            stdout=out, stderr=err,
        )  # fmt: skip
    try:
        wait_until(lambda: len(printed.read_text().splitlines()) == 1, "the first event is heard")
        # When Kafka ends
        processes.down(home)
        # Then it says so, once, and waits
        wait_until(lambda: "Kafka does not answer" in complained.read_text(), "it says so")
        # And when it is back, what comes is heard, and nothing twice
        assert _up(home, cache) == cluster
        publish(cluster, 2)
        wait_until(lambda: len(printed.read_text().splitlines()) == 2, "the second event is heard")
        positions = [json.loads(line)["position"] for line in printed.read_text().splitlines()]
        assert positions == [1, 2]
        assert "Kafka answers again" in complained.read_text()
        assert complained.read_text().count("does not answer") == 1
        # And there is no consumer group at all
        with KafkaAdminClient(**connection(cluster)) as admin:
            assert list(admin.list_groups()) == []
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_SECONDS) == 0


def test_without_kafka_at_the_start_it_ends_with_4(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "casecore.cli", "subscribe"],
        env={"CASECORE_KAFKA": "127.0.0.1:1", "CASECORE_HOME": str(home), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "nobody listens at 127.0.0.1:1" in done.stderr
