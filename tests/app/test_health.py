"""A process says how it is, and is asked directly, whatever proxy is set."""

from __future__ import annotations

import psycopg
import pytest
from prometheus_client import CollectorRegistry, Gauge

from casecore.health.client import Sample, ask_health, ask_metrics
from casecore.health.saying import said_of
from casecore.health.server import serve_health
from casecore.kafka.errors import KafkaConnectionError
from casecore.postgres.errors import AccessDenied, TablesMissing, unavailable
from projections.kit.errors import SchemaInUse


def test_what_a_process_says_is_heard_also_twice_and_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy that is not there, and a process whose state changes
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    said = [(True, "ok"), (False, "PostgreSQL is unavailable, since a long while"), (True, "publishing")]
    answers = iter(said)
    registry = CollectorRegistry()
    Gauge("casecore_relay_up", "1 while it publishes", registry=registry).set(1)
    port = serve_health("127.0.0.1", 0, registry, lambda: next(answers))
    # Then it is heard as it is said, whatever its length was before
    assert [ask_health("127.0.0.1", port) for _ in said] == said


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (unavailable(psycopg.OperationalError("db.internal refused clerk")), "PostgreSQL does not answer"),
        (psycopg.errors.UndefinedColumn("select clerk from db.internal"), "PostgreSQL does not answer"),
        (AccessDenied("clerk may not read db.internal"), "the database cannot be used (access_denied)"),
        (KafkaConnectionError("db.internal refused clerk"), "Kafka does not answer"),
        (SchemaInUse("sla", "sla", ["clerk from db.internal"]), "schema in use"),
        (ValueError("clerk at db.internal"), "it has a fault"),
    ],
)
def test_what_anybody_hears_of_an_error_has_none_of_its_words(error: Exception, says: str) -> None:
    assert said_of(error) == f"{says}; the log has its words"
    assert "db.internal" in str(error)


def test_that_tables_are_missing_is_said_as_it_is() -> None:
    assert said_of(TablesMissing()) == str(TablesMissing())


def test_nobody_there_is_said_with_the_port() -> None:
    well, reason = ask_health("127.0.0.1", 1)
    assert not well
    assert "no answer on port 1" in reason


def test_metrics_are_heard_with_their_labels_and_nobody_has_none() -> None:
    registry = CollectorRegistry()
    Gauge("casecore_audit_differences", "Differences.", ("where",), registry=registry).labels("topics").set(2)
    port = serve_health("127.0.0.1", 0, registry, lambda: (True, "ok"))

    assert ask_metrics("127.0.0.1", port) == [Sample("casecore_audit_differences", {"where": "topics"}, 2.0)]
    assert ask_metrics("127.0.0.1", 1) is None
