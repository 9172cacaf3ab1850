"""What the bus decides from memory, on a real PostgreSQL: it never shows that another process was quicker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.cases.refusals import IllegalMove
from casecore.commands import protocol
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Category
from casecore.contract.service_levels import Covers
from casecore.contract.streams import case_stream_id
from casecore.decider.refusal import CommandIdReused
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from casecore.store.recorder import LogRecorder
from tests.cases.promises import calendar, policy
from tests.commands.test_bus import OPENING, command
from tests.commands.test_policies import PINNED, another, on, publishing

SOLVED = c.ResolveCase(resolution_code="solved")


@pytest.fixture
def two(database: str) -> Iterator[tuple[CommandBus, CommandBus]]:
    """Two processes, of which the first remembers a case that it has opened and taken."""
    migrate(database)
    with CommandBus(database, [CASES], "vendor") as one, CommandBus(database, [CASES], "vendor") as other:
        one.give(command("C-1", OPENING))
        one.give(command("C-1", c.TakeCase(agent="ida")))
        yield one, other


@contextmanager
def counted_loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many streams each look at the store asks for."""
    load, loads = LogRecorder.load, []

    def counted(self: LogRecorder, known: Any, *rest: Any) -> Any:
        loads.append(len(known))
        return load(self, known, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(LogRecorder, "load", counted)
        yield loads


def versions(database: str) -> list[int]:
    with LogReader(database) as log:
        return [event.version for event in log.stream(case_stream_id("C-1"))]


def test_what_is_remembered_is_not_loaded_again(
    two: tuple[CommandBus, CommandBus], monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    one, _ = two
    monkeypatch.setattr(protocol, "TRUSTED_SECONDS", 60.0)
    with counted_loads(monkeypatch) as loads:
        answers = [one.give(command("C-1", c.PostMessage(text=f"message {n}"))) for n in range(10)]
    assert loads == []
    assert [answer.version for answer in answers] == list(range(3, 13))
    assert versions(database) == list(range(1, 13))


def test_the_clock_is_not_reckoned_on_for_long(
    two: tuple[CommandBus, CommandBus], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = two
    monkeypatch.setattr(protocol, "TRUSTED_SECONDS", 0.0)
    with counted_loads(monkeypatch) as loads:
        one.give(command("C-1", c.PostMessage(text="message")))
    assert len(loads) == 1


def test_a_case_that_another_process_moved_is_decided_on_as_it_is_now(
    two: tuple[CommandBus, CommandBus], database: str
) -> None:
    one, other = two
    # Given that another process has resolved the case
    other.give(command("C-1", SOLVED))
    # When it is escalated, which the first process remembers as legal
    escalation = one.submit(command("C-1", c.EscalateCase()))
    # Then it is refused
    assert isinstance(escalation.exception(), IllegalMove)
    assert versions(database) == [1, 2, 3]


def test_a_command_is_never_refused_from_memory(two: tuple[CommandBus, CommandBus]) -> None:
    one, other = two
    other.give(command("C-1", SOLVED))
    # By memory the case is still at work, and what is at work cannot be closed
    assert one.give(command("C-1", c.CloseCase())).version == 4


def test_that_nothing_changes_is_never_answered_from_memory_alone(
    two: tuple[CommandBus, CommandBus],
) -> None:
    one, other = two
    other.give(command("C-1", c.AssignCase(agent="udo")))
    # By memory ida has the case, so that to assign it to ida would change nothing
    assert one.give(command("C-1", c.AssignCase(agent="ida"))).events == 1


def test_a_command_with_a_receipt_is_found_although_it_would_be_legal_again(
    two: tuple[CommandBus, CommandBus], database: str
) -> None:
    one, _ = two
    message = command("C-1", c.PostMessage(text="once"))
    first, again = one.give(message), one.give(message)
    assert (first.version, first.repeated) == (3, False)
    assert (again.version, again.repeated) == (3, True)
    with pytest.raises(CommandIdReused):
        one.give(command("C-1", c.PostMessage(text="twice"), message.command_id))
    assert versions(database) == [1, 2, 3]


def test_a_policy_that_another_process_published_is_pinned(database: str) -> None:
    migrate(database)
    with another(database) as one, another(database) as other:
        # Given a process that remembers that nothing is promised, and how a case goes
        level_0 = c.OpenCase(
            customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation"
        )
        one.give(on("C-1", level_0))
        one.give(on("C-1", c.TakeCase(agent="ida")))
        # When another one publishes a promise for level 1, and the case is escalated
        other.give(publishing(calendar()))
        other.give(publishing(policy("gold", Covers.LEVEL_1)))
        # Then it is decided on what is promised now
        assert PINNED in one.give(on("C-1", c.EscalateCase())).types


def test_times_do_not_run_ahead_of_the_store_after_its_clock_was_set_back(
    two: tuple[CommandBus, CommandBus], database: str
) -> None:
    one, _ = two
    # Given an event that was stored while the clock was an hour ahead
    with psycopg.connect(database) as connection:
        connection.execute(
            "update casecore.stored_events set recorded_at = now() + interval '1 hour' "
            "where originator_version = 2"
        )
    ahead = datetime.now(UTC) + timedelta(hours=1)
    # When commands are given one after the other
    for n in range(5):
        one.give(command("C-1", c.PostMessage(text=f"message {n}")))
    # Then their time stands still until the clock has come that far, and does not go on from there
    with LogReader(database) as log:
        recorded = [event.recorded_at for event in log.stream(case_stream_id("C-1"))[1:]]
    assert recorded == sorted(recorded)
    assert recorded[-1] <= ahead
