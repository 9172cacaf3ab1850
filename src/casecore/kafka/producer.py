"""A transactional producer that never recovers by itself, and takes batches that were encoded elsewhere."""

from __future__ import annotations

from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.future import FutureRecordMetadata

from casecore.kafka.cluster import Cluster
from casecore.kafka.explaining import explained
from casecore.kafka.record_batches import BATCH_BYTES
from casecore.kafka.settings import REQUEST_LIMIT_MS, connection

_BUFFERING_MS = 500


def transactional_producer(cluster: Cluster, transactional_id: str) -> KafkaProducer:
    """A producer each of whose limits is at most 20 s, and that never asks for a newer epoch.

    kafka-python answers some errors with a request for a newer epoch. A process that was paused and replaced
    would so fence its successor, and could see its aborted transaction as committed. Here these errors are
    final.
    """
    settings = connection(cluster)
    with explained(cluster):
        producer = KafkaProducer(
            transactional_id=transactional_id,
            acks="all",
            retry_backoff_ms=10,
            transaction_timeout_ms=10_000,
            request_timeout_ms=REQUEST_LIMIT_MS,
            delivery_timeout_ms=18_000,
            max_block_ms=20_000,
            batch_size=BATCH_BYTES,
            # A flush sends at once; until then the sender need not wake up for every few records.
            linger_ms=_BUFFERING_MS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
            **settings,
        )
    refuse_new_epochs(producer._transaction_manager)
    return producer


def refuse_new_epochs(transactions: Any) -> None:
    """Make final what kafka-python 3.0.12 would answer by asking for a newer epoch of this producer."""
    transactions._FATAL_ERRORS = transactions._FATAL_ERRORS | transactions._NEEDS_EPOCH_BUMP_ERRORS


def offset_of(future: FutureRecordMetadata) -> int:
    """The offset of a record that was flushed.

    Raises kafka.errors.KafkaError where it was not acknowledged.
    """
    # Not `future.get`, which costs as much as a tenth of sending.
    if not future.succeeded():
        raise future.exception or KafkaTimeoutError("a record was not acknowledged in time")
    offset: int = future.value.offset
    if offset < 0:
        raise KafkaError("a record was acknowledged without an offset, so it cannot be found again")
    return offset
