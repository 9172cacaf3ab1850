"""A run that is killed between any two commands, and run again, leaves the facts of one that was not."""

from __future__ import annotations

from concurrent.futures import Future, wait
from datetime import date

import pytest

from casecore.commands.batch import Answer
from casecore.commands.interface import Bus
from casecore.contract.billing import DocumentKind
from casecore.decider.command import Command
from tests.runs.business import Business, open_business
from tests.runs.conftest import Copy

LAST = date(2026, 6, 30)


class Killed(Exception):
    """The process has ended here."""


class DyingBus:
    """A bus whose process is killed after so many commands; those that it was given are stored."""

    def __init__(self, bus: Bus, commands: int) -> None:
        self._bus = bus
        self._left = commands

    def submit(self, command: Command) -> Future[Answer]:
        """Hand it over, unless the process is dead."""
        if self._left == 0:
            raise Killed
        self._left -= 1
        future = self._bus.submit(command)
        wait([future])
        return future

    def give(self, command: Command) -> Answer:
        """Hand it over and wait."""
        return self.submit(command).result()


def all_runs(business: Business) -> None:
    """What is done once a year, and more often if it is killed."""
    business.run(LAST)
    business.close(2024)
    business.close(2025)
    business.invoice()


@pytest.fixture
def prepared(database: str) -> None:
    """Packages that were charged and billed, and then turned out otherwise: for all kinds of documents."""
    with open_business(database) as business:
        for package, customer, seller, day in (
            ("L-1", "praxis-ost", "vendor", date(2025, 2, 1)),
            ("L-2", "praxis-ost", "vendor", date(2025, 9, 1)),
            ("L-3", "klinik", "nord", date(2023, 3, 1)),
            ("L-4", "praxis-west", "nord", date(2023, 4, 1)),
        ):
            business.activate(package, customer, seller, day)
        business.run(date(2025, 12, 31))
        business.close(2023)
        business.invoice()
        business.void("L-1")
        business.void("L-3")
        business.rate("16", date(2026, 8, 1))
        business.cancel("L-4", date(2026, 1, 1))
        business.price(9_999, date(2025, 3, 1))


@pytest.mark.usefixtures("prepared")
def test_killed_between_any_two_commands_and_run_again(copy: Copy) -> None:
    # Given what the runs do if nobody kills them
    with copy() as whole:
        all_runs(whole)
        expected = whole.facts()
        assert {one.kind for one in whole.documents()} == set(DocumentKind)
    # When they are killed after any number of commands, and another process runs them again
    killed, commands = True, 0
    while killed:
        with copy() as business:
            killed = dies(business, commands)
            all_runs(business)
            # Then the facts are the same
            assert business.facts() == expected, f"killed after {commands} commands"
        commands += 1
    assert commands > 20


def dies(business: Business, commands: int) -> bool:
    """Whether the runs come to an end before so many commands are given."""
    try:
        all_runs(business.over(DyingBus(business.bus, commands)))
    except Killed:
        return True
    return False
