"""How a view reads its topics: how much at once, and from which topics."""

from __future__ import annotations

from collections.abc import Iterable

from casecore.kafka.admin import describe_topics
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition

BATCH_BYTES = 8 * 1024 * 1024
"""What one answer of a broker holds: some 9,000 events. All answers there are fold in one transaction, so
its bound is this times the number of brokers.

A view with derived rows makes them once for each case of a batch. So it gains by large ones, and by one
partition at a time while it catches up: the events of a case lie closer together there than in as many bytes
of all partitions. Brokers give each partition its turn."""

REBUILD_BATCH_BYTES = 2 * BATCH_BYTES
"""The same for a rebuild, which has far to go: the more events of a case at once, the fewer times its rows
are derived."""


def ids_and_partitions(cluster: Cluster, topics: Iterable[str]) -> tuple[dict[str, str], list[Partition]]:
    """The id of each topic, and all their partitions in order.

    Raises TopicMissing, TopicUnanswered and kafka.errors.KafkaError.
    """
    found = describe_topics(cluster, topics)
    ids = {topic: described.topic_id for topic, described in found.items()}
    return ids, sorted(each for described in found.values() for each in described.partitions)
