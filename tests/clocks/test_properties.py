"""Laws of the clocks, each on random cases: what may never happen, whatever the history."""

from __future__ import annotations

from dataclasses import replace as with_
from datetime import timedelta
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.clocks.evaluation import evaluate
from casecore.clocks.history import history_of
from casecore.clocks.instants import instant, micros
from casecore.clocks.reading import ClockStatus
from casecore.contract import cases as e
from casecore.contract.personal import Plain
from casecore.contract.service_levels import Calendar, Clock, Covers, Day, PolicyPinned
from tests.clocks.casebook import history
from tests.clocks.figures import holders_of, whole_seconds
from tests.clocks.laws import (
    figures_at,
    laws,
    like,
    looked_at,
    next_version,
    plain,
    shifted,
    under_one_policy,
    until,
    with_calendars,
)
from tests.clocks.random_cases import RandomCase, random_cases


@laws
@given(random_cases(), st.integers(0, 200))
def test_elapsed_and_paused_never_fall_as_time_goes_on(case: RandomCase, ticks: int) -> None:
    # given a case whose terms never change, when it is looked at twice
    events = under_one_policy(case.events)
    later = case.at + timedelta(seconds=ticks * case.frame.tick)
    before, after = figures_at(events, case.at), figures_at(events, later)
    # then each clock that was there is there, and has not lost a second
    for key, figures in before.items():
        assert after[key].elapsed >= figures.elapsed
        assert after[key].paused >= figures.paused
        assert after[key].started_at == figures.started_at


@laws
@given(random_cases(), st.integers(0, 200))
def test_a_clock_has_elapsed_and_paused_no_more_than_has_passed(case: RandomCase, ticks: int) -> None:
    for figures in figures_at(case.events, case.at).values():
        passed = whole_seconds(micros(case.at)) - figures.started_at
        assert 0 <= figures.elapsed <= figures.elapsed + figures.paused <= passed


@laws
@given(random_cases())
def test_elapsed_at_due_is_the_target_and_a_moment_later_it_is_missed(case: RandomCase) -> None:
    # given what is known at an instant, when nothing more happens
    events = until(case.events, case.at)
    evaluation = looked_at(events, case.at)
    for reading in evaluation.clocks if evaluation else ():
        if (
            reading.due_at is None
            or reading.status is not ClockStatus.RUNNING
            or reading.due_at < micros(case.at)
        ):
            continue
        # then each clock that runs has used up its target when it is due, and is missed from then on
        for at, status in ((reading.due_at, ClockStatus.RUNNING), (reading.due_at + 1, ClockStatus.MISSED)):
            then = evaluate(history(events), at)
            assert then is not None
            found = next(one for one in then.clocks if one.key == reading.key)
            assert found.status is status
            assert found.due_at == reading.due_at
            assert at > reading.due_at or found.elapsed == found.target


@laws
@given(random_cases(), st.data())
def test_splitting_a_pause_changes_nothing(case: RandomCase, data: st.DataObject) -> None:
    # given a case that waited for a while
    evaluation = looked_at(case.events, case.at)
    waits = evaluation.life.waits if evaluation else []
    longer = [(start, end or micros(case.at)) for start, end in waits if (end or micros(case.at)) > start]
    assume(longer)
    start, end = data.draw(st.sampled_from(longer))
    # when it was resumed within it, and waited again at once; at no instant at which something else happened
    place = instant((start + end) // 2 + 1)
    assume(place not in {at for at, _, _ in case.events} and micros(place) < end)
    version = next_version(case.events)
    split = [
        *case.events,
        (place, version, like(case, e.WaitingEnded)),
        (place, version + 1, like(case, e.WaitingStarted)),
    ]
    # then only the pauses are one more
    before, after = figures_at(case.events, case.at), figures_at(split, case.at)
    for key, figures in after.items():
        paused_more = figures.times_paused - before[key].times_paused
        assert paused_more in (0, 1)
        assert with_(figures, times_paused=before[key].times_paused) == before[key]
    assert before.keys() == after.keys()
    again = looked_at(split, case.at)
    assert again is not None
    assert evaluation is not None
    assert holders_of(again) == holders_of(evaluation)


@laws
@given(random_cases(), st.integers(-52, 52))
def test_whole_weeks_later_all_is_as_much_later(case: RandomCase, weeks: int) -> None:
    # given a calendar in which all weeks are alike
    events, by = with_calendars(case.events, plain), timedelta(weeks=weeks)
    # when the same happens some weeks earlier or later
    moved = figures_at([(at + by, version, data) for at, version, data in events], case.at + by)
    # then every instant is as much earlier or later, and every duration is what it was
    weeks_in_seconds = weeks * 7 * 86_400
    assert moved == {key: shifted(one, weeks_in_seconds) for key, one in figures_at(events, case.at).items()}


@laws
@given(random_cases(), st.randoms(use_true_random=False))
def test_in_whatever_order_events_are_read_all_is_the_same(case: RandomCase, random: Random) -> None:
    mixed = list(case.events)
    random.shuffle(mixed)
    assert history(mixed) == history(case.events)


@laws
@given(random_cases(), st.data())
def test_messages_that_are_recorded_late_count_as_if_they_had_come_in_time(
    case: RandomCase, data: st.DataObject
) -> None:
    # given messages that were written when nothing else happened
    instants = [at for at, _, _ in case.events]
    alone = [
        event
        for event in case.events
        if isinstance(event[2], e.MessagePosted) and instants.count(event[0]) == 1
    ]
    assume(alone)
    late = data.draw(st.lists(st.sampled_from(alone), min_size=1, unique_by=lambda event: event[1]))
    # when they are recorded after everything else
    first = next_version(case.events)
    in_time = [event for event in case.events if event not in late]
    stored = [*in_time, *((at, first + n, posted) for n, (at, _, posted) in enumerate(late))]
    # then all is as if they had been recorded in time
    assert figures_at(stored, case.at) == figures_at(case.events, case.at)


@laws
@given(random_cases(), st.lists(st.integers(0, 500), max_size=5))
def test_the_holders_add_up_to_the_age_at_any_instant(case: RandomCase, ticks: list[int]) -> None:
    for tick in ticks:
        evaluation = looked_at(case.events, case.frame.after(tick))
        assert evaluation is not None
        assert sum(evaluation.custody_times.values()) == evaluation.age
        assert all(time > 0 for time in evaluation.custody_times.values())


@laws
@given(random_cases())
def test_what_happens_after_an_instant_changes_nothing_at_it(case: RandomCase) -> None:
    known = until(case.events, case.at)
    assert figures_at(known, case.at) == figures_at(case.events, case.at)
    now, then = looked_at(known, case.at), looked_at(case.events, case.at)
    assert (now and now.custody_times) == (then and then.custody_times)


ANSWERS = (Clock.FIRST_RESPONSE, Clock.NEXT_REPLY)


@laws
@given(random_cases(), st.integers(0, 300))
def test_an_agents_message_does_not_change_the_clocks_that_wait_for_no_answer(
    case: RandomCase, ticks: int
) -> None:
    text = Plain("Hello")
    message = like(case, e.MessagePosted, sender=e.Sender.AGENT, audience=e.Audience.PUBLIC, text=text)
    more = [*case.events, (case.frame.after(ticks), next_version(case.events), message)]
    before, after = figures_at(case.events, case.at), figures_at(more, case.at)
    for key in {*before, *after}:
        assert key.clock in ANSWERS or before.get(key) == after.get(key)
    now, then = looked_at(case.events, case.at), looked_at(more, case.at)
    assert (now and now.custody_times) == (then and then.custody_times)


@laws
@given(random_cases(), st.sampled_from(Covers))
def test_a_policy_does_not_change_the_clocks_that_it_does_not_cover(case: RandomCase, covers: Covers) -> None:
    def covered(data: object) -> bool:
        return isinstance(data, PolicyPinned) and data.policy.covers is covers

    # when the policies that cover one thing had never been pinned
    without = [event for event in case.events if not covered(event[2])]
    before, after = figures_at(case.events, case.at), figures_at(without, case.at)
    # then only the clocks of that thing are missing
    gone = {key for key in before if key.level == covers.level}
    assert after == {key: figures for key, figures in before.items() if key not in gone}


@laws
@given(random_cases(), st.integers(-1, 5))
def test_more_opening_hours_never_make_a_clock_due_later(case: RandomCase, day: int) -> None:
    # given a case whose terms never change, when one of its days is open all day long
    on = case.frame.first_on + timedelta(days=day)

    def wider(calendar: Calendar) -> Calendar:
        others = tuple(one for one in calendar.exceptions if one.on != on)
        return replace(calendar, exceptions=(*others, Day(on, ("00:00-24:00",))))

    events = under_one_policy(case.events)
    before, after = figures_at(events, case.at), figures_at(with_calendars(events, wider), case.at)
    # then nothing is due later, and nothing that was missed is not
    for key, figures in before.items():
        due = after[key].due_at
        assert figures.due_at is None or (due is not None and due <= figures.due_at)
        assert figures.status != "missed" or after[key].status == "missed"
        assert after[key].elapsed >= figures.elapsed


@laws
@given(random_cases(), st.integers(0, 20))
def test_a_history_that_was_stored_in_between_goes_on_as_if_it_had_not(case: RandomCase, place: int) -> None:
    # given what a view keeps of a case, as JSON, between two events
    kept = history(case.events[:place])
    for at, version, data in case.events[place:]:
        kept = kept.with_event(micros(at), version, data)
    assert kept == history_of([(micros(at), version, data) for at, version, data in case.events])


@laws
@given(random_cases(), st.sampled_from([1, 33, 50, 80, 99]))
def test_a_share_of_the_target_is_reached_when_so_much_has_elapsed(case: RandomCase, percent: int) -> None:
    # given what is known at an instant, under terms that never change
    events = until(under_one_policy(case.events), case.at)
    evaluation = looked_at(events, case.at)
    for reading in evaluation.clocks if evaluation else ():
        share, at = reading.target * percent // 100, reading.reaches(percent)
        if at is None or at < reading.started_at or share == 0:
            continue
        # then so much has elapsed when it is reached, and less a moment before
        for moment, elapsed in ((at, share), (at - 1, share - 1)):
            then = evaluate(history(events), moment)
            assert then is not None
            # (a policy that was pinned later did not apply yet)
            assert [one.elapsed for one in then.clocks if one.key == reading.key] in ([elapsed], [])


@laws
@given(random_cases())
def test_what_was_counted_until_it_runs_and_what_was_open_since_is_what_has_elapsed(case: RandomCase) -> None:
    evaluation = looked_at(case.events, case.at)
    if evaluation is None:
        return
    waits = bool(evaluation.life.waits) and evaluation.life.waits[-1][1] is None
    for reading in evaluation.clocks:
        is_paused = waits and reading.terms.pauses
        # then it has an instant since when it runs, unless it is stopped or paused
        since = reading.running_since
        assert (since is None) == (reading.stopped_at is not None or is_paused)
        if since is not None:
            before = sum(
                reading.hours.between(start, end) for start, end in reading.active if end is not None
            )
            assert before + reading.hours.between(since, micros(case.at)) == reading.elapsed
