"""The watchdog that ends a stuck relay, and the relay's health check."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from kafka.errors import InvalidProducerEpochError, OutOfOrderSequenceNumberError, UnknownProducerIdError
from kafka.producer.transaction_manager import TransactionManager
from prometheus_client import CollectorRegistry, generate_latest

from casecore.kafka.producer import refuse_new_epochs
from casecore.relay.health import STALLED_AFTER_SECONDS, RelayHealth
from casecore.relay.watchdog import WATCHDOG_EXIT_CODE
from tests.waiting import LIMIT_SECONDS

_STUCK = """
import threading
from casecore.relay.watchdog import Watchdog
watchdog = Watchdog(limit_seconds={limit})
with watchdog.guard("a quick step"):
    pass
with watchdog.guard("commit_transaction"):
    threading.Event().wait({wait})
print("went on")
"""


@pytest.mark.parametrize(
    ("wait", "limit", "code", "said"),
    [("600", "1", WATCHDOG_EXIT_CODE, "commit_transaction"), ("0", "600", 0, "went on")],
)
def test_a_step_that_lasts_too_long_ends_the_process(wait: str, limit: str, code: int, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _STUCK.format(wait=wait, limit=limit)],
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert ended.returncode == code
    assert said in ended.stdout


@pytest.mark.parametrize(
    "error", [OutOfOrderSequenceNumberError, UnknownProducerIdError, InvalidProducerEpochError]
)
def test_a_producer_that_was_replaced_does_not_ask_for_a_newer_epoch(error: type[Exception]) -> None:
    # Given a producer as kafka-python makes it, which would fence its own successor
    transactions = TransactionManager(transactional_id="relay", api_version=(4, 2))
    assert transactions.classify_batch_error(error, None) == TransactionManager.ERROR_CLASS_NEEDS_EPOCH_BUMP

    # Then ours takes the same error as final
    refuse_new_epochs(transactions)
    assert transactions.classify_batch_error(error, None) == TransactionManager.ERROR_CLASS_FATAL


def test_health_shows_what_is_published_and_what_waits() -> None:
    registry = CollectorRegistry()
    health = RelayHealth(registry)
    health.publishing(position=70, last_position=100)
    health.committed(7)
    assert health.check() == (True, "publishing")
    status = health.status()
    assert (status.position, status.last_position, status.lag_events) == (70, 100, 30)
    shown = generate_latest(registry).decode()
    for line in (
        "casecore_relay_up 1.0",
        "casecore_relay_position 70.0",
        "casecore_relay_lag_events 30.0",
        "casecore_relay_transactions_total 1.0",
        "casecore_relay_events_total 7.0",
    ):
        assert f"{line}\n" in shown


def test_records_of_others_that_were_passed_over_are_reported_and_do_not_make_it_unwell() -> None:
    registry = CollectorRegistry()
    health = RelayHealth(registry)
    health.passed_over(0)
    health.publishing(position=70, last_position=70)
    assert health.check() == (True, "publishing")
    health.passed_over(3)
    assert health.check() == (True, "publishing; at its start it passed over 3 records of others")
    assert "casecore_relay_foreign_records 3.0\n" in generate_latest(registry).decode()


def test_a_relay_that_waits_its_turn_is_well_and_one_without_a_database_is_not() -> None:
    health = RelayHealth()
    health.standing_by("session 7 of casecore")
    well, reason = health.check()
    assert well
    assert reason == (
        "another session holds the relay's lock; this relay waits for it"
        " (session 7 of casecore holds the relay's lock)"
    )
    health.store_unavailable()
    assert health.check() == (False, "PostgreSQL does not answer; trying again")
    health.starting()
    assert health.check()[0]


def test_a_relay_that_makes_no_progress_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    health = RelayHealth()
    health.publishing(position=70, last_position=100)
    later = health.status().progress_at_seconds + STALLED_AFTER_SECONDS + 1
    monkeypatch.setattr("casecore.relay.health.time.monotonic", lambda: later)
    healthy, reason = health.check()
    assert not healthy
    assert "30 events behind" in reason


@pytest.mark.parametrize("published", [70, None])
def test_a_relay_on_stand_by_is_not_well_while_nobody_publishes(
    monkeypatch: pytest.MonkeyPatch, published: int | None
) -> None:
    # Given a relay on stand-by, and events that wait
    registry = CollectorRegistry()
    health = RelayHealth(registry)
    now = health.status().progress_at_seconds
    monkeypatch.setattr("casecore.relay.health.time.monotonic", lambda: now)
    health.standing_by("session 7 of somebody")
    health.published_by_another(70, 100)
    assert health.check()[0]
    assert "casecore_relay_lag_events 30.0\n" in generate_latest(registry).decode()

    # When they still wait after some time, or Kafka does not say, it is not well, and says who is in the way
    now += STALLED_AFTER_SECONDS + 1
    health.standing_by("session 7 of somebody")
    health.published_by_another(published, 100)
    assert health.check() == (
        False,
        "nobody publishes: 30 events have waited for 31 s, and session 7 of somebody holds the relay's lock",
    )

    # When some of them, or all, are published, it is well again
    health.published_by_another(71, 100)
    assert health.check()[0]
    now += STALLED_AFTER_SECONDS + 1
    health.published_by_another(100, 100)
    assert health.check()[0]
    assert "casecore_relay_lag_events 0.0\n" in generate_latest(registry).decode()


def test_a_relay_on_stand_by_that_kafka_never_answered_does_not_say_how_many_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry = CollectorRegistry()
    health = RelayHealth(registry)
    now = health.status().progress_at_seconds
    monkeypatch.setattr("casecore.relay.health.time.monotonic", lambda: now)
    health.standing_by("session 7 of somebody")
    health.published_by_another(None, 100)
    assert health.check()[0]
    now += STALLED_AFTER_SECONDS + 1
    health.published_by_another(None, 100)
    assert health.check() == (
        False,
        "Kafka has not said for 31 s what is published, and session 7 of somebody holds the relay's lock",
    )
    assert health.status().lag_events == 0
    assert "casecore_relay_lag_events 0.0\n" in generate_latest(registry).decode()
