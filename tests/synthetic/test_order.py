"""Many stories emitted at once: in the order of time, and only those in memory that are under way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.envelope import Role
from casecore.decider.command import Command, GivenActor
from casecore.synthetic.business import emissions
from casecore.synthetic.emission import EmittedCommand, in_order_of_time
from casecore.synthetic.local_hours import DAY
from casecore.synthetic.plan import plan
from casecore.synthetic.trajectory import LONGEST_LIFE

ACTOR = GivenActor(person="p", organisation="o", role=Role.SYSTEM)
STREAM = UUID(int=0)


def emitted(at: int) -> EmittedCommand:
    return EmittedCommand(at, Command(command_id=uuid4(), actor=ACTOR), STREAM, 1, ())


# Each story begins when the one before it began, or later.
gaps = st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 9), max_size=5)), max_size=20)


def stories(drawn: list[tuple[int, list[int]]]) -> list[list[EmittedCommand]]:
    made, begins = [], 0
    for gap, waits in drawn:
        begins += gap
        times = [begins]
        for waited in waits:
            times.append(times[-1] + waited)
        made.append([emitted(at) for at in times])
    return made


@given(gaps)
def test_all_is_emitted_once_and_in_the_order_of_time(drawn: list[tuple[int, list[int]]]) -> None:
    made = stories(drawn)
    all_of_it = [one for story in made for one in story]
    of_each = [[one.command.command_id for one in story] for story in made]

    heard = list(in_order_of_time([list(story) for story in made]))

    assert [one.at for one in heard] == sorted(one.at for one in all_of_it)
    ids = [one.command.command_id for one in heard]
    assert sorted(ids) == sorted(one.command.command_id for one in all_of_it)
    # And each story in its own order.
    for story in of_each:
        assert [command_id for command_id in ids if command_id in story] == story


@given(gaps)
def test_a_story_is_not_asked_for_before_its_time(drawn: list[tuple[int, list[int]]]) -> None:
    made, asked = stories(drawn), 0

    def one_by_one() -> Iterator[list[EmittedCommand]]:
        nonlocal asked
        for story in made:
            asked += 1
            yield list(story)

    for heard in in_order_of_time(one_by_one()):
        # The next one is known, since it says when it begins; none beyond it.
        begun = sum(story[0].at <= heard.at for story in made)
        assert asked <= begun + 1


def held_at_most(cases: int) -> int:
    """How many commands are in memory at most while a business with ten cases a day is emitted."""
    most = 0
    # What other tests have left is not looked through each time.
    gc.collect()
    gc.freeze()
    try:
        for place, _ in enumerate(emissions(plan(cases, 7, date(2024, 1, 1), cases_a_day=10, customers=50))):
            if place % 1_000 == 0:
                gc.collect()
                most = max(most, sum(isinstance(thing, EmittedCommand) for thing in gc.get_objects()))
    finally:
        gc.unfreeze()
    return most


def test_only_the_cases_that_are_alive_are_held() -> None:
    # Given ten cases a day, which live for 60 days at most, with some ten commands each
    alive = 10 * LONGEST_LIFE // DAY

    # Then there are no more for more cases
    held = held_at_most(1_200)
    assert 0 < held < 10 * alive
    assert held_at_most(2_400) < 1.2 * held
