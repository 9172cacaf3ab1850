"""The relay from a filled store into Kafka, beside kafka-python's own producer with the same records."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import psycopg
from kafka import KafkaProducer
from kafka.partitioner import murmur2
from kafka.producer.future import FutureRecordMetadata

from bench.consumers import topic_ends
from bench.findings import Findings, Options, Row, Verdict, median_rate
from bench.measurements import Measurement
from bench.ramps import measure_ramp
from bench.servers import process
from bench.stages import Stage, Stages
from casecore.contract.streams import PARTITIONS
from casecore.contract.wire import StoredEvent, to_record
from casecore.kafka.settings import connection
from casecore.relay.bounds import Bounds
from casecore.store import sql

GOAL_SHARE = 0.8
BATCH_BYTES = 256 * 1024
_LINGER_MS = 5
"""Without transactions, a batch is sent when it is full or this old."""

OURS = "relay, from the first transaction on"
PLAIN = "peer: kafka-python, acks=all, not idempotent, records ready in memory"
TRANSACTIONS = "peer: kafka-python, transactions as large as the relay's, records ready in memory"
READING = "limit: the store's log read by psycopg"


class Ready(NamedTuple):
    """A record in the form that a producer takes."""

    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def measure(stages: Stages, options: Options) -> Findings:
    """All in turn, each into topics of its own."""
    stage, events = stages.with_cases("relay", options.sized(200_000, 20_000))
    measurements: list[Measurement] = []
    for run in range(options.runs):
        measurements.append(_ours(stage.under(f"relay{run}"), events))
        reading, stored = _read(stage)
        measurements.append(reading)
        records = [_ready(event, stage) for event in stored]
        measurements.append(_plain(stage.under(f"plain{run}"), records))
        measurements.append(_transactions(stage.under(f"transactions{run}"), records))
    share = median_rate(measurements, OURS) / median_rate(measurements, PLAIN)
    verdicts = (Verdict("relay, of kafka-python's plain producer", share, GOAL_SHARE, "of the peer"),)
    in_transactions = median_rate(measurements, OURS) / median_rate(measurements, TRANSACTIONS)
    notes = (
        f"Of the peer in transactions the relay is {in_transactions:.2f}. "
        "The peers read nothing, make no records, and look at no stable offset.",
    )
    return Findings(measurements, (), verdicts, {OURS: PLAIN}, notes)


ROW = Row("relay", "From the store into Kafka", measure)


def _ours(stage: Stage, events: int) -> Measurement:
    with (
        topic_ends(stage.addresses, stage.topic()) as ends,
        process(stage.settings, stage.addresses, "relay"),
    ):
        return measure_ramp(OURS, events, "events", ends, events, to_a_standstill=True)


def _read(stage: Stage) -> tuple[Measurement, list[StoredEvent]]:
    found: list[StoredEvent] = []
    size = Bounds().transaction_events
    with psycopg.connect(stage.addresses.database) as connection:
        started_at = time.monotonic()
        with connection.cursor(binary=True) as cursor:
            while rows := cursor.execute(sql.READ_LOG, (found[-1][0] if found else 0, size)).fetchall():
                found += [StoredEvent(*row) for row in rows]
        seconds = time.monotonic() - started_at
    return Measurement(READING, len(found), "events", seconds), found


def _ready(event: StoredEvent, stage: Stage) -> Ready:
    key, value, headers = to_record(event, stage.settings.topic_prefix)
    return Ready((murmur2(key) & 0x7FFFFFFF) % PARTITIONS, key, value, headers)


def _plain(stage: Stage, records: list[Ready]) -> Measurement:
    """Without transactions; the producer's memory bounds what is in flight."""
    producer = _producer(stage, enable_idempotence=False)
    started_at = time.monotonic()
    futures = [_send(producer, stage, record) for record in records]
    producer.flush()
    _check(futures)
    seconds = time.monotonic() - started_at
    producer.close()
    return Measurement(PLAIN, len(records), "records", seconds)


def _transactions(stage: Stage, records: list[Ready]) -> Measurement:
    producer = _producer(stage, transactional_id=f"{stage.settings.topic_prefix}-peer", retry_backoff_ms=10)
    producer.init_transactions()
    started_at = time.monotonic()
    for part in _parts(records, Bounds().transaction_events):
        producer.begin_transaction()
        futures = [_send(producer, stage, record) for record in part]
        producer.flush()
        _check(futures)
        producer.commit_transaction()
    seconds = time.monotonic() - started_at
    producer.close()
    return Measurement(TRANSACTIONS, len(records), "records", seconds)


def _producer(stage: Stage, **settings: object) -> KafkaProducer:
    """A producer with those of the relay's settings that affect speed."""
    return KafkaProducer(
        **connection(stage.addresses.cluster),
        acks="all",
        batch_size=BATCH_BYTES,
        linger_ms=_LINGER_MS,
        allow_auto_create_topics=False,
        metrics_enabled=False,
        **settings,
    )


def _send(producer: KafkaProducer, stage: Stage, record: Ready) -> FutureRecordMetadata:
    return producer.send(stage.topic(), record.value, record.key, record.headers, record.partition)


def _check(futures: Iterable[FutureRecordMetadata]) -> None:
    if not all(future.succeeded() for future in futures):
        raise SystemExit("the peer's producer lost a record")


def _parts(records: list[Ready], size: int) -> Iterator[list[Ready]]:
    for first in range(0, len(records), size):
        yield records[first : first + size]
