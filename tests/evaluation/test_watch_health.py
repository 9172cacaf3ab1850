"""How the watch fares, as its health check and its metrics say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from casecore.evaluation import watch_health
from casecore.evaluation.watch_health import STALLED_AFTER_SECONDS, WatchHealth
from casecore.postgres.errors import DatabaseUnavailable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def metrics(health: WatchHealth) -> dict[str, float]:
    lines = generate_latest(health.registry).decode().splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if line[0] != "#")}


def test_a_watch_says_when_it_looked_last_and_what_it_waits_for() -> None:
    health = WatchHealth(every_seconds=10)
    assert health.check() == (False, "it has not looked yet")
    # While it records misses of long ago, which may take a while, it is well
    health.recording(1_204)
    health.moved(500)
    assert health.check() == (True, "recording 1,204 misses of long ago")
    health.moved(704)
    health.due_soon_unassigned(3)
    health.looked(NOON, 1_204, left_out=2)
    assert health.check() == (True, "looked last at 2026-03-02 12:00:00 UTC, and recorded 1,204 events")
    found = metrics(health)
    assert (found["casecore_watch_up"], found["casecore_watch_looks_total"]) == (1, 1)
    assert (found["casecore_watch_events_total"], found["casecore_watch_cases_left_out"]) == (1_204, 2)
    assert found["casecore_watch_looked_at_seconds"] == NOON.timestamp()
    assert found["casecore_watch_cases_due_soon_unassigned"] == 3
    # Where something is unavailable, it is not
    with capture_logs() as lines:
        for _ in range(2):
            health.troubled(DatabaseUnavailable("no answer from db.internal as clerk"))
    assert health.check() == (False, "PostgreSQL does not answer; the log has its words")
    assert [line["reason"] for line in lines] == ["no answer from db.internal as clerk"]
    assert metrics(health)["casecore_watch_up"] == 0


def test_a_watch_that_does_not_move_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(watch_health.time, "monotonic", lambda: now[0])
    health = WatchHealth(every_seconds=3_600)
    health.looked(NOON, 0, left_out=0)
    # An hour's rest is no standstill
    now[0] += 3_600
    assert health.check()[0]
    now[0] += STALLED_AFTER_SECONDS + 1
    well, reason = health.check()
    assert not well
    assert reason.startswith("the watch has not moved for 3901 s (looked last at 2026-03-02 12:00:00")
