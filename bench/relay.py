"""The relay from a filled store into Kafka, beside kafka-python's own producer with the same records."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import psycopg
from kafka import KafkaProducer
from kafka.partitioner import murmur2
from kafka.producer.future import FutureRecordMetadata

from bench.climbs import climb, topic_ends
from bench.rows import Findings, Options, Row, Verdict, median_rate
from bench.servers import Stage, process
from bench.stations import Station, Stations
from casecore.contract.streams import PARTITIONS
from casecore.contract.wire import StoredEvent, to_record
from casecore.relay.bounds import Bounds
from casecore.store import sql

GOAL_SHARE = 0.8
BATCH_BYTES = 256 * 1024
_LINGER_MS = 5
"""Free-running, a batch is sent when it is full or so old."""

OURS = "relay, from the first transaction on"
PLAIN = "peer: kafka-python, acks=all, not idempotent, records ready in memory"
TRANSACTIONS = "peer: kafka-python, transactions as large as the relay's, records ready in memory"
READING = "limit: the store's log read by psycopg"


class Ready(NamedTuple):
    """A record as it is given to a producer."""

    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def measure(stations: Stations, options: Options) -> Findings:
    """Each into topics of its own, in turn."""
    station, events = stations.with_cases("relay", options.sized(200_000, 20_000))
    stages: list[Stage] = []
    for run in range(options.runs):
        stages.append(_ours(station.under(f"relay{run}"), events))
        reading, stored = _read(station)
        stages.append(reading)
        records = [_ready(event, station) for event in stored]
        stages.append(_plain(station.under(f"plain{run}"), records))
        stages.append(_transactions(station.under(f"transactions{run}"), records))
    share = median_rate(stages, OURS) / median_rate(stages, PLAIN)
    verdicts = (Verdict("relay, of kafka-python's plain producer", share, GOAL_SHARE, "of the peer"),)
    in_transactions = median_rate(stages, OURS) / median_rate(stages, TRANSACTIONS)
    notes = (
        f"Of the peer in transactions the relay is {in_transactions:.2f}. "
        "The peers read nothing, make no records, and look at no stable offset.",
    )
    return Findings(stages, (), verdicts, {OURS: PLAIN}, notes)


ROW = Row("relay", "From the store into Kafka", measure)


def _ours(station: Station, events: int) -> Stage:
    with (
        topic_ends(station.addresses, station.topic()) as ends,
        process(station.settings, station.addresses, "relay"),
    ):
        return climb(OURS, events, "events", ends, events, to_a_standstill=True)


def _read(station: Station) -> tuple[Stage, list[StoredEvent]]:
    found: list[StoredEvent] = []
    size = Bounds().transaction_events
    with psycopg.connect(station.addresses.database) as connection:
        started_at = time.monotonic()
        with connection.cursor(binary=True) as cursor:
            while rows := cursor.execute(sql.READ_LOG, (found[-1][0] if found else 0, size)).fetchall():
                found += [StoredEvent(*row) for row in rows]
        seconds = time.monotonic() - started_at
    return Stage(READING, len(found), "events", seconds), found


def _ready(event: StoredEvent, station: Station) -> Ready:
    key, value, headers = to_record(event, station.settings.topic_prefix)
    return Ready((murmur2(key) & 0x7FFFFFFF) % PARTITIONS, key, value, headers)


def _plain(station: Station, records: list[Ready]) -> Stage:
    """Free-running; what is in flight is bounded by the producer's own memory."""
    producer = _producer(station, enable_idempotence=False)
    started_at = time.monotonic()
    futures = [_send(producer, station, record) for record in records]
    producer.flush()
    _check(futures)
    seconds = time.monotonic() - started_at
    producer.close()
    return Stage(PLAIN, len(records), "records", seconds)


def _transactions(station: Station, records: list[Ready]) -> Stage:
    producer = _producer(
        station, transactional_id=f"{station.settings.topic_prefix}-peer", retry_backoff_ms=10
    )
    producer.init_transactions()
    started_at = time.monotonic()
    for part in _parts(records, Bounds().transaction_events):
        producer.begin_transaction()
        futures = [_send(producer, station, record) for record in part]
        producer.flush()
        _check(futures)
        producer.commit_transaction()
    seconds = time.monotonic() - started_at
    producer.close()
    return Stage(TRANSACTIONS, len(records), "records", seconds)


def _producer(station: Station, **settings: object) -> KafkaProducer:
    """With the relay's own settings, as far as they are about speed."""
    return KafkaProducer(
        bootstrap_servers=station.addresses.kafka,
        acks="all",
        batch_size=BATCH_BYTES,
        linger_ms=_LINGER_MS,
        allow_auto_create_topics=False,
        metrics_enabled=False,
        **settings,
    )


def _send(producer: KafkaProducer, station: Station, record: Ready) -> FutureRecordMetadata:
    return producer.send(station.topic(), record.value, record.key, record.headers, record.partition)


def _check(futures: Iterable[FutureRecordMetadata]) -> None:
    if not all(future.succeeded() for future in futures):
        raise SystemExit("the peer's producer lost a record")


def _parts(records: list[Ready], size: int) -> Iterator[list[Ready]]:
    for first in range(0, len(records), size):
        yield records[first : first + size]
