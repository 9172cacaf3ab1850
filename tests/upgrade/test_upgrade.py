"""What people have at an earlier commit is taken over: its store, its topics, its views and its answers.

`bee97ac/` was made by the program at that commit (`make.py`): a dump of its database, the records of its
topics, and what it answered.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer

from casecore.contract.streams import PARTITIONS
from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from casecore.relay.published_topics import topic_ids
from projections.catalogue import VIEWS
from tests.journeys.harness.program import Program
from tests.upgrade.make import IMPORTED, IMPORTS, QUESTIONS
from tests.waiting import LIMIT_SECONDS, wait_until

THEN = Path(__file__).parent / "bee97ac"
PREFIX_THEN = "casecore"


@pytest.fixture
def taken_over(tmp_path: Path, database: str, kafka_server: Cluster, topic_prefix: str) -> Program:
    """Today's program on the database and the records of then."""
    program = Program(
        tmp_path, database, kafka_server, topic_prefix, {"CASECORE_ACTOR": "vendor:vendor:vera"}
    )
    restore(database, topic_prefix)
    program.prepare()
    counts = publish(kafka_server, topic_prefix)
    # The broker is another one: its topics have other ids, and offsets without the marks of transactions.
    with psycopg.connect(database, autocommit=True) as connection:
        for topic, topic_id in topic_ids(kafka_server, topic_prefix).items():
            connection.execute(
                "update casecore.relay_topics set topic_id = %s where topic = %s", (topic_id, topic)
            )
            for view, partition in product(VIEWS, range(PARTITIONS)):
                connection.execute(
                    f"update {view}.offsets set topic_id = %s, next_offset = %s "
                    "where topic = %s and partition = %s",
                    (topic_id, counts[topic, partition], topic, partition),
                )
    return program


def restore(database: str, prefix: str) -> None:
    """The database of then, with topics under another prefix."""
    dump = gzip.decompress((THEN / "database.sql.gz").read_bytes()).decode()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "do $$ begin create role casecore_reader; exception when duplicate_object then null; end $$"
        )
        connection.execute(dump)
    with psycopg.connect(database, autocommit=True) as connection:
        for table in ("casecore.relay_topics", *(f"{view}.offsets" for view in VIEWS)):
            connection.execute(
                f"update {table} set topic = overlay(topic placing %s from 1 for %s)",
                (prefix, len(PREFIX_THEN)),
            )


def renamed(header: str, value: str, prefix: str) -> bytes:
    """A header of then; the source names the topic's prefix."""
    return (value.replace(PREFIX_THEN, prefix, 1) if header == "ce_source" else value).encode()


def publish(cluster: Cluster, prefix: str) -> Counter[tuple[str, int]]:
    """The records of then, each in its partition and in its order; returns how many each partition has."""
    counts: Counter[tuple[str, int]] = Counter()
    producer = KafkaProducer(**connection(cluster), acks="all", enable_idempotence=True)
    for line in gzip.decompress((THEN / "records.jsonl.gz").read_bytes()).decode().splitlines():
        record = json.loads(line)
        topic = record["topic"].replace(PREFIX_THEN, prefix, 1)
        producer.send(
            topic,
            value=base64.b64decode(record["value"]),
            key=record["key"].encode(),
            headers=[(name, renamed(name, value, prefix)) for name, value in record["headers"]],
            partition=record["partition"],
        )
        counts[topic, record["partition"]] += 1
    producer.flush(LIMIT_SECONDS)
    producer.close()
    return counts


def has(now: Any, then: Any) -> bool:
    """Whether an answer has all that was answered then; it may say more."""
    match then:
        case dict():
            return all(name in now and has(now[name], value) for name, value in then.items())
        case list():
            return len(now) == len(then) and all(map(has, now, then))
        case _:
            return bool(now == then)


def test_what_bee97ac_stored_and_published_is_upgraded_and_audited_without_a_difference(
    taken_over: Program,
) -> None:
    program = taken_over
    # Given the store, the topics and the views of then, when the views are built from scratch as an upgrade
    # asks for, then those that are kept by the same rules have the same rows,
    for view, projection in VIEWS.items():
        same_rules = version_of(program, view) == projection.version
        report = json.loads(program.run("rebuild", view, "--json"))
        assert report["equal"] is (True if same_rules else None), view
    program.start_all()
    try:
        # and store, topics and views agree.
        program.run("audit")
        # What was asked then is answered as then,
        answers = json.loads((THEN / "answers.json").read_text())
        for question in QUESTIONS:
            now = json.loads(program.run(*question.split(), "--json"))
            assert has(now, answers[question]), question
        # what was imported, charged and recorded then is not stored again,
        for log, mapping in IMPORTS:
            rejects = str(program.folder / "rejects.csv")
            said = program.run(
                *("import", str(IMPORTED / log), "--mapping", str(IMPORTED / mapping)),
                *("--rejects", rejects, "--json"),
                exits=(0, 5),
            )
            assert json.loads(said)["stored"] == 0
        before = stored(program)
        program.run("billing", "run", "--until", "2026-06-30")
        program.run("sla", "watch", "--once")
        assert stored(program) == before
        # and what is stored from now on is published after it.
        program.run(
            *("case", "open", "--customer", "praxis-ost", "--seller", "nord"),
            *("--topic", "troubleshooting", "--reference", "C-new"),
        )
        wait_until(lambda: "C-new" in program.run("case", "show", "C-new"), "the new case is shown")
        program.wait_until_folded()
        program.run("audit")
    finally:
        program.stop_all()


def stored(program: Program) -> int:
    """How many events the store has."""
    with psycopg.connect(program.database) as connection:
        [(count,)] = connection.execute("select count(*) from casecore.stored_events")
        return int(count)


def version_of(program: Program, view: str) -> int:
    """Which version of a view the database has."""
    with psycopg.connect(program.database) as connection:
        [(version,)] = connection.execute(f"select version from {view}.about")
        return int(version)
