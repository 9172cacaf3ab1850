"""The following audit keeps to its budget, and says what it has found for as long as it runs."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from casecore.audit.follower import LONGEST_REST_SECONDS, AuditFollower, Budget
from casecore.audit.health import LOGGED_DIFFERENCES, AuditHealth
from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import KafkaError, TopicUnanswered
from casecore.postgres.errors import DatabaseUnavailable
from casecore.relay.published_topics import create_topics
from casecore.store.migrations import migrate


@given(
    st.floats(0.001, 1),
    st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1)), min_size=1, max_size=20),
)
def test_turns_and_rests_use_no_more_of_a_core_than_the_share(
    share: float, turns: list[tuple[float, float]]
) -> None:
    budget = Budget(share=share)
    used = passed = 0.0
    for cpu, waited in turns:
        turned = cpu + waited
        rest = budget.rest_seconds(turned, cpu)
        # A turn is never shorter than a second, so that events and keys are bounded in a second.
        assert turned + rest >= min(budget.turn_seconds, LONGEST_REST_SECONDS) - 1e-9
        assert 0 <= rest <= LONGEST_REST_SECONDS
        if rest < LONGEST_REST_SECONDS:
            used += cpu
            passed += turned + rest
    assert used <= share * passed + 1e-9


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"casecore_audit_{name}", labels)


def test_what_differs_is_counted_logged_and_said_until_the_process_ends() -> None:
    health = AuditHealth()
    assert value(health.registry, "turned_at_seconds") == 0
    health.well()
    assert health.check() == (True, "no difference")
    assert value(health.registry, "turned_at_seconds") == pytest.approx(time.time(), abs=60)
    with capture_logs() as lines:
        health.differs("topics", "t.cases[3] at offset 7", "nothing", "a forged event")
        health.differs("workload", "workload.cases, row case_id=1", "5", "shows 9")
        # When the next round comes to the same row, and all else is well
        health.differs("workload", "workload.cases, row case_id=1", "5", "shows 9")
        health.well()
    well, said = health.check()
    assert not well
    assert said.startswith("differences: 2; the first: t.cases[3] at offset 7")
    assert value(health.registry, "differences", where="topics") == 1
    assert value(health.registry, "differences", where="workload") == 1
    assert [(line["place"], line["store"]) for line in lines] == [
        ("t.cases[3] at offset 7", "nothing"),
        ("workload.cases, row case_id=1", "5"),
    ]
    assert lines[0]["topic"] == "a forged event"


def test_a_flood_of_differences_is_counted_and_its_beginning_is_logged() -> None:
    health = AuditHealth()
    with capture_logs() as lines:
        for offset in range(3 * LOGGED_DIFFERENCES):
            health.differs("topics", f"offset {offset}", "nothing", "an event")
    assert len(lines) == LOGGED_DIFFERENCES + 1
    assert value(health.registry, "differences", where="topics") == 3 * LOGGED_DIFFERENCES


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (DatabaseUnavailable("no answer from db.internal as clerk"), "PostgreSQL does not answer"),
        (KafkaError("no answer from broker.internal"), "Kafka does not answer"),
        (TopicUnanswered("cases", "no answer from broker.internal"), "Kafka does not answer"),
    ],
)
def test_who_is_away_is_said_without_its_address_and_is_no_difference(trouble: Exception, said: str) -> None:
    health = AuditHealth()
    with capture_logs() as lines:
        health.troubled(trouble)
        health.troubled(trouble)
    assert health.check() == (False, f"{said}; the log has its words")
    assert [line["reason"] for line in lines] == [str(trouble)]
    assert value(health.registry, "up") == 0
    health.well()
    assert health.check() == (True, "no difference")
    assert value(health.registry, "up") == 1
    assert value(health.registry, "differences", where="topics") == 0


def test_what_the_audit_needs_and_cannot_have_is_waited_for(
    database: str, kafka_server: Cluster, topic_prefix: str
) -> None:
    # Given an audit that follows a log, and a store whose tables are gone for a while, as in a restore
    migrate(database)
    create_topics(kafka_server, topic_prefix, 1)
    health = AuditHealth()
    with closing(AuditFollower(database, kafka_server, topic_prefix, (), Budget(), health)) as follower:
        follower.turn()
        assert health.check() == (True, "no difference")
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("alter schema casecore rename to elsewhere")
            follower.turn()
            well, reason = health.check()
            assert not well
            assert "no tables of casecore" in reason
            connection.execute("alter schema elsewhere rename to casecore")
        # Then it goes on with them
        follower.turn()
        assert health.check() == (True, "no difference")
