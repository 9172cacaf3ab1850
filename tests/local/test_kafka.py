"""Kafka on this machine: one address for good, and a clear word when something else has taken it."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import PasswordWanted
from casecore.kafka.greeting import greet
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


def test_a_home_of_an_earlier_version_gains_a_password_and_keeps_its_records(
    home: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a home from when nobody was asked for a password, with a record
    with monkeypatch.context() as earlier:
        settings = {
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }
        earlier.setattr(kafka, "LISTENER", "PLAINTEXT")
        earlier.setattr(kafka, "login_settings", lambda _: settings)
        server = kafka.prepare(home, cache)
        open_to_all = Cluster(server.cluster.bootstrap)
        processes.up(home, [Program("kafka", server.argv, server.environment)])
        kafka.wait_until_ready(open_to_all, 60, home)
        with KafkaAdminClient(**connection(open_to_all)) as admin:
            admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
        with KafkaProducer(**connection(open_to_all)) as producer:
            producer.send("kept", b"record").get(30)
        processes.down(home)
        for file in ("keys.json", "client.properties", "broker.properties"):
            (home / "kafka" / file).unlink()
        (home / "kafka").chmod(0o755)
        (home / "kafka" / "server.properties").chmod(0o644)
    # When it is started today
    cluster = _up(home, cache)
    # Then its address and its records are as they were,
    assert cluster.bootstrap == open_to_all.bootstrap
    with KafkaConsumer(
        "kept", **connection(cluster), auto_offset_reset="earliest", consumer_timeout_ms=30_000
    ) as consumer:
        assert next(consumer).value == b"record"
    # whoever has no password gets nowhere, also not at the controller's port,
    controller = json.loads((home / "kafka" / "ports.json").read_text())["controller"]
    for address in (cluster.bootstrap, f"127.0.0.1:{controller}"):
        with pytest.raises(PasswordWanted, match="wants to know who asks"):
            greet(Cluster(address))
    # nobody else reads the password, and no process or log shows it
    folder = home / "kafka"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secret = ("keys.json", "client.properties", "broker.properties", "server.properties")
    assert {stat.S_IMODE((folder / file).stat().st_mode) for file in secret} == {0o600}
    keys = json.loads((folder / "keys.json").read_text()).values()
    shown = (home / "logs" / "kafka.log").read_text() + " ".join(server.argv)
    assert not [key for key in keys if key in shown]


def test_keys_that_were_lost_are_made_again(home: Path, cache: Path) -> None:
    before = _up(home, cache).options()
    processes.down(home)
    (home / "kafka" / "keys.json").unlink()
    after = _up(home, cache).options()
    assert str(before.password) != str(after.password)


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
