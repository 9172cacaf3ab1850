"""How the relay reads topics: only what is committed, by offsets of its own, and never creating a topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import AbortTransactionSpec
from kafka.errors import UnknownTopicOrPartitionError

from casecore.relay.messages import Partition

_REQUEST_LIMIT_MS = 6_000
# A partition without anything new must not hold up the answer of the others for half a second.
_FETCH_WAIT_MS = 50


def committed_reader(bootstrap: str, **bounds: int) -> KafkaConsumer:
    """A consumer without a group that sees committed records only and starts where it is told.

    `bounds` are settings of kafka-python that say how much one answer holds.
    """
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        allow_auto_create_topics=False,
        request_timeout_ms=_REQUEST_LIMIT_MS,
        bootstrap_timeout_ms=_REQUEST_LIMIT_MS,
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        retry_backoff_ms=10,
        reconnect_backoff_max_ms=1_000,
        metrics_enabled=False,
        **bounds,
    )


def stable_offsets(reader: KafkaConsumer, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The last stable offset of each partition: a committed reader reads up to there, and no further.

    Raises kafka.errors.KafkaError where the brokers do not answer within 6 s, or a topic is gone.
    """
    wanted = [TopicPartition(*p) for p in partitions]
    try:
        offsets: Mapping[TopicPartition, int] = reader.end_offsets(wanted)
    except KeyError as error:  # what kafka-python 3 raises for a topic that is deleted while it asks
        raise UnknownTopicOrPartitionError(f"{error} has no last offset") from error
    return {Partition(found.topic, found.partition): offset for found, offset in offsets.items()}


def abort_hanging(bootstrap: str, before: Mapping[Partition, int]) -> int:
    """Abort the transactions that are open in these partitions and began before these offsets.

    Returns how many there were. A transaction that began later belongs to a relay that is at work.
    """
    admin = KafkaAdminClient(
        bootstrap_servers=bootstrap,
        request_timeout_ms=_REQUEST_LIMIT_MS,
        bootstrap_timeout_ms=_REQUEST_LIMIT_MS,
    )
    count = 0
    try:
        found = admin.describe_producers([TopicPartition(*partition) for partition in before])
        for partition, state in found.items():
            for producer in state.active_producers:
                began_at = producer.current_transaction_start_offset
                if not 0 <= began_at < before[Partition(partition.topic, partition.partition)]:
                    continue
                # Brokers reject the default of -1 for the coordinator's epoch.
                admin.abort_transaction(
                    AbortTransactionSpec(
                        partition, producer.producer_id, producer.producer_epoch, producer.coordinator_epoch
                    )
                )
                count += 1
    finally:
        admin.close()
    return count
