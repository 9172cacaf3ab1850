"""Kafka on this machine: one address for good, and a clear word when something else has taken it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from casecore.local import jars, kafka, processes
from casecore.local.errors import KafkaNotReady, KafkaPortTaken, KafkaUnusable
from casecore.local.processes import Program
from tests.waiting import wait_until


def _up(home: Path, cache: Path) -> Cluster:
    server = kafka.prepare(home, cache)
    processes.up(home, [Program("kafka", server.argv, server.environment)])
    kafka.wait_until_ready(server.cluster, 60, home)
    return server.cluster


def test_after_a_restart_it_has_the_same_address_and_the_same_records(home: Path, cache: Path) -> None:
    cluster = _up(home, cache)
    with KafkaAdminClient(**connection(cluster)) as admin:
        admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    with KafkaProducer(**connection(cluster)) as producer:
        producer.send("kept", b"record").get(30)
    assert kafka.prepare(home, cache).cluster == cluster

    processes.down(home)
    assert _up(home, cache) == cluster

    with KafkaConsumer(
        "kept",
        **connection(cluster),
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=30_000,
    ) as consumer:
        assert next(consumer).value == b"record"


def test_it_listens_on_this_machine_only(home: Path, cache: Path) -> None:
    kafka.prepare(home, cache)

    written = (home / "kafka" / "server.properties").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in written)
    addresses = [*settings["listeners"].split(","), settings["advertised.listeners"]]
    assert all("://127.0.0.1:" in address for address in addresses)
    assert settings.items() >= kafka.BROKER_SETTINGS.items()


def test_a_kept_port_that_something_else_has_taken_is_reported(home: Path, cache: Path) -> None:
    kafka.prepare(home, cache)
    port = json.loads((home / "kafka" / "ports.json").read_text())["broker"]

    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(KafkaPortTaken, match=f"port {port} .* another program listens on it"):
            kafka.prepare(home, cache)


def test_a_broker_that_does_not_answer_in_time_is_reported() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(KafkaNotReady, match=r"nothing listens on 127\.0\.0\.1:"):
            kafka.wait_until_ready(Cluster(f"127.0.0.1:{silent.getsockname()[1]}"), 0.2)


def test_one_of_several_brokers_is_enough(kafka_server: Cluster) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        both = f"127.0.0.1:{silent.getsockname()[1]},{kafka_server.bootstrap}"
        kafka.wait_until_ready(kafka_server._replace(bootstrap=both), 20)


def test_files_that_differ_from_the_published_ones_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(folder: Path, _: jars.OnFile) -> list[Path]:
        changed = folder / f"kafka_2.13-{kafka.KAFKA_VERSION}.jar"
        changed.write_bytes(b"something else")
        return [changed]

    monkeypatch.setattr(jars, "_download", download)

    with pytest.raises(KafkaUnusable, match=r"differs from jars\.toml in: .*kafka_2\.13"):
        jars.resolve_jars(home / "cache")
    assert not list((home / "cache").glob(f"kafka-{kafka.KAFKA_VERSION}"))


def test_the_servers_of_the_run_answer(kafka_server: Cluster, topic_prefix: str, database: str) -> None:
    with KafkaAdminClient(**connection(kafka_server)) as admin:
        admin.create_topics([NewTopic(f"{topic_prefix}.a", num_partitions=2, replication_factor=1)])
        # The broker that answers hears of a new topic a moment after the controller has made it.
        wait_until(lambda: f"{topic_prefix}.a" in admin.list_topics(), "the topic is listed")
    with psycopg.connect(database) as session:
        assert session.execute("SELECT current_database()").fetchone() is not None
