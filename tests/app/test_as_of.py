"""What was answered stays the answer to that question, whatever is recorded later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.app.application import Application, open_app
from casecore.app.service_levels.answers import due, report
from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.clocks import clocks_of_case
from casecore.app.settings import read_settings
from casecore.cases import commands as c
from casecore.contract.cases import Category, Priority, Sender
from casecore.contract.service_levels import Clock, ClockTerms, Targets
from casecore.contract.streams import case_stream_id
from casecore.decider.refusal import Refusal
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.store.migrations import migrate
from projections.sla.queries import DueFilter
from projections.sla.reports import AttainmentFilter
from tests.cases.promises import SHA, calendar, policy
from tests.clocks.casebook import CUSTOMER, RESELLER, SYSTEM, VENDOR
from tests.profiles import scaled

DAY_AND_NIGHT = calendar(weekly=(("00:00-24:00",),) * 7)
MINUTES = Targets(*(60 * minutes for minutes in (5, 10, 20, 40)))
SOON = policy(
    "soon",
    calendar=DAY_AND_NIGHT,
    clocks=tuple(
        ClockTerms(clock, MINUTES, True, (50,)) for clock in (Clock.FIRST_RESPONSE, Clock.RESOLUTION)
    ),
)


class Step(NamedTuple):
    """What is recorded next of a case, and how many minutes ago it happened."""

    do: c.PlainAction
    minutes_ago: int


STEPS: tuple[c.PlainAction, ...] = (
    c.TakeCase(),
    c.WaitForCustomer(),
    c.ResumeCase(),
    c.ChangePriority(priority=Priority.URGENT),
    c.PostMessage(text="Hello", sender=Sender.AGENT),
    c.PostMessage(text="Hello?", sender=Sender.CUSTOMER),
    c.ResolveCase(resolution_code="solved"),
    c.ReopenCase(),
)


@pytest.fixture
def app(database: str) -> Iterator[Application]:
    migrate(database)
    with open_app(read_settings({"CASECORE_DATABASE": database, "CASECORE_KAFKA": "127.0.0.1:1"})) as app:
        for do in (
            PublishCalendar(organisation=VENDOR, calendar=DAY_AND_NIGHT, definition_sha256=SHA),
            PublishPolicy(policy=SOON, definition_sha256=SHA),
        ):
            app.bus.give(ServiceLevelCommand(command_id=uuid4(), actor=SYSTEM, do=do))
        yield app


def record(app: Application, case: str, do: c.PlainAction, minutes_ago: int) -> None:
    """Record that something happened to a case, unless it is refused."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    with suppress(Refusal):
        app.bus.give(c.CaseCommand(command_id=uuid4(), actor=SYSTEM, occurred_at=at, case=case, do=do))


def answers(app: Application, case: str, as_of: AsOf) -> tuple[object, ...]:
    """What is answered of a case, of what falls due, and of what was met and missed."""
    return (
        clocks_of_case(app, case, as_of),
        due(app, DueFilter(limit=1_000), as_of),
        report(app, AttainmentFilter(), as_of),
    )


steps = st.lists(st.builds(Step, st.sampled_from(STEPS), st.integers(0, 90)), min_size=1, max_size=8)


@scaled(0.2, suppressed=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_what_was_answered_is_answered_again_whatever_came_since(app: Application, steps: list[Step]) -> None:
    # Given a case, and what was answered after each fact, of which some were recorded late
    case = f"C-{uuid4().hex[:12]}"
    opening = c.OpenCase(
        customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
    )
    record(app, case, opening, minutes_ago=100)
    kept = []
    for step in steps:
        record(app, case, *step)
        recorded_at = app.log.stream(case_stream_id(case))[-1].recorded_at
        now = AsOf(recorded_at, recorded_at)
        kept.append((now, answers(app, case, now)))
    # When each is asked again
    # Then the answer is the same
    for as_of, answered in kept:
        assert answers(app, case, as_of) == answered


def test_what_comes_late_changes_the_past_as_known_now_and_not_as_known_then(app: Application) -> None:
    # Given a case that nobody answered within its ten minutes, by what was recorded
    opening = c.OpenCase(
        customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
    )
    record(app, "C-1", opening, minutes_ago=100)
    then = app.log.read(0, 100)[-1].recorded_at
    # When it becomes known that it had been answered in time
    record(app, "C-1", c.PostMessage(text="Hello", sender=Sender.AGENT), minutes_ago=99)
    # Then it was missed as known then, and met as known now
    for as_of, status in (
        (AsOf(then, then), "missed"),
        (AsOf(then, datetime.now(UTC) + timedelta(hours=1)), "met"),
    ):
        (response,) = [
            clock for clock in clocks_of_case(app, "C-1", as_of).clocks if clock.clock == "first_response"
        ]
        assert response.status == status
        assert response.answered_at == then
