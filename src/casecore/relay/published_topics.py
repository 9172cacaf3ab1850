"""The topics into which the store is published: their names, their form, and their ids."""

from __future__ import annotations

from casecore.contract.streams import PARTITIONS, STREAM_KINDS, TOPIC_CONFIGURATION, topic_name
from casecore.kafka import admin
from casecore.kafka.admin import Created, TopicForm
from casecore.kafka.cluster import Cluster
from casecore.kafka.partitions import Partition


def topics_of(prefix: str) -> tuple[str, ...]:
    """The full names of all topics under a prefix."""
    return tuple(topic_name(prefix, kind) for kind in STREAM_KINDS)


def partitions_of(prefix: str) -> tuple[Partition, ...]:
    """All partitions of all topics under a prefix."""
    return tuple(Partition(topic, number) for topic in topics_of(prefix) for number in range(PARTITIONS))


def configuration(replication: int) -> dict[str, str]:
    """The settings of every topic with this many replicas.

    With three replicas, two acknowledge a record: one broker may be unavailable, and no single broker can
    lose an acknowledged record. A single replica has no other to wait for.
    """
    in_sync = 1 if replication == 1 else replication - 1
    return {**TOPIC_CONFIGURATION, "min.insync.replicas": str(in_sync)}


def create_topics(cluster: Cluster, prefix: str, replication: int) -> list[tuple[str, Created]]:
    """Create the missing topics, and check the others; returns each name and what was done.

    Raises TopicDiffers where an existing topic has another form, and kafka.errors.KafkaError.
    """
    return admin.create_topics(cluster, _forms(prefix, replication))


def check_topics(cluster: Cluster, prefix: str, replication: int) -> dict[str, str]:
    """The ids of all topics, by name, after a check of each one's form.

    Raises TopicMissing, TopicDiffers, and kafka.errors.KafkaError where the cluster does not answer.
    """
    return admin.check_topics(cluster, _forms(prefix, replication))


def topic_ids(cluster: Cluster, prefix: str) -> dict[str, str]:
    """The ids that Kafka gave the topics, by name; raises TopicMissing and kafka.errors.KafkaError."""
    return admin.topic_ids(cluster, topics_of(prefix))


def _forms(prefix: str, replication: int) -> dict[str, TopicForm]:
    form = TopicForm(PARTITIONS, replication, configuration(replication))
    return dict.fromkeys(topics_of(prefix), form)
