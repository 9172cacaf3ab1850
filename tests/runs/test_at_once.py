"""Two runs at once, each over a bus of its own as two processes have it: each fee once, and no gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from functools import partial
from threading import Barrier

import pytest

from casecore.billing.commands import BuyerCommand, CloseSettlement, DocumentCommand
from casecore.commands.batch import Answer
from casecore.commands.interface import Bus
from casecore.contract.billing import DocumentKind
from casecore.decider.command import Command
from casecore.runs.settling import SettledYear, close_year
from tests.runs.business import Business, on, open_business
from tests.runs.conftest import Copy
from tests.waiting import LIMIT_SECONDS

LAST = date(2026, 6, 30)
PACKAGES = 6


class BusWithAnother:
    """A bus that lets another process do something before, or after, its n-th command of some kinds."""

    def __init__(
        self,
        bus: Bus,
        other: Callable[[], object],
        place: int,
        kinds: tuple[type[Command], ...],
        after: bool = True,
    ) -> None:
        self._bus = bus
        self._other = other
        self._place = place
        self._kinds = kinds
        self._after = after
        self.commands = 0

    def submit(self, command: Command) -> Future[Answer]:
        """Hand it over, and let the other one in if it is the turn."""
        is_one = isinstance(command, self._kinds)
        self.commands += is_one
        is_turn = is_one and self.commands == self._place
        if is_turn and not self._after:
            self._other()
        future = self._bus.submit(command)
        if is_turn and self._after:
            wait([future])
            self._other()
        return future

    def give(self, command: Command) -> Answer:
        """Hand it over and wait."""
        return self.submit(command).result()


@pytest.fixture
def prepared(database: str) -> str:
    """Two years of fees of two resellers and three customers; a few are billed, and turned out otherwise."""
    with open_business(database) as business:
        for number in range(PACKAGES):
            customer = ("klinik", "praxis-ost", "praxis-west")[number % 3]
            seller = ("vendor", "nord", "sued")[number // 2]
            business.activate(f"L-{number}", customer, seller, date(2024, 7 + number, 1))
        business.run(date(2025, 1, 1))
        business.invoice("klinik")
        business.close(2024, "nord")
        business.void("L-2")
        business.rate("16", date(2025, 6, 1))
    return database


def all_runs(business: Business) -> None:
    """All that is done once a year; nothing may fail."""
    business.run(LAST)
    assert [business.close(2024).failed, business.close(2025).failed, business.invoice().failed] == [{}] * 3


def check(business: Business) -> None:
    """Each fee once, on one document that stands, and numbers without gaps."""
    documents = business.documents()
    assert [one.number for one in documents] == [f"R-{place:06}" for place in range(1, len(documents) + 1)]
    stands = Counter[tuple[str, int]]()
    for document in documents:
        sign = -1 if document.kind is DocumentKind.CORRECTION else 1
        for line in document.lines:
            stands[line.package, line.charge] += sign
    for package, charges in business.charges().items():
        periods = [one.period for one in charges if not one.is_reversed]
        assert len(periods) == len(set(periods)), f"{package} is charged twice for a year"
        for charge in charges:
            assert stands[package, charge.number] == (charge.billed is not None)
            is_settled_later = charge.seller != "vendor" and charge.period_start_on.year == 2026
            assert (charge.billed is None) == (charge.is_reversed or is_settled_later)


@pytest.mark.usefixtures("prepared")
def test_another_run_does_everything_after_any_document_or_settlement_of_this_one(copy: Copy) -> None:
    # Given what one run alone does
    decisive = (DocumentCommand, BuyerCommand)
    with copy() as alone:
        counting = BusWithAnother(alone.bus, lambda: None, 0, decisive)
        all_runs(alone.over(counting))
        check(alone)
        expected = sum(one.gross_cents for one in alone.documents()), len(alone.documents())
    assert counting.commands > 8
    # When another process runs as well, whole, between such a command of this one and its next
    for place in range(1, counting.commands + 1):
        with copy() as business, on(business.database) as other:
            all_runs(business.over(BusWithAnother(business.bus, partial(all_runs, other), place, decisive)))
            # Then each fee is charged and billed once
            check(business)
            found = sum(one.gross_cents for one in business.documents()), len(business.documents())
            assert found == expected, f"the other one ran after command {place}"


def test_two_processes_at_once(prepared: str) -> None:
    # Given two processes that begin at the same time
    together = Barrier(2)

    def process(_: int) -> list[str]:
        with on(prepared) as business:
            together.wait(LIMIT_SECONDS)
            business.run(LAST)
            done = [business.close(2024), business.close(2025)]
            return [*done[0].documents, *done[1].documents, *business.invoice().documents]

    with ThreadPoolExecutor(2) as pool:
        issued = list(pool.map(process, range(2)))
    # Then each document was issued by one of them, and each fee is charged and billed once
    with on(prepared) as business:
        check(business)
        numbers = [one.number for one in business.documents()]
    assert sorted([*issued[0], *issued[1]]) == numbers[-len(issued[0]) - len(issued[1]) :]
    assert len(numbers) > 7


def test_two_years_of_a_reseller_closed_at_once_settle_each_fee_once(database: str) -> None:
    # Given a settled year, a fee of it that became known late, and one of the year after the next
    with open_business(database) as business, on(database) as other:
        business.activate("L-1", "klinik", "nord", date(2023, 5, 1))
        business.cancel("L-1", date(2023, 6, 1))
        business.run(LAST)
        business.close(2023)
        business.activate("L-2", "klinik", "nord", date(2023, 7, 1))
        business.cancel("L-2", date(2023, 8, 1))
        business.activate("L-3", "klinik", "nord", date(2025, 7, 1))
        business.cancel("L-3", date(2025, 8, 1))
        business.run(LAST)
        # When another process closes 2024 while this one is about to close 2025
        bus = BusWithAnother(business.bus, lambda: other.close(2024, "nord"), 1, (BuyerCommand,), after=False)
        done = business.over(bus).close(2025, "nord")
        # Then the late fee is in one of them
        assert done.failed == {}
        fees = [(one.year, one.fees) for one in business.settlements("nord")]
        assert fees == [(2023, 1), (2024, 1), (2025, 1)]
        assert [[line.package for line in one.lines] for one in business.documents()] == [
            ["L-1"],
            ["L-2"],
            ["L-3"],
        ]


class DiesOfAClose:
    """A bus whose process ends when it has closed a settlement, before any document."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def submit(self, command: Command) -> Future[Answer]:
        """Hand it over."""
        return self._bus.submit(command)

    def give(self, command: Command) -> Answer:
        """Hand it over, and end."""
        answer = self._bus.give(command)
        if isinstance(command, BuyerCommand) and isinstance(command.do, CloseSettlement):
            raise ConnectionAbortedError
        return answer


def close_and_die(business: Business, year: int, seller: str) -> None:
    """The year is closed, and its documents are missing."""
    with pytest.raises(ConnectionAbortedError):
        business.over(DiesOfAClose(business.bus)).close(year, seller)
    assert not any(one.buyer == seller for one in business.documents())


def test_a_settlement_that_was_closed_and_not_documented_is_completed_before_the_next_year(
    prepared: str,
) -> None:
    with on(prepared) as business, on(prepared) as other:
        business.run(LAST)
        # Given a process that died after it had closed the year
        close_and_die(business, 2024, "sued")
        [closed] = business.settlements("sued")
        # When another one closes the next year
        done = other.close(2025, "sued")
        # Then both are documented, the first one as it was closed
        assert other.settlements("sued")[0] == closed
        documents = [one for one in other.documents() if one.buyer == "sued"]
        assert documents[0].settles_year == 2024
        assert {one.settles_year for one in documents} == {2024, 2025}
        assert done.documents == [one.number for one in documents]
        assert documents[0].net_cents == closed.net_cents
        other.invoice()
        other.close(2025)
        check(other)


def test_what_another_run_closes_before_this_one_reads_the_books_is_not_settled_again(database: str) -> None:
    # Given two resellers with fees of two years, one of them with a settlement that is not documented
    with open_business(database) as business, on(database) as other:
        for package, seller in (("L-1", "nord"), ("L-2", "sued")):
            business.activate(package, "klinik", seller, date(2024, 5, 1))
        business.run(LAST)
        close_and_die(business, 2024, "sued")
        # When a run that closes 2025 has completed that, and another one closes 2024 with nord, and dies
        closes = iter([partial(close_and_die, other, 2024, "nord")])

        def tell(_: SettledYear) -> None:
            for close in closes:
                close()

        with business.issuer() as issuer:
            done = close_year(issuer, 2025, on_progress=tell)
        # Then each fee is settled in its year
        assert done.failed == {}
        settled = [(one.seller, one.year, one.fees) for one in business.settlements("nord", "sued")]
        assert settled == [("nord", 2024, 1), ("nord", 2025, 1), ("sued", 2024, 1), ("sued", 2025, 1)]
        check(business)


@pytest.mark.parametrize(("of_the_other", "left"), [(None, set[str]()), ("praxis-ost", {"klinik"})])
def test_what_another_run_has_issued_meanwhile_is_not_issued_again_and_the_rest_is(
    prepared: str, of_the_other: str | None, left: set[str]
) -> None:
    # Given a run that has read the books, and is about to issue its first document
    with on(prepared) as business, on(prepared) as other:
        business.run(LAST)
        another = partial(other.invoice, of_the_other)
        bus = BusWithAnother(business.bus, another, 1, (DocumentCommand,), after=False)
        # When another run issues all of it, or what one customer gets
        mine = business.over(bus).invoice()
        # Then this one issues what is left
        buyers = {one.number: one.buyer for one in business.documents()}
        assert ({buyers[number] for number in mine.documents}, mine.failed) == (left, {})
        business.close(2024)
        business.close(2025)
        check(business)
