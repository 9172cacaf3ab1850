"""The transactional producer: it fences earlier relays, writes the barrier, and publishes batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from casecore.contract.wire import to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.explaining import explained
from casecore.kafka.partitions import Partition, Span
from casecore.kafka.producer import offset_of, transactional_producer
from casecore.kafka.record_batches import batches_of
from casecore.relay.messages import Outgoing
from casecore.relay.watchdog import Watchdog

FILLER_HEADER = "casecore_filler"

_FLUSH_LIMIT_SECONDS = 20


def transactional_id(prefix: str) -> str:
    """The transactional id of the relay of a prefix: Kafka fences all its producers but the latest."""
    return f"{prefix}-relay"


class Publisher:
    """Transactions into the topics of one prefix. After any error the process must end."""

    def __init__(self, cluster: Cluster, prefix: str, watchdog: Watchdog) -> None:
        self._cluster = cluster
        self._prefix = prefix
        self._watchdog = watchdog
        self._producer = transactional_producer(cluster, transactional_id(prefix))

    def fence(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Fence every earlier relay, and write a filler at each partition's end; returns their offsets.

        The fillers are records of a transaction that is aborted, so no reader of committed records sees
        them. What an earlier relay left open lies before the filler of its partition.
        """
        with explained(self._cluster, greets=False):
            return self._write_barrier(partitions)

    def _write_barrier(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
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
        offsets = {partition: offset_of(future) for partition, future in futures.items()}
        with self._watchdog.guard("abort_transaction"):
            self._producer.abort_transaction()
        return offsets

    def send(self, outgoing: Sequence[Outgoing]) -> Mapping[Partition, Span]:
        """Send the events in one transaction, and leave it open; returns the offsets of the records.

        Raises kafka.errors.KafkaError.
        """
        self._producer.begin_transaction()
        records = ((partition, *to_record(event, self._prefix)) for partition, event in outgoing)
        with explained(self._cluster, greets=False):
            sent = [batch.hand_over(self._producer) for batch in batches_of(records)]
            self._flush()
            # A commit succeeds although a batch was lost, so the outcome of each batch is checked first.
            spans: dict[Partition, Span] = {}
            for one in sent:
                span = one.span(offset_of(one.last))
                known = spans.get(one.partition)
                spans[one.partition] = Span(known.first if known else span.first, span.last)
        return spans

    def commit(self) -> None:
        """Commit the open transaction.

        Raises kafka.errors.KafkaError, possibly after it was committed: only a new process can tell.
        """
        with explained(self._cluster, greets=False), self._watchdog.guard("commit_transaction"):
            self._producer.commit_transaction()

    def close(self) -> None:
        """Close the connections; nothing is in flight between two transactions."""
        self._producer.close(timeout=2)

    def _flush(self) -> None:
        with self._watchdog.guard("flush"):
            self._producer.flush(timeout=_FLUSH_LIMIT_SECONDS)
