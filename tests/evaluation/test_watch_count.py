"""Before the watch records misses of long ago, it counts them, clock by clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from casecore.contract.service_levels import Clock
from casecore.evaluation.watch import commands_for
from casecore.evaluation.watch_count import NoteCount, NoteCounter
from tests.evaluation.test_watch import AGENT_WRITES, Watched, clock, waiting_for_a_response

DAY = timedelta(days=1)
DUE = clock(14)


def counted(at: datetime, cases: int = 3) -> NoteCounter:
    """What is due of some cases that were to be answered by then, and of one that was."""
    counter = NoteCounter(at)
    for _ in range(cases):
        counter.add(commands_for(waiting_for_a_response().seen(), at))
    answered = waiting_for_a_response()
    answered.act(clock(9, 30), AGENT_WRITES)
    counter.add(commands_for(answered.seen(), at))
    return counter


@pytest.mark.parametrize(
    ("at", "misses", "long_ago"),
    [
        (DUE, 0, 0),
        (DUE + timedelta(minutes=1), 3, 0),
        (DUE + DAY, 3, 0),
        (DUE + DAY + timedelta(microseconds=1), 3, 3),
        (DUE + 400 * DAY, 3, 3),
    ],
)
def test_a_miss_is_of_long_ago_a_day_after_it_fell_due(at: datetime, misses: int, long_ago: int) -> None:
    counter = counted(at)
    assert counter.long_ago.total() == long_ago
    [count] = counter.counts()
    assert count == NoteCount(
        Clock.FIRST_RESPONSE, None, warnings=6, misses=misses, long_ago=long_ago, withdrawals=0
    )


def test_what_is_recorded_is_not_counted_again_but_what_is_to_be_withdrawn_is() -> None:
    def counts(case: Watched) -> list[NoteCount]:
        counter = NoteCounter(clock(400))
        counter.add(commands_for(case.seen(), clock(400)))
        return counter.counts()

    # Given a miss that was recorded
    case = waiting_for_a_response()
    case.watch(clock(15))
    assert counts(case) == []
    # When it becomes known that the answer was given in time
    case.act(clock(13), AGENT_WRITES)
    # Then the withdrawal is counted, and no miss
    [count] = counts(case)
    assert (count.warnings, count.misses, count.long_ago, count.withdrawals) == (0, 0, 0, 1)
