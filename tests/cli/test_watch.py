"""The watch at the command line: what it says before it records, and when it looked last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

import psycopg
import pytest

from casecore.app.application import Application, open_app
from casecore.app.service_levels.last_look import LastLook, last_look
from casecore.app.service_levels.watching import Listener, record_what_is_due, watch
from casecore.app.settings import read_settings
from casecore.cases import commands as c
from casecore.cli.zone import in_zone
from casecore.contract.cases import Category
from casecore.contract.service_levels import Clock, ClockTerms, Targets
from casecore.contract.streams import case_stream_id
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.watch_count import ClockAtLevel
from casecore.evaluation.watch_health import WatchHealth
from casecore.postgres.errors import DatabaseUnavailable
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.store.log import LogReader
from projections.sla.projection import SLA
from tests.cases.promises import SHA, calendar, policy
from tests.cli.asking import asked, run, use
from tests.clocks.casebook import CUSTOMER, RESELLER, SYSTEM, VENDOR
from tests.projections.stored import fold_store
from tests.waiting import LIMIT_SECONDS, wait_until

DAY_AND_NIGHT = calendar(weekly=(("00:00-24:00",),) * 7)
HOUR = Targets(*(3_600 for _ in range(4)))
WITHIN_AN_HOUR = policy(
    "hour", calendar=DAY_AND_NIGHT, clocks=(ClockTerms(Clock.FIRST_RESPONSE, HOUR, False, (50,)),)
)
_END_OTHERS = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""
OPENING = c.OpenCase(
    customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
)


@pytest.fixture
def app(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """A store with three cases that nobody has answered for a week, one for two hours, and a new one."""
    use(database, monkeypatch)
    with open_app(read_settings({"CASECORE_DATABASE": database, "CASECORE_KAFKA": "127.0.0.1:1"})) as app:
        for do in (
            PublishCalendar(organisation=VENDOR, calendar=DAY_AND_NIGHT, definition_sha256=SHA),
            PublishPolicy(policy=WITHIN_AN_HOUR, definition_sha256=SHA),
        ):
            app.bus.give(ServiceLevelCommand(command_id=uuid4(), actor=SYSTEM, do=do))
        for number, hours in enumerate((168, 168, 168, 2, 0)):
            open_a_case(app, f"C-{number}", hours)
        yield app


def open_a_case(app: Application, case: str, hours_ago: int) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    command = c.CaseCommand(command_id=uuid4(), actor=SYSTEM, occurred_at=at, case=case, do=OPENING)

    def is_given() -> bool:
        with suppress(DatabaseUnavailable):
            app.bus.give(command)
            return True
        return False

    wait_until(is_given, f"{case} is opened")


def notes_of(app: Application, case: str) -> int:
    """How many warnings and misses a case has."""
    with LogReader(app.database) as log:
        return sum(".service_level_" in event.type for event in log.stream(case_stream_id(case)))


def test_an_old_store_hears_how_many_misses_of_long_ago_come_before_they_are_recorded(
    app: Application,
) -> None:
    fold_store(app.database, SLA)
    before = app.log.count()
    assert last_look(app.settings) == LastLook(None)
    assert "The watch of service levels has not looked yet." in run("status", exits=4)
    # When somebody asks first what a look would record
    counted = {
        "clock": "first_response",
        "level": None,
        "warnings": 4,
        "misses": 4,
        "long_ago": 3,
        "withdrawals": 0,
    }
    found = asked("sla", "watch", "--check")
    assert (found["due"], found["left_out"], found["behind"]) == ([counted], [], 0)
    assert "first response" in run("sla", "watch", "--check")
    assert app.log.count() == before
    # Or lets the watch look
    heard: list[tuple[int, object]] = []
    listener = Listener(
        of_long_ago=lambda misses: heard.append((app.log.count() - before, misses)),
        recorded=lambda events: heard.append((app.log.count() - before, events)),
    )
    look = record_what_is_due(app, Event(), LeftOut(), listener)
    # Then the number comes before the first of them is recorded
    assert heard == [(0, {(Clock.FIRST_RESPONSE, None): 3}), (8, 8)]
    # and the store knows when the watch looked
    assert last_look(app.settings) == LastLook(look)
    at = in_zone(look.looked_at)
    said = " ".join(run("status", exits=4).split())
    assert f"The watch of service levels looked last at {at}, and recorded 8 events." in said


def test_what_the_view_learns_of_after_the_count_is_said_before_it_is_recorded_too(app: Application) -> None:
    # Given a view that folds another old case while the first ones are counted
    fold_store(app.database, SLA)
    before, heard = app.log.count(), list[tuple[int, int]]()

    def of_long_ago(misses: Counter[ClockAtLevel]) -> None:
        heard.append((app.log.count() - before, misses.total()))
        if len(heard) == 1:
            open_a_case(app, "C-9", hours_ago=200)
            fold_store(app.database, SLA)

    # When the watch looks
    record_what_is_due(app, Event(), LeftOut(), Listener(of_long_ago=of_long_ago))
    # Then what it says adds up to what it records, and comes first (C-9 has two events by then)
    assert heard == [(0, 3), (2, 1)]


def test_the_command_says_it_too_and_once_only(app: Application) -> None:
    fold_store(app.database, SLA)
    said = " ".join(run("sla", "watch", "--once").split())
    announced = "misses that fell due more than a day ago and are recorded now: 3 (first response 3)"
    assert announced in said
    assert said.index(announced) < said.index("recorded 8 events")
    # Also where the view has not come as far as the store yet, which it says
    again = run("sla", "watch", "--once", exits=5)
    assert "0 warnings, misses and withdrawals recorded.\n" in again
    assert "8 events behind" in again


def test_a_watch_that_goes_on_waits_for_its_view_and_says_so(app: Application) -> None:
    stop, health = Event(), WatchHealth(every_seconds=0.1)
    thread = Thread(target=watch, args=(app, 0.1, stop, LeftOut(), Listener(), health))
    # Given a runner that has not made its view yet
    thread.start()
    try:
        wait_until(lambda: "there is no view sla" in health.check()[1], "it says what it waits for")
        assert not health.check()[0]
        # When the view is there
        fold_store(app.database, SLA)
        # Then it looks, and goes on
        wait_until(lambda: health.check()[0], f"it looks: {health.check()[1]}")
        wait_until(lambda: "recorded 0 events" in health.check()[1], "it looks again")
        # When PostgreSQL ends all its sessions, and another case falls due
        with psycopg.connect(app.database, autocommit=True) as connection:
            connection.execute(_END_OTHERS)
        open_a_case(app, "C-9", hours_ago=2)
        fold_store(app.database, SLA)
        # Then it is recorded as well
        wait_until(lambda: notes_of(app, "C-9") == 2, f"it goes on: {health.check()[1]}")
    finally:
        stop.set()
        thread.join(LIMIT_SECONDS)
    assert not thread.is_alive()
    fold_store(app.database, SLA)
    assert run("sla", "watch", "--once") == "0 warnings, misses and withdrawals recorded.\n"
