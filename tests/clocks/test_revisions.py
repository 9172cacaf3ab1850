"""What changed a month afterwards: misses withdrawn, clocks that ran again, pauses that became known late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.history import History, Mark, WaitBegan
from casecore.clocks.instants import micros
from casecore.clocks.revisions import LATE_AFTER, RevisionKind, revisions_of
from tests.profiles import scaled
from tests.projections.promises import GAPS, START, Step, evaluated, stored_history, written

HOUR = timedelta(hours=1)
PIN = Step(
    "pin", timedelta()
)  # four hours of the office's for the whole case, due at 15:00; START is 10:00 there
RESTARTING = Step("pin", timedelta(), 1)
TAKE = Step("take", timedelta(), 1)
FOUR_HOURS_AGO = GAPS.index(timedelta(hours=4))
PAUSED_LATE = (
    PIN,
    TAKE,
    Step("watch", 6 * HOUR),
    Step("late_wait", timedelta(), FOUR_HOURS_AGO),
    Step("resolve", HOUR),
)
REOPENED = (PIN, TAKE, Step("resolve", HOUR), Step("reopen", timedelta(days=40)))


def revised(*steps: Step) -> dict[str, set[tuple[str, timedelta]]]:
    """What changed of which clock of the whole case, with how long after its opening what had been so was."""
    case = evaluated(stored_history(written("S-0", steps)), micros(START + timedelta(days=90)))
    found: dict[str, set[tuple[str, timedelta]]] = {}
    for revision in revisions_of(case):
        after = timedelta(microseconds=revision.at - micros(START))
        found.setdefault(revision.key.clock.value, set()).add((revision.what.value, after))
    return found


def test_a_pause_that_was_recorded_after_the_miss_shows_in_the_month_of_the_miss() -> None:
    # Given a case that was missed at 15:00, and resolved at 17:00; at 16:00 somebody recorded that it waits
    # since noon
    # Then no clock would have been missed at 15:00 with what is known now, and each says so
    late = {("pause_recorded_late", 5 * HOUR)}
    assert revised(*PAUSED_LATE) == {"first_response": late, "resolution": late}
    # and when the watch has looked again, that the recorded miss was none
    both = {*late, ("miss_withdrawn", 5 * HOUR)}
    assert revised(*PAUSED_LATE, Step("watch", HOUR)) == {"first_response": both, "resolution": both}


def test_a_pause_that_was_recorded_at_once_or_too_early_to_matter_is_not_late() -> None:
    at_once = (PIN, TAKE, Step("wait", 2 * HOUR), Step("resolve", 6 * HOUR))
    before_the_due = (PIN, TAKE, Step("late_wait", 4 * HOUR, GAPS.index(3 * HOUR)), Step("resolve", 6 * HOUR))
    without_effect = (PIN, TAKE, Step("late_wait", 4 * HOUR, GAPS.index(HOUR)), Step("resolve", timedelta()))
    for steps in (at_once, before_the_due, without_effect):
        assert revised(*steps) == {}


def test_an_imported_pause_is_not_late_of_a_clock_that_was_not_measured_yet() -> None:
    assert revised(*PAUSED_LATE[1:], Step("pin", HOUR)) == {}


def test_a_pause_is_not_late_of_a_case_that_was_not_known_yet() -> None:
    # Given the same case, of which nothing was recorded before 17:00
    known_late = START + 7 * HOUR
    events = [
        event._replace(recorded_at=known_late + timedelta(seconds=event.version))
        for event in written("S-0", [step for step in PAUSED_LATE if step.what != "watch"])
    ]
    case = evaluated(stored_history(events), micros(START + timedelta(days=90)))
    assert list(revisions_of(case)) == []


def test_a_clock_that_ran_again_shows_in_the_month_in_which_it_had_been_met() -> None:
    assert revised(*REOPENED) == {"resolution": {("restarted", HOUR)}}


def test_a_clock_that_was_missed_before_it_ran_again_did_not_change() -> None:
    missed = [step._replace(after=9 * HOUR) if step.what == "resolve" else step for step in REOPENED]
    assert revised(*missed) == {}


def test_a_clock_that_started_from_zero_shows_in_the_month_of_the_change() -> None:
    changed = {("restarted", HOUR)}
    assert revised(RESTARTING, TAKE, Step("urgency", HOUR, 2)) == {
        "first_response": changed,
        "resolution": changed,
    }


@pytest.mark.parametrize("choice", [0, 2])
def test_a_revision_is_under_the_terms_that_held_then(choice: int) -> None:
    # Given a case that was resolved under a priority of normal, and reopened under another
    steps = (*REOPENED[:3], Step("urgency", HOUR, choice), REOPENED[3])
    (revision,) = revisions_of(
        evaluated(stored_history(written("S-0", steps)), micros(START + timedelta(days=90)))
    )
    # Then what changed is of the line in which it had been counted
    assert (revision.priority.value, revision.target) == ("normal", 4 * 3_600 * 1_000_000)


paused_steps = st.builds(
    Step,
    st.sampled_from(
        [
            "late_wait",
            "late_wait",
            "resume",
            "wait",
            "customer",
            "agent",
            "urgency",
            "pin",
            "resolve",
            "reopen",
        ]
    ),
    st.sampled_from(GAPS),
    st.integers(0, 100),
)


@scaled(1.5)
@given(
    pins=st.lists(st.sampled_from([0, 1, 5, 6]), min_size=1, max_size=2),
    steps=st.lists(paused_steps, min_size=1, max_size=8),
    later=st.sampled_from(GAPS),
)
@example(pins=[0], steps=list(PAUSED_LATE[2:]), later=HOUR)
def test_a_late_pause_is_one_without_which_the_miss_would_have_been_earlier(
    pins: list[int], steps: list[Step], later: timedelta
) -> None:
    # Given any history, and the same without one of its waits
    begun = [*(Step("pin", timedelta(), pin) for pin in pins), TAKE]
    found = stored_history(written("S-0", [*begun, *steps]))
    at = max(mark.at for mark in found.marks) + later // timedelta(microseconds=1)
    case = evaluated(found, at)
    expected: Counter[tuple[object, int]] = Counter()
    for mark, marks in without_each(found.marks, case):
        assert mark.recorded_at is not None
        by = max(at, mark.recorded_at)
        now = {clock.key: clock.missed_at for clock in evaluated(found, by).clocks}
        for clock in evaluated(History(marks), by).clocks:
            since = case.policies.pinned_since(clock.key.level, clock.key.organisation)
            if clock.missed_at is None or clock.missed_at >= mark.recorded_at or since is None:
                continue
            if clock.missed_at <= micros(START + timedelta(seconds=1)):
                continue  # the case was not recorded by then
            earlier = now[clock.key] is None or clock.missed_at < now[clock.key]
            if earlier and since < mark.version and mark.recorded_at - mark.at > LATE_AFTER:
                expected[clock.key, clock.missed_at] += 1
    # Then the late ones are those without which it would have been missed before they were recorded
    late = (r for r in revisions_of(case) if r.what is RevisionKind.PAUSE_RECORDED_LATE)
    assert Counter((revision.key, revision.at) for revision in late) == expected


def without_each(marks: Sequence[Mark], case: Evaluation) -> Iterator[tuple[WaitBegan, tuple[Mark, ...]]]:
    """Each mark with which a wait began, and the marks without that wait."""
    for (start, end), recorded in zip(case.life.waits, case.life.recorded_waits, strict=True):
        (began,) = (m for m in marks if isinstance(m, WaitBegan) and m.version == recorded.version)
        again = {
            mark.version
            for mark in marks
            if isinstance(mark, WaitBegan) and mark.at >= start and (end is None or mark.at < end)
        }
        yield began, tuple(mark for mark in marks if mark.version not in {*again, began.version})
