"""The laws, checked by code that shares nothing with the program: psycopg, kafka-python and json only.

What is read: the store's table, the topics as a reader of committed records sees them, and the views with
their quarantines. What the workload should hold is counted again in `recount`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
from kafka import KafkaConsumer, TopicPartition
from psycopg.rows import dict_row

from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from tests.journeys.harness import recount

Event = dict[str, Any]


def read_store(database: str) -> list[Event]:
    """The store's log, in order of position."""
    with psycopg.connect(database) as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(
            "select notification_id, originator_id, originator_version, topic, recorded_at, state "
            "from casecore.stored_events order by notification_id"
        ).fetchall()
    names = ("position", "stream", "version", "type", "recorded_at", "body")
    return [dict(zip(names, (r[0], str(r[1]), *r[2:5], bytes(r[5])), strict=True)) for r in rows]


def of_cases(store: Iterable[Event]) -> list[Event]:
    """Those that belong to a case."""
    return [event for event in store if event["type"].startswith("casecore.case.")]


def of_the_book(store: Iterable[Event]) -> list[Event]:
    """Those that publish a calendar or a policy."""
    return [event for event in store if event["type"].startswith("casecore.service_level.")]


def read_topic(cluster: Cluster, topic: str) -> dict[int, list[Event]]:
    """Every committed record of each partition, in order of offset."""
    consumer = KafkaConsumer(
        **connection(cluster),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found: dict[int, list[Event]] = {partition.partition: [] for partition in partitions}
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for partition, records in consumer.poll(timeout_ms=500).items():
                found[partition.partition] += [_from_record(record) for record in records]
        return found
    finally:
        consumer.close()


def _from_record(record: Any) -> Event:
    headers = {name: value.decode() for name, value in record.headers}
    return {
        "position": int(headers["ce_position"]),
        "stream": record.key.decode(),
        "version": int(headers["ce_streamversion"]),
        "type": headers["ce_type"],
        "recorded_at": datetime.fromisoformat(headers["ce_recordedtime"]),
        "body": record.value,
    }


def check_acknowledged(store: Iterable[Event], acknowledged: dict[str, int], given: set[str]) -> None:
    """Law 1: what was acknowledged is stored once; what was given is stored at most once; nothing else is."""
    stored = Counter(json.loads(event["body"])["command_id"] for event in store)
    for command_id, events in acknowledged.items():
        found = stored[command_id]
        assert found == events, f"{command_id}: acknowledged {events}, stored {found}"
    for command_id, events in stored.items():
        assert command_id in given, f"{command_id} was never given"
        assert events == 1, f"{command_id} is stored {events} times"


def check_log(store: list[Event]) -> None:
    """Versions have no gaps, recorded_at never runs backwards, nothing is stored before it occurred."""
    versions: dict[str, int] = defaultdict(int)
    for before, event in zip([None, *store], store, strict=False):
        versions[event["stream"]] += 1
        assert event["version"] == versions[event["stream"]], f"gap in {event['stream']}: {event['version']}"
        assert before is None or before["recorded_at"] <= event["recorded_at"], (
            f"backwards at {event['position']}"
        )
        occurred_at = datetime.fromisoformat(json.loads(event["body"])["occurred_at"])
        assert occurred_at <= event["recorded_at"], f"in the future at {event['position']}"


def check_topic(store: list[Event], topic: dict[int, list[Event]]) -> None:
    """Law 2: every stored event once, byte for byte, in the order of the log for each key."""
    published = [event for records in topic.values() for event in records]
    assert len(published) == len(store), f"{len(store)} stored, {len(published)} published"
    assert sorted(published, key=lambda e: e["position"]) == store, "published otherwise than stored"
    home: dict[str, int] = {}
    for partition, records in topic.items():
        positions = [event["position"] for event in records]
        assert positions == sorted(set(positions)), f"partition {partition} is out of order"
        for event in records:
            assert home.setdefault(event["stream"], partition) == partition, "a key in two partitions"


def check_timeline(database: str, store: list[Event]) -> None:
    """Law 3, timeline: a row for each event, with its body, and nothing parked."""
    with psycopg.connect(database) as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(
            "select e.case_id, e.version, e.position, e.occurred_at, e.recorded_at, "
            "coalesce(e.body, m.body), e.internal, e.body is null, m.body is not null from timeline.events e "
            "left join timeline.internal_messages m on (m.case_id, m.version) = (e.case_id, e.version) "
            "order by e.position"
        ).fetchall()
    assert len(rows) == len(store), f"{len(store)} stored, {len(rows)} in the timeline"
    for row, event in zip(rows, store, strict=True):
        body = json.loads(event["body"])
        assert (str(row[0]), row[1], row[2]) == (event["stream"], event["version"], event["position"])
        assert row[3] == datetime.fromisoformat(body["occurred_at"])
        assert row[4] == event["recorded_at"]
        assert row[5] == body, f"another body at {event['position']}"
        internal = body["data"].get("audience") == "internal"
        assert row[6:] == (internal,) * 3, f"a body in the wrong table at {event['position']}"
    check_quarantine(database, "timeline")


def check_workload(database: str, store: list[Event]) -> None:
    """Law 3, workload: every column of every row, as counted again from the store's bodies."""
    _check_rows(database, "cases", ("case_id",), recount.cases(store))
    _check_rows(database, "case_moves", ("case_id", "version"), recount.case_moves(store))
    _check_rows(database, "case_states", ("case_id", "version"), recount.case_states(store))
    _check_rows(database, "efforts", ("case_id", "version"), recount.efforts(store))
    check_quarantine(database, "workload")


def _check_rows(database: str, table: str, key: tuple[str, ...], counted: list[Event]) -> None:
    with psycopg.connect(database, row_factory=dict_row) as connection:
        rows = connection.execute(f"select * from workload.{table}").fetchall()
    found = {tuple(row[name] for name in key): row for row in rows}
    expected = {tuple(row[name] for name in key): row for row in counted}
    for each in sorted({*found, *expected}):
        view, log = found.get(each), expected.get(each)
        assert view == log, f"workload.{table} {each}: {_differing(view, log)}"


def _differing(view: Event | None, log: Event | None) -> str:
    if view is None or log is None:
        return f"the view says {view}, the log {log}"
    names = [name for name in {**log, **view} if view.get(name) != log.get(name) or name not in view]
    return ", ".join(f"{name} is {view.get(name)!r}, by the log {log.get(name)!r}" for name in names)


def check_quarantine(database: str, view: str) -> None:
    """Nothing is parked in the view, and nothing was left out."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            f"select topic, partition, record_offset, reason, detail from {view}.quarantine union all "
            f"select topic, partition, record_offset, reason, detail from {view}.skipped"
        ).fetchall()
    assert rows == [], f"{view} has parked or left out {len(rows)} records, the first is {rows[0]}"


def stored_of_cases(database: str) -> int:
    """How many events of cases the store has."""
    return _count(database, "casecore.stored_events where topic like 'casecore.case.%'", "count(*)")


def last_position(database: str) -> int:
    """The store's last position; 0 while it is empty."""
    return _count(database, "casecore.stored_events", "coalesce(max(notification_id), 0)")


def folded(database: str, views: Iterable[str]) -> int:
    """How many events each of these views has folded at least; 0 while one does not exist."""
    return min(_count(database, f"{view}.states", "coalesce(sum(version), 0)::bigint") for view in views)


def parked(database: str, views: Iterable[str]) -> int:
    """How many records are in quarantine, over these views."""
    return sum(_count(database, f"{view}.quarantine", "count(*)") for view in views)


def _count(database: str, table: str, counted: str) -> int:
    with psycopg.connect(database) as connection:
        there = connection.execute("select to_regclass(%s)", (table.split()[0],)).fetchone()
        if there == (None,):
            return 0
        found = connection.execute(f"select {counted} from {table}").fetchone()
    assert found is not None
    return int(found[0])
