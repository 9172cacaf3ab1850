"""Where nothing is allowed by default, each process does its work with the rights that are printed for it."""

from __future__ import annotations

import argparse
import json
import shlex
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from casecore.app.topic_rights import TopicRight, commands_of, rights_of
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import NotAuthorised, TopicMissing
from casecore.kafka.reader import committed_reader, group_reader
from casecore.kafka.settings import connection
from casecore.relay.published_topics import check_topics, create_topics, partitions_of, topic_ids
from casecore.relay.publisher import Publisher
from casecore.relay.tails import read_tails
from casecore.relay.watchdog import Watchdog
from projections.catalogue import VIEWS
from projections.kit.source_topics import ids_and_partitions
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.security.secured_kafka import SecuredKafka
from tests.waiting import LIMIT_SECONDS, wait_until

OPERATIONS = {
    "Read": ACLOperation.READ,
    "Write": ACLOperation.WRITE,
    "Create": ACLOperation.CREATE,
    "Describe": ACLOperation.DESCRIBE,
    "DescribeConfigs": ACLOperation.DESCRIBE_CONFIGS,
    "Alter": ACLOperation.ALTER,
}
IDA = ("--as", "seller:nord:ida")


def rules(command: str) -> list[ACL]:
    """A command of kafka-acls.sh as that tool reads it: each operation on each resource."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--command-config", required=True)
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--operation", action="append", required=True)
    for resource in ("topic", "group", "transactional-id"):
        parser.add_argument(f"--{resource}", action="append", default=[])
    parser.add_argument("--cluster", action="store_true")
    tool, *words = shlex.split(command)
    assert tool == "kafka-acls.sh"
    given = parser.parse_args(words)
    resources = [
        *(ResourcePattern(ResourceType.TOPIC, name) for name in given.topic),
        *(ResourcePattern(ResourceType.GROUP, name) for name in given.group),
        *(ResourcePattern(ResourceType.TRANSACTIONAL_ID, name) for name in given.transactional_id),
        *((ResourcePattern(ResourceType.CLUSTER, "kafka-cluster"),) if given.cluster else ()),
    ]
    assert resources
    return [
        ACL(given.allow_principal, "*", OPERATIONS[operation], ACLPermissionType.ALLOW, resource)
        for operation in given.operation
        for resource in resources
    ]


class Rules:
    """The rules of the broker's authoriser, changed by its administrator."""

    def __init__(self, kafka: SecuredKafka) -> None:
        self.admin = KafkaAdminClient(**connection(kafka.as_user("admin")))
        self._made: list[ACL] = []

    def allow(self, commands: list[str]) -> None:
        """Run the commands."""
        for command in commands:
            assert not self.admin.create_acls(rules(command))["failed"]
            self._made += rules(command)

    def close(self) -> None:
        """Allow nothing any more."""
        self.admin.delete_acls(self._made)
        self.admin.close()

    def withdraw(self, rule: ACL) -> None:
        """Take one right back."""
        assert not self.admin.delete_acls([rule])[0][2].errno


@pytest.fixture
def given_rules(secured_kafka: SecuredKafka) -> Iterator[Rules]:
    made = Rules(secured_kafka)
    yield made
    made.close()


@pytest.fixture
def prefix() -> str:
    return f"a{uuid.uuid4().hex[:10]}"


def programs(kafka: SecuredKafka, folder: Path, database: str, prefix: str) -> dict[str, Program]:
    """The program as each of its processes runs it, with a user of its own."""
    return {
        user: Program(folder, database, kafka.as_user(user), prefix)
        for user in ("operator", "relay", *VIEWS, "audit")
    }


def events_of(database: str) -> int:
    with psycopg.connect(database) as session:
        there = session.execute("select to_regclass('timeline.events')").fetchone()
        if there is None or there[0] is None:
            return 0
        row = session.execute("select count(*) from timeline.events").fetchone()
    return row[0] if row else 0


def test_the_printed_rights_let_each_process_do_its_work(
    secured_kafka: SecuredKafka, given_rules: Rules, database: str, prefix: str, tmp_path: Path
) -> None:
    # Given the printed rules, and each process with a user of its own, over TLS
    by_user = programs(secured_kafka, tmp_path, database, prefix)
    operator = by_user["operator"]
    operator.run("database", "migrate")
    with_group = ("topics", "acls", "--group", f"{prefix}-heard")
    given_rules.allow(operator.run(*with_group).splitlines())
    # When topics are created, a case is opened, relay and views run,
    operator.run("topics", "create")
    relay = by_user["relay"]
    relay.start("relay", "relay", *NO_HEALTH)
    for view in VIEWS:
        by_user[view].start(view, "project", view, *NO_HEALTH)
    opening = ("--customer", "praxis", "--seller", "nord", "--topic", "recovery")
    operator.run("case", "open", "--reference", "C-1", *opening, *IDA)
    try:
        # then it comes to the views, the audit finds no difference, and a subscriber hears of it
        wait_until(lambda: events_of(database) > 0, "the view has the case", 60)
        assert json.loads(by_user["audit"].run("audit", "--json"))
        with closing(subscribed(secured_kafka, prefix)) as consumer:
            assert next(consumer).key is not None
    finally:
        for program in by_user.values():
            program.stop_all()


def subscribed(kafka: SecuredKafka, prefix: str) -> KafkaConsumer:
    return KafkaConsumer(
        f"{prefix}.cases",
        **connection(kafka.as_user("subscriber")),
        group_id=f"{prefix}-heard",
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=30_000,
    )


class Work(NamedTuple):
    """What a process does in Kafka, in short, as its user."""

    user: str
    act: Callable[[Cluster, str], object]


def relay_works(cluster: Cluster, prefix: str) -> None:
    check_topics(cluster, prefix, 1)
    with closing(Publisher(cluster, prefix, Watchdog())) as publisher:
        publisher.fence(partitions_of(prefix))
    with closing(committed_reader(cluster)) as reader:
        read_tails(reader, partitions_of(prefix))


def view_works(cluster: Cluster, prefix: str) -> None:
    ids_and_partitions(cluster, [f"{prefix}.cases"])
    with closing(group_reader(cluster, f"{prefix}.timeline", 100_000)) as reader:
        reader.join([f"{prefix}.cases"], lambda: None)
        wait_until(lambda: reader.poll(100) is not None and reader.assignment(), "it is in the group", 20)


def audit_works(cluster: Cluster, prefix: str) -> None:
    topic_ids(cluster, prefix)
    with closing(committed_reader(cluster)) as reader:
        reader.ends(partitions_of(prefix))


WORKS = {
    "operator": Work("operator", lambda cluster, prefix: create_topics(cluster, prefix, 1)),
    "relay": Work("relay", relay_works),
    "timeline": Work("timeline", view_works),
    "audit": Work("audit", audit_works),
}


@pytest.mark.parametrize("process", WORKS)
def test_each_right_is_needed(
    process: str, secured_kafka: SecuredKafka, given_rules: Rules, prefix: str
) -> None:
    work = WORKS[process]
    cluster = secured_kafka.as_user(work.user)
    create_topics(secured_kafka.as_user("admin"), prefix, 1)
    # Given all printed rights, then the process works
    rights = [right for right in rights_of(prefix, "heard") if right.process == process]
    commands = commands_of(rights, "User:{process}", "HOST:PORT", "admin.properties")
    given_rules.allow(commands)
    work.act(cluster, prefix)
    # When one of them is missing, it hears so
    for rule in [one for command in commands for one in rules(command) if is_first(one, prefix, rights)]:
        if process == "operator" and rule.operation in (ACLOperation.CREATE, ACLOperation.DESCRIBE):
            continue  # the topics exist; and who creates a topic is told of it
        given_rules.withdraw(rule)
        with pytest.raises(NotAuthorised, match=f"the user {process}"):
            work.act(cluster, prefix)
        given_rules.admin.create_acls([rule])


def is_first(rule: ACL, prefix: str, rights: list[TopicRight]) -> bool:
    """Of the topics one stands for all."""
    resource = rule.resource_pattern
    return resource.resource_type != ResourceType.TOPIC or resource.resource_name == f"{prefix}.cases"


def test_without_a_right_to_create_nothing_is_created(
    secured_kafka: SecuredKafka, given_rules: Rules, prefix: str
) -> None:
    with pytest.raises((NotAuthorised, TopicMissing)):
        create_topics(secured_kafka.as_user("audit"), prefix, 1)
    assert f"{prefix}.cases" not in given_rules.admin.list_topics()


HANGING: Mapping[bool, str] = MappingProxyType(
    {
        True: "relay.aborted_hanging_transactions",
        False: "relay.may_not_abort_hanging_transactions",
    }
)


@pytest.mark.parametrize("aborts", HANGING)
def test_a_relay_ends_a_hanging_transaction_or_waits_until_kafka_does(
    aborts: bool, secured_kafka: SecuredKafka, given_rules: Rules, database: str, prefix: str, tmp_path: Path
) -> None:
    # Given a transaction that another program has left open, for longer than a relay waits for it
    operator = Program(tmp_path, database, secured_kafka.as_user("operator"), prefix)
    operator.run("database", "migrate")
    given_rules.allow(operator.run("topics", "acls", *(["--aborts"] if aborts else [])).splitlines())
    operator.run("topics", "create")
    hanging = KafkaProducer(
        **connection(secured_kafka.as_user("admin")),
        transactional_id=f"{prefix}-hanging",
        transaction_timeout_ms=600_000 if aborts else 15_000,
    )
    hanging.init_transactions()
    for last in (False, True):  # of the first one the partition knows its coordinator's epoch
        hanging.begin_transaction()
        hanging.send(f"{prefix}.cases", b"{}", partition=3).get(LIMIT_SECONDS)
        if not last:
            hanging.abort_transaction()
    operator.run(
        *("case", "open", "--reference", "C-1", "--customer", "praxis", "--seller", "nord"),
        *("--topic", "recovery", *IDA),
    )
    # When a relay starts
    relay = Program(tmp_path, database, secured_kafka.as_user("relay"), prefix)
    relay.start("relay", "relay", *NO_HEALTH)
    try:
        # Then it publishes, once the transaction has ended, and says how it did
        with closing(committed_reader(secured_kafka.as_user("audit"))) as reader:
            at = partitions_of(prefix)
            reader.assign(at)
            for partition in at:
                reader.seek(partition, 0)
            wait_until(lambda: reader.poll(200), "the case is published", 90)
        assert HANGING[aborts] in relay.complained("relay")
        assert HANGING[not aborts] not in relay.complained("relay")
    finally:
        relay.stop_all()
        hanging.close(timeout=0)


def test_the_rights_are_for_the_topics_of_a_prefix_and_none_for_all() -> None:
    rights = rights_of("casecore", "heard", aborts=True)
    for right in rights:
        assert right.names == () or all(name.startswith(("casecore", "heard")) for name in right.names)
    assert [right for right in rights if right.resource == "cluster"] == [
        TopicRight("relay", ("Alter",), "cluster", ())
    ]
    assert {right.process for right in rights} == {"operator", "relay", *VIEWS, "audit", "subscriber"}
