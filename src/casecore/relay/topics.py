"""The topics: created with exactly the documented configuration, and checked against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from casecore.contract.streams import PARTITIONS, TOPIC_CONFIGURATION
from casecore.relay.errors import TopicDiffers, TopicMissing
from casecore.relay.place import topics_of

Created = Literal["created", "existed"]

_REQUEST_LIMIT_MS = 10_000

_PATIENTLY = Retrying(
    retry=retry_if_exception_type(TopicMissing),
    stop=stop_after_delay(_REQUEST_LIMIT_MS / 1000),
    wait=wait_fixed(0.1),
    reraise=True,
)


class _Found(NamedTuple):
    """What the cluster says about one topic."""

    topic_id: str
    partitions: int
    fewest_replicas: int
    settings: Mapping[str, str | None]


def configuration(replication: int) -> dict[str, str]:
    """The settings of every topic with this many replicas.

    With three, a record is acknowledged by two: one broker may be away, and none may lose alone what
    was acknowledged. A single replica has no other to wait for.
    """
    in_sync = 1 if replication == 1 else replication - 1
    return {**TOPIC_CONFIGURATION, "min.insync.replicas": str(in_sync)}


def create_topics(bootstrap: str, prefix: str, replication: int) -> list[tuple[str, Created]]:
    """Create the topics that are missing, check the others; returns each name and what was done.

    Raises TopicDiffers where one that exists is not as it must be, and kafka.errors.KafkaError.
    """
    with _admin(bootstrap) as admin:
        done = [(topic, _create(admin, topic, replication)) for topic in topics_of(prefix)]
        admin.wait_for_topics([topic for topic, _ in done])
        for topic, _ in done:
            # Of several brokers, one may hear of a new topic a moment later than the others.
            _PATIENTLY(_check, admin, topic, replication)
    return done


def check_topics(bootstrap: str, prefix: str, replication: int) -> dict[str, str]:
    """The ids of all topics, by name, once each is found to be as it must be.

    Raises TopicMissing, TopicDiffers, and kafka.errors.KafkaError where the cluster does not answer.
    """
    with _admin(bootstrap) as admin:
        return {topic: _check(admin, topic, replication).topic_id for topic in topics_of(prefix)}


def topic_ids(bootstrap: str, prefix: str) -> dict[str, str]:
    """The ids that Kafka gave the topics, by name; raises TopicMissing and kafka.errors.KafkaError."""
    with _admin(bootstrap) as admin:
        return {topic: str(_described(admin, topic)["topic_id"]) for topic in topics_of(prefix)}


@contextmanager
def _admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(
        bootstrap_servers=bootstrap,
        request_timeout_ms=_REQUEST_LIMIT_MS,
        bootstrap_timeout_ms=_REQUEST_LIMIT_MS,
        reconnect_backoff_max_ms=1_000,
    )
    try:
        yield admin
    finally:
        admin.close()


def _create(admin: KafkaAdminClient, topic: str, replication: int) -> Created:
    wanted = {
        "num_partitions": PARTITIONS,
        "replication_factor": replication,
        "configs": configuration(replication),
    }
    try:
        admin.create_topics({topic: wanted}, timeout_ms=_REQUEST_LIMIT_MS)
    except TopicAlreadyExistsError:
        return "existed"
    return "created"


def _check(admin: KafkaAdminClient, topic: str, replication: int) -> _Found:
    found = _look_up(admin, topic)
    if found.partitions != PARTITIONS:
        raise TopicDiffers(
            f"the topic {topic} has {found.partitions} partitions and must have {PARTITIONS}. The number "
            "cannot be changed in place, since keys would move: delete the topic, create it, and let the "
            "relay forget the old one"
        )
    if found.fewest_replicas < replication:
        raise TopicDiffers(
            f"the topic {topic} has a partition with {found.fewest_replicas} replicas and must have "
            f"{replication}: add replicas with `kafka-reassign-partitions.sh`, or set CASECORE_REPLICATION "
            "to what is there"
        )
    for setting, wanted in configuration(replication).items():
        value = found.settings.get(setting)
        if value != wanted:
            raise TopicDiffers(
                f"the topic {topic} has {setting}={value} and must have {setting}={wanted}; mend it with "
                f"`kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config "
                f"{setting}={wanted}`"
            )
    return found


def _look_up(admin: KafkaAdminClient, topic: str) -> _Found:
    described = _described(admin, topic)
    resource = ConfigResource("TOPIC", topic)
    settings: Mapping[str, Any] = admin.describe_configs([resource], config_filter="all")["topic"][topic]
    return _Found(
        topic_id=str(described["topic_id"]),
        partitions=len(described["partitions"]),
        fewest_replicas=min(len(partition["replica_nodes"]) for partition in described["partitions"]),
        settings={name: setting["value"] for name, setting in settings.items()},
    )


def _described(admin: KafkaAdminClient, topic: str) -> Mapping[str, Any]:
    try:
        described: list[Mapping[str, Any]] = admin.describe_topics([topic])
    except UnknownTopicOrPartitionError:
        described = []
    known = [found for found in described if found["name"] == topic and not found["error_code"]]
    if not known:
        raise TopicMissing(f"the topic {topic} does not exist: create it")
    return known[0]
