"""The watch: each warning and miss becomes a fact once, however often it runs and is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.cases.commands import CaseCommand
from casecore.cases.decider import CASES
from casecore.cases.refusals import CaseMovedOn
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.clocks.reading import ClockStatus
from casecore.commands.bus import CommandBus
from casecore.contract.cases import CaseEvent, Category, Priority, Sender
from casecore.contract.service_levels import (
    Clock,
    ClockTerms,
    OnChange,
    PolicyPinned,
    ServiceLevelEvent,
    ServiceLevelMissed,
    ServiceLevelMissWithdrawn,
    ServiceLevelWarned,
    Targets,
)
from casecore.contract.streams import case_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.decider.decider import Context
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents
from casecore.evaluation.watch import commands_for, watch_cases
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.cases.promises import HOUR, SHA, calendar, policy
from tests.clocks.casebook import CUSTOMER, RESELLER, SYSTEM, VENDOR, CaseWriter
from tests.clocks.random_cases import RandomCase, random_cases
from tests.evaluation.stories import case_of_events
from tests.newer_words import as_a_newer_program_wrote
from tests.profiles import scaled

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
OPENING = c.OpenCase(
    customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
)
AGENT_WRITES = c.PostMessage(text="Hello", sender=Sender.AGENT)

# Four hours to the first response, with warnings after one and after three.
FOUR_HOURS = Targets(*(4 * HOUR for _ in range(4)))
RESPONSE = policy("response", clocks=(ClockTerms(Clock.FIRST_RESPONSE, FOUR_HOURS, False, (25, 75)),))


def clock(hour: int, minute: int = 0) -> datetime:
    """A time of that Monday; the office is open from 8 to 12 and from 13 to 17."""
    return MONDAY + timedelta(hours=hour, minutes=minute)


class Watched(CaseWriter):
    """A case that is written, and watched from time to time."""

    looked_at = LATER

    def seen(self) -> CaseEvents:
        return case_of_events(self.events)

    def watch(self, at: datetime, give_up_after: int = 1_000) -> list[ServiceLevelEvent]:
        """Watch it as of an instant; the watch may be killed after some commands."""
        self.looked_at = at
        commands = commands_for(self.seen() if self.events else None, at)
        return [made for command in commands[:give_up_after] for made in self.give(command)]

    def give(self, command: CaseCommand) -> list[ServiceLevelEvent]:
        """As the write side takes it; raises the Refusal."""
        at = command.occurred_at or self.looked_at  # a withdrawal is one of now
        context = Context(now=LATER, occurred_at=at, vendor=VENDOR)
        found = []
        for data in CASES.decide(self.case, command, context).events:
            assert isinstance(data, ServiceLevelEvent)
            self._write(at, data)
            found.append(data)
        return found

    def findings(self) -> list[tuple[datetime, type, int | None]]:
        """What is recorded: when it occurred, what it is, the percent of a warning."""
        return [
            (at, type(data), getattr(data, "percent", None))
            for at, _, data in self.events
            if isinstance(data, ServiceLevelEvent)
        ]

    def said(self) -> list[tuple[datetime, type, dict[str, Any]]]:
        """What is recorded, with all that it says of its clock."""
        about_the_clock = {*ServiceLevelWarned.__struct_fields__} - {*CaseEvent.__struct_fields__}
        return [
            (at, type(data), {name: getattr(data, name, None) for name in sorted(about_the_clock)})
            for at, _, data in self.events
            if isinstance(data, ServiceLevelEvent)
        ]

    def net(self) -> Any:
        """What counts in the end."""
        assert self.case is not None
        return self.case.noted


def waiting_for_a_response() -> Watched:
    """A case opened at nine, to be answered by two o'clock."""
    case = Watched()
    case.act(clock(9), OPENING)
    case.pin(clock(9), RESPONSE)
    return case


WARNED_25 = (clock(10), ServiceLevelWarned, 25)
WARNED_75 = (clock(12), ServiceLevelWarned, 75)
MISSED = (clock(14), ServiceLevelMissed, None)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (clock(8), []),
        (clock(9, 59), []),
        (clock(10), [WARNED_25]),
        (clock(13, 59), [WARNED_25, WARNED_75]),
        (clock(14), [WARNED_25, WARNED_75]),
        (clock(14) + timedelta(microseconds=1), [WARNED_25, WARNED_75, MISSED]),
        (clock(400), [WARNED_25, WARNED_75, MISSED]),
    ],
    ids=str,
)
def test_each_is_recorded_with_the_instant_at_which_it_occurred(at: datetime, expected: list[Any]) -> None:
    case = waiting_for_a_response()
    case.watch(at)
    assert case.findings() == expected
    assert case.watch(at) == []


def test_what_is_recorded_says_which_promise_it_is_about() -> None:
    case = waiting_for_a_response()
    missed = case.watch(clock(15))[-1]
    assert (missed.clock, missed.level, missed.number) == (Clock.FIRST_RESPONSE, None, 1)
    assert (missed.policy_id, missed.policy_version, missed.organisation) == ("response", 1, VENDOR)
    assert (missed.target_seconds, missed.due_at) == (4 * HOUR, clock(14))


def test_a_case_met_in_time_is_warned_of_even_if_nobody_looked_and_is_not_missed() -> None:
    case = waiting_for_a_response()
    case.act(clock(13, 30), AGENT_WRITES)
    case.watch(clock(400))
    assert case.findings() == [WARNED_25, WARNED_75]


def test_a_miss_is_recorded_also_when_the_case_was_answered_and_ended_before_anybody_looked() -> None:
    case = waiting_for_a_response()
    case.act(clock(14, 30), c.TakeCase())
    case.act(clock(15), c.ResolveCase(resolution_code="solved"))
    case.act(clock(16), c.CloseCase())
    case.watch(clock(400))
    assert case.findings() == [WARNED_25, WARNED_75, MISSED]


def test_a_late_message_withdraws_a_miss_and_the_watch_says_it_once() -> None:
    # Given a miss that was recorded
    case = waiting_for_a_response()
    case.watch(clock(15))
    # When it becomes known that the customer had been answered in time
    case.act(clock(11), AGENT_WRITES)
    # Then the miss is withdrawn, in the words in which it was recorded, once
    (withdrawn,) = case.watch(clock(16))
    assert isinstance(withdrawn, ServiceLevelMissWithdrawn)
    assert (withdrawn.due_at, withdrawn.policy_id, withdrawn.number) == (clock(14), "response", 1)
    assert case.watch(clock(16)) == []
    assert case.watch(clock(20)) == []
    assert {noted.percent for noted in case.net()} == {25, 75}


def test_a_miss_that_was_withdrawn_is_recorded_again_when_it_is_one_after_all() -> None:
    # Given a miss that was withdrawn, since a longer promise was pinned in time
    case = waiting_for_a_response()
    case.watch(clock(15))
    longer = policy("longer", clocks=(ClockTerms(Clock.FIRST_RESPONSE, Targets(*(7 * HOUR,) * 4)),))
    case.pin(clock(12), longer)
    assert [type(made) for made in case.watch(clock(16))] == [ServiceLevelMissWithdrawn]
    # When one is pinned after it that is shorter, and had been missed before the withdrawal
    shorter = policy("shorter", clocks=(ClockTerms(Clock.FIRST_RESPONSE, Targets(*(5 * HOUR,) * 4)),))
    case.pin(clock(13), shorter)
    # Then it is a miss again, once
    (again,) = case.watch(clock(17))
    assert isinstance(again, ServiceLevelMissed)
    assert (again.policy_id, again.due_at) == ("shorter", clock(15))
    assert case.watch(clock(17)) == []
    # and can be withdrawn again.
    case.act(clock(11), AGENT_WRITES)
    assert [type(made) for made in case.watch(clock(18))] == [ServiceLevelMissWithdrawn]
    assert case.watch(clock(19)) == []


RESTARTS = policy(
    "restarts",
    clocks=(ClockTerms(Clock.RESOLUTION, Targets(*(2 * HOUR,) * 4), False, (50, 75)),),
    on_change=OnChange.RESTART,
)


def restarted() -> Watched:
    """Two hours for a resolution, from one o'clock on, and again from a quarter to three on."""
    case = Watched()
    case.act(clock(13), OPENING)
    case.pin(clock(13), RESTARTS)
    case.act(clock(14, 45), c.ChangePriority(priority=Priority.HIGH))
    return case


FIRST_RUN = [(clock(14), clock(15), clock(13)), (clock(14, 30), clock(15), clock(13))]
SECOND_RUN = [
    (clock(15, 45), clock(16, 45), clock(14, 45)),
    (clock(16, 15), clock(16, 45), clock(14, 45)),
]


def warnings(case: Watched) -> list[tuple[datetime, datetime | None, datetime | None]]:
    """When each occurred, when the clock was due then, and when the run of the clock had begun."""
    return [
        (at, data.due_at, data.run_started_at)
        for at, _, data in case.events
        if isinstance(data, ServiceLevelWarned)
    ]


@pytest.mark.parametrize("looks", [(), (14,), (14, 15, 16), (15,)], ids=str)
def test_a_restarted_clock_warns_in_each_run_whenever_somebody_looks(looks: tuple[int, ...]) -> None:
    case = restarted()
    for hour in looks:
        case.watch(clock(hour, 1))
    case.watch(clock(20))
    assert sorted(warnings(case)) == FIRST_RUN + SECOND_RUN
    assert case.findings()[-1] == (clock(16, 45), ServiceLevelMissed, None)
    assert case.watch(clock(21)) == []


def test_warnings_recorded_without_their_run_are_not_recorded_again() -> None:
    # Given the warnings of the first run, as an earlier version recorded them: with the due of the second
    case = restarted()
    for note in commands_for(case.seen(), clock(14, 46)):
        assert isinstance(note.do, c.NoteServiceLevel)
        earlier = replace(note.do.note, run_started_at=None, due_at=clock(16, 45))
        case.give(replace(note, do=replace(note.do, note=earlier)))
    # When today's watch looks, then it records those of the second run, and nothing twice
    case.watch(clock(16, 30))
    assert warnings(case) == [(at, clock(16, 45), None) for at, _, _ in FIRST_RUN] + SECOND_RUN
    # and the write side takes none again
    for note in commands_for(restarted().seen(), clock(16, 30)):
        assert case.give(note) == []


def test_a_clock_that_is_due_later_after_a_withdrawn_miss_warns_again() -> None:
    # Given two warnings and a miss that were recorded
    case = waiting_for_a_response()
    case.watch(clock(15))
    # When a promise of seven hours becomes known, pinned before the second warning: no miss any more
    longer = ClockTerms(Clock.FIRST_RESPONSE, Targets(*(7 * HOUR,) * 4), False, (25, 75))
    case.pin(clock(11), policy("longer", clocks=(longer,)))
    case.watch(clock(15))
    assert case.findings() == [WARNED_25, WARNED_75, MISSED, (clock(15), ServiceLevelMissWithdrawn, None)]
    # Then the point that is reached at another instant now is recorded again, once, and the other is not
    case.watch(clock(16, 59))
    assert case.findings()[4:] == [(clock(15, 15), ServiceLevelWarned, 75)]
    assert warnings(case)[-1] == (clock(15, 15), clock(17), clock(9))
    assert case.watch(clock(16, 59)) == []


def test_a_warning_says_when_the_clock_was_due_by_what_had_occurred_by_then() -> None:
    # Given a case that waited for its customer after it was warned of, so that it is due later
    case = Watched()
    case.act(clock(13), OPENING)
    case.pin(clock(13), policy("pauses", clocks=(replace(RESTARTS.clocks[0], pauses=True),)))
    case.act(clock(13, 30), c.TakeCase())
    case.act(clock(14, 10), c.WaitForCustomer())
    case.act(clock(14, 20), c.ResumeCase())
    # When somebody looks in the evening
    case.watch(clock(20))
    # Then each warning says the due of its own instant
    assert warnings(case) == [(clock(14), clock(15), clock(13)), (clock(14, 40), clock(15, 10), clock(13))]


def test_looked_at_as_of_an_earlier_instant_nothing_is_withdrawn() -> None:
    case = waiting_for_a_response()
    case.watch(clock(15))
    assert case.watch(clock(13)) == []
    assert case.watch(clock(9)) == []
    assert case.watch(clock(8)) == []


def test_the_same_finding_is_the_same_command_whoever_makes_it() -> None:
    case = waiting_for_a_response()
    one, other = commands_for(case.seen(), clock(15)), commands_for(case.seen(), clock(16))
    assert one == other
    assert len({command.command_id for command in one}) == 3
    case.act(clock(10), c.TakeCase())
    assert {command.command_id for command in commands_for(case.seen(), clock(15))}.isdisjoint(
        command.command_id for command in one
    )


def test_what_was_found_before_something_happened_is_refused() -> None:
    case = waiting_for_a_response()
    commands = commands_for(case.seen(), clock(15))
    case.act(clock(11), AGENT_WRITES)
    with pytest.raises(CaseMovedOn):
        case.give(commands[-1])
    assert case.findings() == []


def test_a_case_that_is_none_or_is_not_opened_yet_has_nothing() -> None:
    assert commands_for(None, clock(9)) == []
    assert commands_for(waiting_for_a_response().seen(), clock(8, 59)) == []


# The law: whatever the instants at which it runs, and wherever it is killed, the end is the same.


def assert_recorded_once(watched: Watched) -> None:
    """Fail if something is recorded twice in a run of its clock, other than after a withdrawn miss."""
    for kind in (ServiceLevelWarned, ServiceLevelMissed):
        findings = [e for _, _, e in watched.events if type(e) is kind]
        keys = [
            (e.clock, e.level, e.number, getattr(e, "percent", None), getattr(e, "run_started_at", None))
            for e in findings
        ]
        withdrawn = sum(isinstance(e, ServiceLevelMissWithdrawn) for _, _, e in watched.events)
        assert len(keys) - len(set(keys)) <= withdrawn * (3 if kind is ServiceLevelWarned else 1)


@scaled(1, suppressed=list(HealthCheck))
@given(random_cases(), st.data())
def test_however_often_it_runs_and_is_killed_the_misses_at_the_end_are_those_there_are(
    case: RandomCase, data: st.DataObject
) -> None:
    # Given the events of a case as they were stored, and the watch running in between, at any instants,
    # killed after any number of its commands
    watched, alone = Watched(), Watched()
    now, looked_at, came_late = case.frame.opens_at, case.frame.opens_at - timedelta(days=1), False
    for at, _, event in case.events:
        now = max(now, at)
        came_late |= at <= looked_at
        for one in (watched, alone):
            one._write(at, event)
        if data.draw(st.booleans()):
            as_of = data.draw(
                st.sampled_from([now, now, case.frame.opens_at + (now - case.frame.opens_at) / 2])
            )
            watched.watch(as_of, data.draw(st.sampled_from([0, 1, 1_000])))
            looked_at = max(looked_at, as_of)
    end = max(now, case.at)
    watched.watch(end, data.draw(st.integers(0, 2)))
    # When it has run to the end, once more in the one case, for the first time in the other
    watched.watch(end)
    alone.watch(end)
    # Then just what is missed is recorded as missed, in both
    evaluation = evaluate(watched.seen().history(), micros(end))
    assert evaluation is not None
    missed = {
        (reading.key.clock, reading.key.level, reading.key.number)
        for reading in evaluation.clocks
        if reading.status is ClockStatus.MISSED
    }
    for one in (watched, alone):
        assert {(n.clock, n.level, n.number) for n in one.net() if n.percent is None} == missed
        assert one.watch(end) == []
    # and nothing is recorded twice, but what a withdrawn miss lets be recorded again
    assert_recorded_once(watched)
    # and where nothing came after a look that had happened by then, all facts are the same ones, and say the
    # same; so they do where what came late did not change the terms.
    times = [at for at, _, _ in case.events]
    pins = [at for at, _, e in case.events if isinstance(e, PolicyPinned)]
    priorities = {e.standing.priority for _, _, e in case.events}  # type: ignore[attr-defined]
    terms_stay = len(priorities) == 1 and len(pins) <= 1
    if times == sorted(times) and (terms_stay or not came_late):
        assert sorted(watched.said(), key=str) == sorted(alone.said(), key=str)


# On a real PostgreSQL.


@pytest.fixture
def bus(database: str) -> Iterator[CommandBus]:
    migrate(database)
    with CommandBus(database, [CASES, SERVICE_LEVELS], VENDOR) as bus:
        publish = [
            PublishCalendar(organisation=VENDOR, calendar=calendar(), definition_sha256=SHA),
            PublishPolicy(policy=RESPONSE, definition_sha256=SHA),
        ]
        for do in publish:
            bus.give(ServiceLevelCommand(command_id=uuid4(), actor=SYSTEM, do=do))
        yield bus


@pytest.fixture
def act(bus: CommandBus) -> Callable[[int, datetime, c.CaseAction], None]:
    def act(number: int, at: datetime, do: c.CaseAction) -> None:
        bus.give(CaseCommand(command_id=uuid4(), actor=SYSTEM, occurred_at=at, case=f"C-{number}", do=do))

    return act


def recorded(database: str) -> dict[UUID, list[str]]:
    """The service-level facts of each case."""
    found: dict[UUID, list[str]] = {}
    with LogReader(database) as log:
        for stored in log.read(0, 100_000):
            if isinstance(EVENT_TYPES.decode(stored.type, stored.body).data, ServiceLevelEvent):
                found.setdefault(stored.stream_id, []).append(stored.type.split(".")[2])
    return found


THREE = ["service_level_warned", "service_level_warned", "service_level_missed"]


def test_several_watches_at_once_store_each_fact_once(
    bus: CommandBus, act: Callable[..., None], database: str
) -> None:
    # Given twenty cases, every second one answered in time
    streams = [case_stream_id(f"C-{number}") for number in range(20)]
    for number in range(20):
        act(number, clock(9), OPENING)
        if number % 2:
            act(number, clock(9, 30), AGENT_WRITES)

    # When four watches run over them at once, twice each
    def watch(_: int) -> int:
        with CommandBus(database, [CASES, SERVICE_LEVELS], VENDOR) as own, LogReader(database) as log:
            return sum(watch_cases(streams, clock(15), log, own) for _ in range(2))

    with ThreadPoolExecutor(4) as pool:
        stored = sum(pool.map(watch, range(4)))
    # Then each fact is there once, and is counted by the one that stored it
    assert recorded(database) == {stream: THREE for number, stream in enumerate(streams) if number % 2 == 0}
    assert stored == 30


def test_a_stream_that_is_no_case_is_left_alone(
    bus: CommandBus, act: Callable[..., None], database: str
) -> None:
    act(1, clock(9), OPENING)
    stream = case_stream_id("C-1")
    with LogReader(database) as log:
        assert watch_cases([stream, uuid4()], clock(15), log, bus) == 3
        assert watch_cases([stream], clock(15), log, bus) == 0


def test_a_late_message_withdraws_the_miss_in_the_store_too(
    bus: CommandBus, act: Callable[..., None], database: str
) -> None:
    act(1, clock(9), OPENING)
    streams = [case_stream_id("C-1")]
    with LogReader(database) as log:
        watch_cases(streams, clock(15), log, bus)
        act(1, clock(10, 30), AGENT_WRITES)
        assert watch_cases(streams, clock(16), log, bus) == 1
        assert watch_cases(streams, clock(17), log, bus) == 0
    assert recorded(database)[streams[0]] == [*THREE, "service_level_miss_withdrawn"]


def test_what_lies_in_the_future_by_the_stores_clock_is_left_to_the_next_look(
    bus: CommandBus, act: Callable[..., None], database: str
) -> None:
    act(1, clock(9), OPENING)
    now = datetime.now(UTC)
    act(2, now, OPENING)
    with LogReader(database) as log:
        stored = watch_cases(
            [case_stream_id("C-1"), case_stream_id("C-2")], now + timedelta(days=60), log, bus
        )
    assert stored == 3
    assert list(recorded(database)) == [case_stream_id("C-1")]


def test_a_case_of_a_newer_program_is_named_and_the_others_are_watched(
    bus: CommandBus, act: Callable[..., None], database: str
) -> None:
    streams = [case_stream_id(f"C-{number}") for number in (1, 2)]
    for number in (1, 2):
        act(number, clock(9), OPENING)
    as_a_newer_program_wrote(database, streams[0], "opened")
    named: list[str] = []
    with LogReader(database) as log:
        left_out = LeftOut(named.append)
        stored = [watch_cases(streams, clock(15), log, bus, left_out) for _ in range(2)]
    assert stored == [3, 0]
    assert named == list(left_out.names()) == ["C-1"]
