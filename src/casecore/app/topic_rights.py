"""What each process may do in Kafka where nothing is allowed by default: what it needs, and no more."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from casecore.contract.streams import StreamKind, topic_name
from casecore.relay.published_topics import topics_of
from casecore.relay.publisher import transactional_id
from projections.catalogue import VIEWS

KafkaResource: TypeAlias = Literal["topic", "group", "transactional-id", "cluster"]

OPERATOR, SUBSCRIBER = "operator", "subscriber"


class TopicRight(NamedTuple):
    """What a process may do with some resources; the cluster is one without a name.

    Kafka takes Read and Write to include Describe.
    """

    process: str
    operations: tuple[str, ...]
    resource: KafkaResource
    names: tuple[str, ...]


def rights_of(prefix: str, group: str, *, aborts: bool = False) -> list[TopicRight]:
    """The rights of all processes on the topics of a prefix; `group` is that of a subscriber.

    With `aborts` the relay may end a transaction that hangs, which is a right on the whole cluster: with it,
    a program could change the cluster's settings. Without, the relay waits until Kafka ends it.
    """
    topics = topics_of(prefix)
    found = [
        TopicRight(OPERATOR, ("Create", "Describe", "DescribeConfigs"), "topic", topics),
        TopicRight("relay", ("Read", "Write", "DescribeConfigs"), "topic", topics),
        TopicRight("relay", ("Write",), "transactional-id", (transactional_id(prefix),)),
    ]
    if aborts:
        found.append(TopicRight("relay", ("Alter",), "cluster", ()))
    for view, projection in VIEWS.items():
        found += _reader(view, _names(prefix, projection.kinds), f"{prefix}.{view}")
    found.append(TopicRight("audit", ("Read",), "topic", topics))
    found += _reader(SUBSCRIBER, topics, group)
    return found


def commands_of(
    rights: Iterable[TopicRight], principal: str, bootstrap: str, command_config: str
) -> list[str]:
    """The rights as commands of Kafka's own tool; `principal` has {process} in place of the name."""
    return [
        shlex.join(
            (
                "kafka-acls.sh",
                *("--bootstrap-server", bootstrap, "--command-config", command_config),
                *("--add", "--allow-principal", principal.replace("{process}", right.process)),
                *(word for operation in right.operations for word in ("--operation", operation)),
                *(word for name in right.names for word in (f"--{right.resource}", name)),
                *(() if right.names else (f"--{right.resource}",)),
            )
        )
        for right in rights
    ]


def _reader(process: str, topics: tuple[str, ...], group: str) -> list[TopicRight]:
    return [
        TopicRight(process, ("Read",), "topic", topics),
        TopicRight(process, ("Read",), "group", (group,)),
    ]


def _names(prefix: str, kinds: Iterable[StreamKind]) -> tuple[str, ...]:
    return tuple(topic_name(prefix, kind) for kind in kinds)
