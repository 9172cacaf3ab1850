"""A store with events, and topics into which a test writes what a relay would, or would not."""

from __future__ import annotations

from collections.abc import Sequence

from kafka import KafkaProducer

from casecore.contract.wire import to_record
from casecore.kafka.cluster import Cluster
from casecore.kafka.settings import connection
from casecore.relay.messages import Outgoing
from casecore.relay.place import partition_of
from casecore.relay.published_topics import create_topics
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.relay.running import store_messages
from tests.waiting import LIMIT_SECONDS

EVENTS = 120


class StoreAndTopics:
    """A store with EVENTS events and its topics, which are empty at first."""

    def __init__(self, database: str, cluster: Cluster, prefix: str) -> None:
        self.database = database
        self.cluster = cluster
        self.prefix = prefix
        migrate(database)
        create_topics(cluster, prefix, 1)
        store_messages(database, EVENTS)
        self.producer = KafkaProducer(**connection(cluster), acks="all")

    def stored(self, after: int = 0) -> list[Outgoing]:
        """The log's events after a position, each with the partition where it belongs."""
        with LogReader(self.database) as log:
            return [Outgoing(partition_of(self.prefix, event), event) for event in log.read(after, 100_000)]

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Write these records, in this order."""
        sent = []
        for partition, event in outgoing:
            key, value, headers = to_record(event)
            sent.append(self.producer.send(partition.topic, value, key, headers, partition.number))
        self.producer.flush()
        for each in sent:
            each.get(LIMIT_SECONDS)

    def close(self) -> None:
        """Leave the broker."""
        self.producer.close()
