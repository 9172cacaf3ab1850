"""By what a clock was measured: each change of its terms is named, in order, with the target of then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.clocks.changes import TermsEvent, terms_changes
from casecore.clocks.instants import SECOND, micros
from casecore.contract.wire import StoredEvent
from tests.profiles import scaled
from tests.projections.promises import (
    GAPS,
    START,
    Step,
    evaluated,
    last_at,
    promised,
    stored_history,
    written,
)

HOUR = timedelta(hours=1)
KEEPING, RESTARTING = Step("pin", timedelta()), Step("pin", timedelta(), 1)  # four hours, and thirty
TAKE = Step("take", timedelta(), 1)
HIGH = Step("urgency", HOUR, 2)
FOUR_HOURS_AGO = GAPS.index(timedelta(hours=4))


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        (
            [KEEPING, TAKE, HIGH],
            [("started", 0, "normal", 4), ("priority_changed", 1, "high", 2)],
        ),
        (
            [RESTARTING, TAKE, HIGH],
            [
                ("started", 0, "normal", 30),
                ("priority_changed", 1, "high", 15),
                ("restarted", 1, "high", 15),
            ],
        ),
        (
            [KEEPING, TAKE, RESTARTING._replace(after=HOUR)],
            [
                ("started", 0, "normal", 4),
                ("policy_pinned", 1, "normal", 30),
                ("restarted", 1, "normal", 30),
            ],
        ),
        (  # missed at 15:00; then somebody recorded that it had waited since noon
            [
                KEEPING,
                TAKE,
                Step("watch", 6 * HOUR),
                Step("late_wait", timedelta(), FOUR_HOURS_AGO),
                Step("watch", HOUR),
            ],
            [("started", 0, "normal", 4), ("miss_withdrawn", 7, "normal", 4)],
        ),
        # what comes after the clock has stopped does not change it
        ([KEEPING, TAKE, Step("resolve", HOUR), HIGH], [("started", 0, "normal", 4)]),
    ],
)
def test_each_change_of_the_terms_is_named_with_the_target_of_then(
    steps: list[Step], changes: list[tuple[str, int, str, int]]
) -> None:
    case = evaluated(stored_history(written("S-0", steps)), micros(START + timedelta(hours=8)))
    (resolution,) = (clock for clock in case.clocks if clock.key.clock.value == "resolution")
    found = terms_changes(case, resolution)
    hour = 3_600 * SECOND
    assert [
        (c.what.value, (c.at - micros(START)) / hour, c.priority.value, c.target / hour) for c in found
    ] == changes
    withdrawn = [c.missed_at for c in found if c.what is TermsEvent.MISS_WITHDRAWN]
    assert withdrawn in ([], [micros(START + 5 * HOUR)])


@scaled(0.6)
@given(events=promised(most=1), later=st.sampled_from(GAPS))
def test_the_terms_of_then_are_those_that_the_clock_had_when_it_was_looked_at_then(
    events: list[StoredEvent], later: timedelta
) -> None:
    found = stored_history(events)
    case = evaluated(found, micros(last_at(events) + later))
    for reading in case.clocks:
        changes = terms_changes(case, reading)
        held = [change for change in changes if change.what is not TermsEvent.MISS_WITHDRAWN]
        # Then the last terms are those of its figures
        assert (held[-1].policy, held[-1].priority, held[-1].target) == (
            reading.policy,
            reading.priority,
            reading.target,
        )
        # and who had looked at the instant of any change would have seen its target, if it was pinned by then
        for change in held:
            then = {clock.key: clock for clock in evaluated(found, change.at).clocks}.get(reading.key)
            last = [other for other in held if other.at == change.at][-1]
            pinned = case.policies.pinned_for(reading.key.level, reading.key.organisation)
            if then is not None and any(
                policy.policy == then.policy for at, policy in pinned if at <= change.at
            ):
                assert (then.policy, then.priority, then.target) == (last.policy, last.priority, last.target)
