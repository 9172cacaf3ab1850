"""How far relay and views are behind, as metrics: what is measured, and what cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from casecore.app.application import Application
from casecore.app.engine_room import lag_metrics
from casecore.app.engine_room.lag import BehindLog, Lags, RelayLag, ViewLag
from casecore.app.engine_room.lag_metrics import LagMetrics, lag_measured
from casecore.app.settings import read_settings
from casecore.postgres.errors import DatabaseUnavailable
from tests.waiting import wait_until

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTHING = BehindLog(0, at_least=False, seconds=0.0)
TOO_MUCH = BehindLog(20_000, at_least=True, seconds=None)


def after(seconds: float, relay: BehindLog = NOTHING, view: BehindLog | None = NOTHING) -> Lags:
    """What is found so long after noon, of the relay and of one view."""
    return Lags(
        NOON + timedelta(seconds=seconds),
        RelayLag(7, 7, NOON, relay),
        [ViewLag("sla", 1, 1, NOON, NOON, view, 0, 0, [], "")],
    )


def behind(seconds: float) -> BehindLog:
    return BehindLog(3, at_least=False, seconds=seconds)


class Measured:
    """The metrics after some measurements."""

    def __init__(self, *lags: Lags) -> None:
        self.registry = CollectorRegistry()
        metrics = LagMetrics(self.registry)
        for one in lags:
            metrics.measured(one)

    def lag(self, part: str) -> float | None:
        return self.registry.get_sample_value("casecore_lag_seconds", {"part": part})

    def at(self) -> float | None:
        return self.registry.get_sample_value("casecore_lag_measured_at_seconds")


def test_the_lag_of_each_part_is_that_of_its_oldest_event() -> None:
    found = Measured(after(0, relay=behind(12.5), view=behind(80)))
    assert (found.lag("relay"), found.lag("sla"), found.at()) == (12.5, 80, NOON.timestamp())
    found = Measured(after(0, view=behind(80)), after(5))
    assert (found.lag("relay"), found.lag("sla"), found.at()) == (0, 0, NOON.timestamp() + 5)


def test_nothing_was_measured_before_it_is() -> None:
    assert (Measured().lag("relay"), Measured().at()) == (0, 0)


@pytest.mark.parametrize("unknown", [None, TOO_MUCH])
def test_who_is_behind_since_nobody_knows_when_is_so_since_it_was_known_at_least(
    unknown: BehindLog | None,
) -> None:
    # There is no view, or too much to say what is oldest
    assert Measured(after(0), after(10, view=unknown), after(70, view=unknown)).lag("sla") == 60
    assert Measured(after(0, view=behind(30)), after(10, view=unknown)).lag("sla") == 40
    assert Measured(after(0, view=unknown), after(70)).lag("sla") == 0


def test_where_it_cannot_be_measured_that_is_logged_once_and_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a database that answers at the third time
    answers = iter([DatabaseUnavailable("nobody there"), DatabaseUnavailable("nobody there"), after(0)])

    def lag_now(*_: object) -> Lags:
        answer = next(answers, after(0))
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(lag_metrics, "lag_now", lag_now)
    monkeypatch.setattr(lag_metrics, "EVERY_SECONDS", 0.01)
    registry, stop = CollectorRegistry(), Event()

    def measured_at() -> float | None:
        return registry.get_sample_value("casecore_lag_measured_at_seconds")

    with capture_logs() as lines, lag_measured(Application(read_settings({})), registry, stop):
        wait_until(lambda: measured_at() == NOON.timestamp(), "it is measured")
    assert [(line["event"], line["reason"]) for line in lines] == [("lag.not_measured", "nobody there")]
    assert stop.is_set()
