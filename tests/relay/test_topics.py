"""Topics are created as documented, and one that is not so is refused with what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from casecore.contract.streams import CASES, PARTITIONS, STREAM_KINDS, TOPIC_CONFIGURATION, topic_name
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicDiffers, TopicMissing
from casecore.kafka.settings import connection
from casecore.relay.published_topics import check_topics, configuration, create_topics, topic_ids


@pytest.fixture
def admin(kafka_server: Cluster) -> Iterator[KafkaAdminClient]:
    with KafkaAdminClient(**connection(kafka_server)) as admin:
        yield admin


def test_topics_are_created_once_and_as_documented(
    kafka_server: Cluster, topic_prefix: str, admin: KafkaAdminClient
) -> None:
    # When they are created twice
    topics = [topic_name(topic_prefix, kind) for kind in STREAM_KINDS]
    assert create_topics(kafka_server, topic_prefix, 1) == [(topic, "created") for topic in topics]
    ids = topic_ids(kafka_server, topic_prefix)
    assert create_topics(kafka_server, topic_prefix, 1) == [(topic, "existed") for topic in topics]

    # Then they are the same topics, with exactly these settings
    assert check_topics(kafka_server, topic_prefix, 1) == ids
    for topic in topics:
        described = admin.describe_topics([topic])[0]
        assert len(described["partitions"]) == PARTITIONS
        found = admin.describe_configs([ConfigResource("TOPIC", topic)], config_filter="all")["topic"][topic]
        for setting, value in {**TOPIC_CONFIGURATION, "min.insync.replicas": "1"}.items():
            assert found[setting]["value"] == value


def test_a_missing_topic_is_named(kafka_server: Cluster, topic_prefix: str) -> None:
    said = rf"{topic_prefix}\.cases .*create it"
    with pytest.raises(TopicMissing, match=said):
        check_topics(kafka_server, topic_prefix, 1)
    with pytest.raises(TopicMissing, match=said):
        topic_ids(kafka_server, topic_prefix)


def test_a_topic_with_another_number_of_partitions_is_refused(
    kafka_server: Cluster, topic_prefix: str, admin: KafkaAdminClient
) -> None:
    wanted = {"num_partitions": 3, "replication_factor": 1, "configs": configuration(1)}
    admin.create_topics({topic_name(topic_prefix, CASES): wanted}, wait_for_metadata=True)
    with pytest.raises(
        TopicDiffers, match=r"has 3 partitions and must have 12.*let the relay forget the old one"
    ):
        create_topics(kafka_server, topic_prefix, 1)


def test_a_topic_that_would_forget_events_is_refused(
    kafka_server: Cluster, topic_prefix: str, admin: KafkaAdminClient
) -> None:
    topic = topic_name(topic_prefix, CASES)
    configs = {**configuration(1), "retention.ms": "604800000"}
    wanted = {"num_partitions": PARTITIONS, "replication_factor": 1, "configs": configs}
    admin.create_topics({topic: wanted}, wait_for_metadata=True)
    with pytest.raises(TopicDiffers) as refused:
        check_topics(kafka_server, topic_prefix, 1)
    said = str(refused.value)
    assert all(
        part in said for part in (topic, "retention.ms=604800000", "retention.ms=-1", "kafka-configs.sh")
    )


def test_a_topic_with_too_few_replicas_is_refused(kafka_server: Cluster, topic_prefix: str) -> None:
    create_topics(kafka_server, topic_prefix, 1)
    with pytest.raises(TopicDiffers, match="1 replicas and must have 3"):
        check_topics(kafka_server, topic_prefix, 3)


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_a_record_is_acknowledged_by_all_replicas_but_one(replication: int, in_sync: str) -> None:
    assert configuration(replication)["min.insync.replicas"] == in_sync
