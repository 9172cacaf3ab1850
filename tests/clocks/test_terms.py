"""Changes of terms: under which policy and priority a clock is measured, and what stays as it was."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.contract.cases import Category, Priority, Sender
from casecore.contract.service_levels import Clock, ClockTerms, Covers, OnChange, Policy, Targets
from tests.clocks.calendars import ALWAYS, calendar, hours, utc
from tests.clocks.casebook import CUSTOMER, PARTNER, RESELLER, VENDOR, CaseWriter, history

NOON = utc(2026, 3, 2, 12)
OPENING = c.OpenCase(
    customer=CUSTOMER,
    seller=RESELLER,
    partner=PARTNER,
    category=Category.TECHNICAL_SUPPORT,
    topic="backup_set_up",
)
RESOLVED = c.ResolveCase(resolution_code="solved")
ANSWER = c.PostMessage(text="We are at it.", sender=Sender.AGENT)


def policy(*clocks: Clock, target_hours: int = 8, urgent_hours: int = 2, version: int = 1) -> Policy:
    """An end-to-end policy around the clock, for these clocks."""
    targets = Targets(*(hour * 3600 for hour in (target_hours, target_hours, target_hours, urgent_hours)))
    return Policy(
        id="promise",
        version=version,
        organisation=VENDOR,
        covers=Covers.END_TO_END,
        in_force_from=utc(2024, 1, 1),
        clocks=tuple(ClockTerms(clock, targets) for clock in clocks),
        calendar=calendar(ALWAYS),
    )


class Story:
    """A case that is opened and taken at noon; what follows happens this many hours later."""

    def __init__(self) -> None:
        self.writer = CaseWriter()
        self.then(0, OPENING, c.TakeCase(agent="ida"))

    def then(self, hour: float, *actions: c.PlainAction) -> Story:
        for action in actions:
            assert self.writer.act(NOON + timedelta(hours=hour), action)
        return self

    def pin(self, hour: float, pinned: Policy) -> Story:
        self.writer.pin(NOON + timedelta(hours=hour), pinned)
        return self

    def clock(self, clock: Clock, hour: float) -> ClockReading | None:
        evaluation = evaluate(history(self.writer.events), micros(NOON) + hours(hour))
        assert evaluation is not None
        return next((one for one in evaluation.clocks if one.key.clock is clock), None)


def test_the_first_policy_applies_from_the_beginning_whenever_it_was_pinned() -> None:
    # given a case without a policy until five hours later
    story = Story().pin(5, policy(Clock.RESOLUTION))
    # then until then there is no clock, and after it one that has run since the opening
    assert story.clock(Clock.RESOLUTION, 4) is None
    reading = story.clock(Clock.RESOLUTION, 6)
    assert reading is not None
    assert (reading.started_at, reading.elapsed) == (micros(NOON), hours(6))


def test_a_clock_that_stopped_before_a_policy_had_it_is_not_judged_by_a_later_one() -> None:
    # given a policy for the resolution only, and an answer after an hour
    story = Story().pin(0, policy(Clock.RESOLUTION)).then(1, ANSWER)
    # when a later version that also has a target for the answer is pinned
    later = policy(Clock.FIRST_RESPONSE, Clock.RESOLUTION, target_hours=0, version=2)
    story.pin(2, later)
    # then there is still no clock for the answer, neither met nor missed
    assert story.clock(Clock.FIRST_RESPONSE, 3) is None
    assert story.clock(Clock.RESOLUTION, 3) is not None


def test_a_clock_that_runs_when_a_policy_first_has_it_counts_from_its_start() -> None:
    story = Story().pin(0, policy(Clock.RESOLUTION))
    story.pin(2, policy(Clock.FIRST_RESPONSE, Clock.RESOLUTION, version=2)).then(3, ANSWER)
    reading = story.clock(Clock.FIRST_RESPONSE, 4)
    assert reading is not None
    assert (reading.status, reading.elapsed) == (ClockStatus.MET, hours(3))


def test_what_ends_when_the_terms_change_ended_under_the_terms_before() -> None:
    # given a case that becomes urgent in the very second in which it is resolved, after six of eight hours
    urgent = c.ChangePriority(priority=Priority.URGENT)
    for actions in ((urgent, RESOLVED), (RESOLVED, urgent)):
        reading = Story().pin(0, policy(Clock.RESOLUTION)).then(6, *actions).clock(Clock.RESOLUTION, 7)
        # then it is met under the target that applied until then, in whichever order the two were stored
        assert reading is not None
        assert (reading.status, reading.target) == (ClockStatus.MET, hours(8))


def test_the_same_policy_pinned_again_changes_nothing() -> None:
    # given a policy that restarts its clocks at a change
    restarts = replace(policy(Clock.RESOLUTION), on_change=OnChange.RESTART)
    once = Story().pin(0, restarts).clock(Clock.RESOLUTION, 4)
    twice = Story().pin(0, restarts).pin(3, restarts).clock(Clock.RESOLUTION, 4)
    assert once is not None
    assert twice is not None
    assert (twice.started_at, twice.elapsed) == (once.started_at, once.elapsed) == (micros(NOON), hours(4))


def test_a_stopped_clock_is_not_restarted_and_resumes_when_the_case_is_reopened() -> None:
    # given a case that was resolved after three hours, and made urgent while it was resolved
    restarts = replace(policy(Clock.RESOLUTION, urgent_hours=4), on_change=OnChange.RESTART)
    story = Story().pin(0, restarts).then(3, RESOLVED)
    story.then(5, c.ChangePriority(priority=Priority.URGENT)).then(6, c.ReopenCase())
    # then after half an hour more it has the new target, and three and a half hours
    reading = story.clock(Clock.RESOLUTION, 6.5)
    assert reading is not None
    assert (reading.status, reading.target, reading.elapsed) == (ClockStatus.RUNNING, hours(4), hours(3.5))


def test_a_policy_without_a_clock_ends_it_unless_it_was_missed() -> None:
    story = Story().pin(0, policy(Clock.RESOLUTION)).pin(3, policy(Clock.NEXT_REPLY, version=2))
    assert story.clock(Clock.RESOLUTION, 2) is not None
    assert story.clock(Clock.RESOLUTION, 4) is None
    # given the same, but the target was missed before
    missed = (
        Story().pin(0, policy(Clock.RESOLUTION, target_hours=1)).pin(3, policy(Clock.NEXT_REPLY, version=2))
    )
    reading = missed.clock(Clock.RESOLUTION, 4)
    assert reading is not None
    assert (reading.status, reading.elapsed) == (ClockStatus.MISSED, hours(4))


def test_the_new_policy_decides_whether_a_clock_restarts() -> None:
    keeps, restarts = policy(Clock.RESOLUTION), replace(policy(Clock.RESOLUTION), on_change=OnChange.RESTART)
    later = Story().pin(0, keeps).pin(3, replace(restarts, version=2)).clock(Clock.RESOLUTION, 4)
    assert later is not None
    assert (later.started_at, later.elapsed) == (micros(NOON) + hours(3), hours(1))
    # and the other way round
    later = Story().pin(0, restarts).pin(3, replace(keeps, version=2)).clock(Clock.RESOLUTION, 4)
    assert later is not None
    assert (later.started_at, later.elapsed) == (micros(NOON), hours(4))


def test_a_customer_who_writes_in_the_second_of_cancelling_starts_no_clock() -> None:
    story = Story().pin(0, policy(Clock.NEXT_REPLY)).then(1, ANSWER)
    story.then(2, c.CancelCase(reason="Twice"), c.PostMessage(text="Never mind", sender=Sender.CUSTOMER))
    assert story.clock(Clock.NEXT_REPLY, 3) is None


def test_a_waiting_that_is_recorded_twice_began_with_the_first() -> None:
    # given events as a file may hold them, where nobody refused the second one
    pauses = policy(Clock.RESOLUTION)
    pauses = replace(pauses, clocks=tuple(replace(terms, pauses=True) for terms in pauses.clocks))
    story = Story().pin(0, pauses).then(1, c.WaitForCustomer())
    _, _, waiting = story.writer.events[-1]
    story.writer.events.append((NOON + timedelta(hours=2), len(story.writer.events) + 1, waiting))
    reading = story.clock(Clock.RESOLUTION, 4)
    assert reading is not None
    assert (reading.elapsed, reading.paused, reading.times_paused) == (hours(1), hours(3), 1)
