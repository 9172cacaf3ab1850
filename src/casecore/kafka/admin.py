"""Questions and changes to a cluster: its id, its topics, its transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import AbortTransactionSpec, ConfigResource, UserScramCredentialUpsertion
from kafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import TopicDiffers, TopicMissing, TopicUnanswered
from casecore.kafka.explaining import explained
from casecore.kafka.greeting import greet
from casecore.kafka.partitions import Partition
from casecore.kafka.settings import ANSWER_LIMIT_MS, REQUEST_LIMIT_MS, connection

Created = Literal["created", "existed"]

_RETRYING = Retrying(
    retry=retry_if_exception_type(TopicMissing),
    stop=stop_after_delay(ANSWER_LIMIT_MS / 1000),
    wait=wait_fixed(0.1),
    reraise=True,
)


class TopicForm(NamedTuple):
    """What a topic must be: partitions, replicas of each, and settings."""

    partitions: int
    replicas: int
    settings: Mapping[str, str]


class TopicDescription(NamedTuple):
    """What the cluster says of a topic."""

    topic_id: str
    partitions: tuple[Partition, ...]


def cluster_id(cluster: Cluster, limit_seconds: float) -> str:
    """The id of the cluster; raises kafka.errors.KafkaError where it does not answer in time."""
    milliseconds = int(limit_seconds * 1000)
    with _admin(cluster, milliseconds, bootstrap_timeout_ms=milliseconds) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def create_topics(cluster: Cluster, wanted: Mapping[str, TopicForm]) -> list[tuple[str, Created]]:
    """Create the topics that are missing, check the others; returns each name and what was done.

    Raises TopicDiffers where one that exists is not as it must be, and kafka.errors.KafkaError.
    """
    with _admin(cluster) as admin:
        done = [(topic, _create(admin, topic, form)) for topic, form in wanted.items()]
        admin.wait_for_topics([topic for topic, _ in done])
        for topic, form in wanted.items():
            # Of several brokers, one may hear of a new topic a moment later than the others.
            _RETRYING(_check, admin, topic, form)
    return done


def check_topics(cluster: Cluster, wanted: Mapping[str, TopicForm]) -> dict[str, str]:
    """The ids of the topics, by name, once each is found to be as it must be.

    Raises TopicMissing, TopicDiffers, and kafka.errors.KafkaError where the cluster does not answer.
    """
    with _admin(cluster) as admin:
        return {topic: _check(admin, topic, form) for topic, form in wanted.items()}


def describe_topics(cluster: Cluster, topics: Iterable[str]) -> dict[str, TopicDescription]:
    """What the cluster says of each topic.

    Raises TopicMissing, TopicUnanswered and kafka.errors.KafkaError.
    """
    with _admin(cluster) as admin:
        return {topic: _described(admin, topic) for topic in topics}


def topic_ids(cluster: Cluster, topics: Iterable[str]) -> dict[str, str]:
    """The ids that Kafka gave the topics, by name. Raises as `describe_topics`."""
    return {topic: found.topic_id for topic, found in describe_topics(cluster, topics).items()}


def set_password(cluster: Cluster, user: str, mechanism: str, password: str) -> None:
    """Let a user in with this password, by a SCRAM `mechanism`. Raises kafka.errors.KafkaError."""
    with _admin(cluster) as admin:
        said = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, mechanism, password)])
        if said.get(user) is not None:
            raise KafkaError(f"the password of {user} could not be set: {said[user]}")


def abort_hanging(cluster: Cluster, before: Mapping[Partition, int]) -> int:
    """Abort the transactions that are open in these partitions and began before these offsets.

    Returns how many there were. A transaction that began later belongs to a producer that is at work.
    """
    count = 0
    with _admin(cluster, REQUEST_LIMIT_MS) as admin:
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
    return count


@contextmanager
def _admin(cluster: Cluster, limit_ms: int = ANSWER_LIMIT_MS, **more: Any) -> Iterator[KafkaAdminClient]:
    settings = {**connection(cluster), "request_timeout_ms": limit_ms, **more}
    greet(cluster)  # the library would try until its limit, and then say only that it got nowhere
    with explained(cluster):
        admin = KafkaAdminClient(**settings)
        try:
            yield admin
        finally:
            admin.close()


def _create(admin: KafkaAdminClient, topic: str, form: TopicForm) -> Created:
    wanted = {
        "num_partitions": form.partitions,
        "replication_factor": form.replicas,
        "configs": dict(form.settings),
    }
    try:
        admin.create_topics({topic: wanted}, timeout_ms=ANSWER_LIMIT_MS)
    except TopicAlreadyExistsError:
        return "existed"
    return "created"


def _check(admin: KafkaAdminClient, topic: str, form: TopicForm) -> str:
    described = _look_up(admin, topic)
    partitions = described["partitions"]
    if len(partitions) != form.partitions:
        raise TopicDiffers(
            f"the topic {topic} has {len(partitions)} partitions and must have {form.partitions}. The number "
            "cannot be changed in place, since keys would move: delete the topic, create it, and let the "
            "relay forget the old one"
        )
    replicas = min(len(partition["replica_nodes"]) for partition in partitions)
    if replicas < form.replicas:
        raise TopicDiffers(
            f"the topic {topic} has a partition with {replicas} replicas and must have {form.replicas}: add "
            "replicas with `kafka-reassign-partitions.sh`, or set CASECORE_REPLICATION to what is there"
        )
    resource = ConfigResource("TOPIC", topic)
    settings = admin.describe_configs([resource], config_filter="all")["topic"][topic]
    if not settings:  # every topic has some; kafka-python 3.0.12 drops the error that explains it
        raise TopicAuthorizationFailedError(f"{topic}: DescribeConfigs")
    for setting, wanted in form.settings.items():
        value = settings[setting]["value"] if setting in settings else None
        if value != wanted:
            raise TopicDiffers(
                f"the topic {topic} has {setting}={value} and must have {setting}={wanted}; set it with "
                f"`kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config "
                f"{setting}={wanted}`"
            )
    return str(described["topic_id"])


def _described(admin: KafkaAdminClient, topic: str) -> TopicDescription:
    found = _look_up(admin, topic)
    numbers = sorted(int(each["partition_index"]) for each in found["partitions"])
    return TopicDescription(str(found["topic_id"]), tuple(Partition(topic, number) for number in numbers))


def _look_up(admin: KafkaAdminClient, topic: str) -> Mapping[str, Any]:
    try:
        described: list[Mapping[str, Any]] = admin.describe_topics([topic])
    except UnknownTopicOrPartitionError:
        described = []
    known = [found for found in described if found["name"] == topic]
    if not known or known[0]["error_code"] == _UNKNOWN:
        raise TopicMissing(topic)
    if known[0]["error_code"] == TopicAuthorizationFailedError.errno:
        raise TopicAuthorizationFailedError(topic)
    if known[0]["error_code"]:
        raise TopicUnanswered(topic, f"Kafka answers with error {known[0]['error_code']}")
    return known[0]


_UNKNOWN = UnknownTopicOrPartitionError.errno
