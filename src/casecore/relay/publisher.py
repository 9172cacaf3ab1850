"""The transactional producer: it fences earlier relays, raises the barrier, and publishes batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.future import FutureRecordMetadata

from casecore.contract.wire import to_record
from casecore.relay.batches import BATCH_BYTES, batches_of
from casecore.relay.messages import Outgoing, Partition, Span
from casecore.relay.watchdog import Watchdog

FILLER_HEADER = "casecore_filler"

_FLUSH_LIMIT_SECONDS = 20
_BUFFERING_MS = 500


def transactional_id(prefix: str) -> str:
    """The id by which Kafka knows the one relay of a prefix, and fences all but the latest."""
    return f"{prefix}-relay"


def transactional_producer(bootstrap: str, prefix: str) -> KafkaProducer:
    """A producer whose every limit ends before the watchdog's, and that never mends itself.

    kafka-python answers some errors with a request for a newer epoch. A relay that was paused and
    replaced would so fence its successor, and could see its aborted transaction as committed. Here these
    errors are final.
    """
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=transactional_id(prefix),
        acks="all",
        retry_backoff_ms=10,
        transaction_timeout_ms=10_000,
        request_timeout_ms=6_000,
        delivery_timeout_ms=18_000,
        max_block_ms=20_000,
        bootstrap_timeout_ms=6_000,
        reconnect_backoff_max_ms=1_000,
        batch_size=BATCH_BYTES,
        # A flush sends at once; until then the sender need not wake up for every few records.
        linger_ms=_BUFFERING_MS,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
    refuse_new_epochs(producer._transaction_manager)
    return producer


def refuse_new_epochs(transactions: Any) -> None:
    """Make final what kafka-python 3.0.12 would answer by asking for a newer epoch of this producer."""
    transactions._FATAL_ERRORS = transactions._FATAL_ERRORS | transactions._NEEDS_EPOCH_BUMP_ERRORS


class Publisher:
    """Transactions into the topics of one prefix. After any error the process has to end."""

    def __init__(self, bootstrap: str, prefix: str, watchdog: Watchdog) -> None:
        self._prefix = prefix
        self._watchdog = watchdog
        self._producer = transactional_producer(bootstrap, prefix)

    def fence(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Shut out every earlier relay, and mark each partition's end; returns the marks' offsets.

        The marks are records of a transaction that is aborted, so no reader of committed records sees
        them. What an earlier relay left open stands before its partition's mark.
        """
        with self._watchdog.guard("init_transactions"):
            self._producer.init_transactions()
        self._producer.begin_transaction()
        futures = {
            partition: self._producer.send(
                partition.topic,
                value=b"",
                headers=[(FILLER_HEADER, b"1")],
                partition=partition.number,
            )
            for partition in partitions
        }
        self._flush()
        offsets = {partition: _offset(future) for partition, future in futures.items()}
        with self._watchdog.guard("abort_transaction"):
            self._producer.abort_transaction()
        return offsets

    def send(self, outgoing: Sequence[Outgoing]) -> Mapping[Partition, Span]:
        """Send these in one transaction, and leave it open; returns the offsets that it wrote.

        Raises kafka.errors.KafkaError.
        """
        self._producer.begin_transaction()
        records = ((partition, *to_record(event, self._prefix)) for partition, event in outgoing)
        sent = [batch.hand_over(self._producer) for batch in batches_of(records)]
        self._flush()
        # A commit succeeds although a batch was lost, so each batch is asked first.
        spans: dict[Partition, Span] = {}
        for one in sent:
            span = one.span(_offset(one.last))
            known = spans.get(one.partition)
            spans[one.partition] = Span(known.first if known else span.first, span.last)
        return spans

    def commit(self) -> None:
        """Commit the open transaction.

        Raises kafka.errors.KafkaError, also where it was committed after all: only a new process can tell.
        """
        with self._watchdog.guard("commit_transaction"):
            self._producer.commit_transaction()

    def close(self) -> None:
        """Let go of the connections; nothing is in flight between two transactions."""
        self._producer.close(timeout=2)

    def _flush(self) -> None:
        with self._watchdog.guard("flush"):
            self._producer.flush(timeout=_FLUSH_LIMIT_SECONDS)


def _offset(future: FutureRecordMetadata) -> int:
    # Not `future.get`, which costs as much as a tenth of sending.
    if not future.succeeded():
        raise future.exception or KafkaTimeoutError("a record was not acknowledged in time")
    offset: int = future.value.offset
    if offset < 0:
        raise KafkaError("a record was acknowledged without an offset, so it cannot be found again")
    return offset
