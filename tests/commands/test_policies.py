"""Policies and cases on one bus, on a real PostgreSQL: an opening sees what was published before it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.contract.cases import CaseEvent, Category
from casecore.contract.envelope import Role
from casecore.contract.service_levels import Calendar, Covers, Policy, PolicyPinned, PolicyPublished
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id
from casecore.contract.wire import StoredEvent, decode_event
from casecore.decider.command import GivenActor
from casecore.decider.refusal import NewerThanProgram
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from casecore.service_levels.refusals import PolicyTies, VersionPublished
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.cases.promises import SHA, calendar, policy
from tests.cases.steps import VENDOR

SYSTEM = GivenActor(person="run", organisation=VENDOR, role=Role.SYSTEM)
OPENING = c.OpenCase(customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="recovery")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOLD = policy("gold")
PINNED = "casecore.case.policy_pinned.v1"


def on(case: str, do: c.CaseAction) -> c.CaseCommand:
    return c.CaseCommand(command_id=uuid4(), actor=SYSTEM, occurred_at=MONDAY, case=case, do=do)


def publishing(what: Calendar | Policy, sha: str = SHA) -> ServiceLevelCommand:
    do: PublishCalendar | PublishPolicy
    if isinstance(what, Calendar):
        do = PublishCalendar(organisation=VENDOR, calendar=what, definition_sha256=sha)
    else:
        do = PublishPolicy(policy=what, definition_sha256=sha)
    return ServiceLevelCommand(command_id=uuid4(), actor=SYSTEM, do=do)


@pytest.fixture
def bus(database: str) -> Iterator[CommandBus]:
    migrate(database)
    with another(database) as bus:
        yield bus


def another(database: str) -> CommandBus:
    """The bus of a process of its own."""
    return CommandBus(database, [CASES, SERVICE_LEVELS], VENDOR)


def log_of(database: str) -> list[StoredEvent]:
    with LogReader(database) as log:
        return log.read(0, 100_000)


def pinned(answer: Answer) -> bool:
    return PINNED in answer.types


def test_an_opening_and_its_policy_are_one_command_with_one_receipt(bus: CommandBus, database: str) -> None:
    bus.give(publishing(calendar()))
    bus.give(publishing(GOLD))
    answer = bus.give(on("C-1", OPENING))
    assert (answer.version, answer.events) == (2, 2)
    assert answer.types == ("casecore.case.opened.v1", PINNED)
    opened, pin = (decode_event(event).fact for event in log_of(database)[2:])
    assert (opened.command_id, opened.occurred_at) == (pin.command_id, pin.occurred_at)
    assert isinstance(pin.data, PolicyPinned)
    assert pin.data.policy == GOLD


def test_what_was_published_in_the_same_batch_before_it_holds_for_an_opening(
    bus: CommandBus, database: str
) -> None:
    # Given one batch: an opening, a calendar and a policy, another opening, another version, a third opening
    futures = [
        bus.submit(command)
        for command in (
            on("C-0", OPENING),
            publishing(calendar()),
            publishing(GOLD),
            on("C-1", OPENING),
            publishing(policy("gold", version=2), "1e" * 32),
            on("C-2", OPENING),
        )
    ]
    answers = [future.result() for future in futures]
    # Then each opening has what was there before it
    assert [pinned(answers[place]) for place in (0, 3, 5)] == [False, True, True]
    facts = [decode_event(event).fact.data for event in log_of(database)]
    assert [fact.policy.version for fact in facts if isinstance(fact, PolicyPinned)] == [1, 2]


def test_a_policy_that_another_process_published_holds_for_the_next_opening(
    bus: CommandBus, database: str
) -> None:
    # Given a process that knows the book as it was
    assert not pinned(bus.give(on("C-1", OPENING)))
    # When another one publishes
    with another(database) as other:
        other.give(publishing(calendar()))
        other.give(publishing(GOLD))
    # Then the next opening has it, and an arrival at a level what is published for that
    assert pinned(bus.give(on("C-2", OPENING)))
    with another(database) as other:
        other.give(publishing(policy("level", Covers.LEVEL_1)))
    assert pinned(bus.give(on("C-2", c.EscalateCase())))
    assert not pinned(bus.give(on("C-2", c.HandBackCase())))


def test_a_process_that_starts_from_scratch_knows_the_whole_book(bus: CommandBus, database: str) -> None:
    bus.give(publishing(calendar()))
    bus.give(publishing(GOLD))
    with another(database) as other:
        assert pinned(other.give(on("C-1", OPENING)))
        assert other.give(publishing(GOLD)).events == 0


def test_two_processes_that_publish_at_once_do_not_make_a_tie(bus: CommandBus, database: str) -> None:
    # Given two processes and forty policies that all tie with each other
    bus.give(publishing(calendar()))
    with another(database) as other, ThreadPoolExecutor(40) as callers:

        def publish(number: int) -> bool:
            try:
                return bool((bus, other)[number % 2].give(publishing(policy(f"p{number}"))).events)
            except PolicyTies:
                return False

        assert sum(callers.map(publish, range(40))) == 1
    # Then one is published
    facts = [decode_event(event).fact.data for event in log_of(database)]
    assert sum(isinstance(fact, PolicyPublished) for fact in facts) == 1


def test_the_same_version_published_by_many_at_once_is_one_fact(bus: CommandBus, database: str) -> None:
    bus.give(publishing(calendar()))
    with another(database) as other, ThreadPoolExecutor(20) as callers:

        def publish(number: int) -> str:
            command = publishing(GOLD, ("0f", "1e")[number % 4 == 3] * 32)
            try:
                return f"stored {(bus, other)[number % 2].give(command).events}"
            except VersionPublished:
                return "refused"

        answers = list(callers.map(publish, range(20)))
    assert answers.count("stored 1") == 1
    facts = [decode_event(event).fact.data for event in log_of(database)]
    assert sum(isinstance(fact, PolicyPublished) for fact in facts) == 1


def test_fifty_openings_while_a_policy_is_published_have_what_was_there_before_them_or_none(
    bus: CommandBus, database: str
) -> None:
    # Given a calendar, and callers who open cases from two processes
    bus.give(publishing(calendar()))
    versions = [policy("gold", version=n) for n in (1, 2, 3)]
    with another(database) as other, ThreadPoolExecutor(16) as callers:
        opening = [
            callers.submit((bus, other)[number % 2].give, on(f"C-{number}", OPENING)) for number in range(50)
        ]
        # When three versions of a policy are published meanwhile
        for version in versions:
            bus.give(publishing(version, f"{version.version:064x}"))
        answers = [future.result() for future in opening]
    # Then no case is under what was published after it
    published_at: dict[int, int] = {}
    cases: dict[object, list[CaseEvent]] = {}
    for event in log_of(database):
        data = decode_event(event).fact.data
        if isinstance(data, PolicyPublished):
            published_at[data.policy.version] = event.position
        if isinstance(data, CaseEvent):
            cases.setdefault(event.stream_id, []).append(data)
        if isinstance(data, PolicyPinned):
            assert published_at[data.policy.version] < event.position
            assert data.policy == versions[data.policy.version - 1]
    # and each case says so in its own events, as its caller heard
    assert len(published_at) == 3
    for number, answer in enumerate(answers):
        found = cases[case_stream_id(f"C-{number}")]
        assert [type(data).__name__ for data in found] == ["CaseOpened", "PolicyPinned"][: answer.events]
        assert len({data.standing for data in found}) == 1
    # and what is opened from now on is under the last version, whichever caller opens it.
    assert pinned(bus.give(on("C-x", OPENING)))
    last = decode_event(log_of(database)[-1]).fact.data
    assert isinstance(last, PolicyPinned)
    assert last.policy == versions[2]


def test_an_opening_whose_answer_was_lost_has_its_policy_once(
    bus: CommandBus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.give(publishing(calendar()))
    bus.give(publishing(GOLD))
    opening = on("C-1", OPENING)
    first = bus.give(opening)
    with another(database) as other:
        other.give(publishing(policy("gold", version=2), "1e" * 32))
        again = other.give(opening)
    assert (again.version, again.events, again.repeated) == (first.version, 2, True)
    assert sum(event.type == PINNED for event in log_of(database)) == 1


def test_a_book_that_cannot_be_read_is_said_and_harms_only_what_needs_it(
    bus: CommandBus, database: str
) -> None:
    # Given a book with an event of a later program
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "insert into casecore.stored_events"
            " (originator_id, originator_version, topic, state, recorded_at)"
            " values (%s, 1, 'casecore.service_level.policy_published.v9', '{}', now())",
            [SERVICE_LEVEL_BOOK],
        )
    # Then a reader that needs it learns which event that is
    for command in (on("C-1", OPENING), publishing(GOLD)):
        with pytest.raises(NewerThanProgram, match=f"Event 1 of stream {SERVICE_LEVEL_BOOK}"):
            bus.give(command)
    # while what needs no policy is taken: an opened case goes on
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("delete from casecore.stored_events")
        bus.give(on("C-2", OPENING))
        connection.execute(
            "insert into casecore.stored_events"
            " (originator_id, originator_version, topic, state, recorded_at)"
            " values (%s, 1, 'casecore.service_level.policy_published.v9', '{}', now())",
            [SERVICE_LEVEL_BOOK],
        )
    assert bus.give(on("C-2", c.PostMessage(text="hello"))).version == 2
    # and it is read again as soon as it can be.
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("delete from casecore.stored_events")
    assert bus.give(on("C-1", OPENING)).version == 1
