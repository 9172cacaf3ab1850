"""A business that is given: counted by what became of its commands, ended where the store is unavailable."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import date

import pytest

from casecore.app.generate import MOST_REFUSALS_SHOWN, give_all
from casecore.commands.batch import Answer
from casecore.contract.streams import case_stream_id
from casecore.decider.command import Command
from casecore.decider.refusal import CommandIdReused
from casecore.postgres.errors import DatabaseUnavailable
from casecore.synthetic.business import emissions
from casecore.synthetic.plan import plan
from tests.app.applications import app_with


class Bus:
    """Answers each command at once with what `of` makes of its place."""

    def __init__(self, of: Exception | None, after: int = 0) -> None:
        self.given = 0
        self._of = of
        self._after = after

    def submit(self, command: Command) -> Future[Answer]:
        self.given += 1
        future: Future[Answer] = Future()
        if self._of is not None and self.given > self._after:
            future.set_exception(self._of)
        else:
            future.set_result(Answer(command.command_id, case_stream_id("C"), 1, 1))
        return future


def test_refusals_are_counted_and_a_few_are_described() -> None:
    # Given a store in which somebody used these ids for something else
    made = plan(30, 7, date(2025, 1, 1))
    generated = give_all(app_with(Bus(CommandIdReused("x"), after=10)), made)

    commands = sum(kind.commands for kind in generated.kinds.values())
    assert sum(kind.refused for kind in generated.kinds.values()) == commands - 10
    assert len(generated.refusals) == MOST_REFUSALS_SHOWN


def test_a_store_that_is_away_ends_it_and_not_much_more_is_given() -> None:
    made = plan(900, 7, date(2024, 1, 1))
    bus = Bus(DatabaseUnavailable("unavailable"), after=100)

    with pytest.raises(DatabaseUnavailable):
        give_all(app_with(bus), made)

    assert bus.given < 2_001 < sum(1 for _ in emissions(made))


def test_the_bar_goes_from_none_to_all() -> None:
    shares: list[float] = []
    give_all(app_with(Bus(None)), plan(600, 7, date(2024, 1, 1)), lambda done: shares.append(done.share))

    assert shares == sorted(shares)
    assert len(shares) > 2
    assert shares[-1] == 1.0
