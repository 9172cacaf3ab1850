"""A package's charges after any history of it, with runs anywhere in between, against a slow reference.

The reference knows the final facts only, and looks at each day by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.billing import Charge, Obligor
from casecore.licences.commands import (
    AssignLicence,
    CancelLicence,
    CorrectActivation,
    LicenceAction,
    TransferLicence,
    WithdrawCancellation,
)
from casecore.licences.refusals import LicenceRefusal
from tests.billing.bookkeeping import TODAY, VENDOR, Paper, business

PACKAGE = "L-1"
FIRST, DAY = date(2021, 1, 1), timedelta(days=1)
DAYS = st.sampled_from(
    [date(2022, 2, 28), date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1), TODAY, TODAY + DAY]
) | st.dates(FIRST, TODAY + 400 * DAY)


@dataclass
class PackageFacts:
    """What holds of the package after all that was accepted."""

    activated_on: date
    sellers: dict[date, str]
    customers: dict[date, str]
    cancelled_from_on: date | None = None


@dataclass
class Life:
    """A package with its books, and its facts in plain words."""

    paper: Paper
    facts: PackageFacts

    def attempt(self, do: LicenceAction) -> None:
        """Something is done to the package, unless it is refused: then the facts stay."""
        try:
            self.paper.licence(PACKAGE, do)
        except LicenceRefusal:
            return
        self._learn(do)

    def _learn(self, do: LicenceAction) -> None:
        match do:
            case AssignLicence(seller=seller, from_on=day):
                self.facts.sellers[day] = seller
            case CancelLicence(from_on=day):
                self.facts.cancelled_from_on = day
            case CorrectActivation(activated_on=day):
                first = self.facts.activated_on
                self.facts.sellers[day] = self.facts.sellers.pop(first)
                self.facts.customers[day] = self.facts.customers.pop(first)
                self.facts.activated_on = day
            case TransferLicence(customer=customer, from_on=day):
                self.facts.customers[day] = customer
            case WithdrawCancellation():
                self.facts.cancelled_from_on = None
            case _:
                raise AssertionError(do)


class Owed(NamedTuple):
    """A fee, and to whom it is charged."""

    due_on: date
    customer: str
    owed_by: str
    obligor: Obligor


ACTIONS = st.one_of(
    st.builds(AssignLicence, seller=st.sampled_from([VENDOR, "nord", "sued", "zentrum"]), from_on=DAYS),
    st.builds(CancelLicence, from_on=DAYS),
    st.builds(WithdrawCancellation),
    st.builds(TransferLicence, customer=st.sampled_from(["praxis", "klinik", "zentrum"]), from_on=DAYS),
    st.builds(CorrectActivation, activated_on=DAYS),
)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A package that was activated, with nothing else known of it."""
    activated_on = draw(st.just(date(2024, 2, 29)) | st.dates(FIRST, date(2025, 12, 31)))
    seller, customer = draw(st.sampled_from([VENDOR, "nord"])), draw(st.sampled_from(["praxis", "zentrum"]))
    paper = business(is_checked=False)
    paper.activate(PACKAGE, customer, seller, activated_on)
    facts = PackageFacts(activated_on, sellers={activated_on: seller}, customers={activated_on: customer})
    return Life(paper, facts)


def owed_day_by_day(facts: PackageFacts, until: date) -> Iterator[Owed]:
    """The fees that fall due up to a day: each day is asked whether one does, and who has the package."""
    day = facts.activated_on
    seller = customer = ""
    while day <= until:
        seller = facts.sellers.get(day, seller)
        customer = facts.customers.get(day, customer)
        is_over = facts.cancelled_from_on is not None and facts.cancelled_from_on < day
        if begins_a_year(facts.activated_on, day) and not is_over:
            is_direct = seller == VENDOR
            obligor = Obligor.CUSTOMER if is_direct else Obligor.RESELLER
            yield Owed(day, customer, customer if is_direct else seller, obligor)
        day += DAY


def begins_a_year(activated_on: date, day: date) -> bool:
    """Whether a year of maintenance begins on the day: 28 February stands in for a 29th that is not there."""
    wanted = (activated_on.month, activated_on.day)
    if wanted == (2, 29) and (day + DAY).day == 1:
        wanted = (2, day.day)
    return (day.month, day.day) == wanted


def charged(charges: tuple[Charge, ...]) -> list[Owed]:
    """The charges that were not reversed."""
    return sorted(
        Owed(one.period_start_on, one.customer, one.owed_by, one.obligor)
        for one in charges
        if not one.is_reversed
    )


@given(lives(), st.data())
def test_after_all_runs_the_charges_are_those_that_a_walk_from_day_to_day_finds(
    life: Life, data: st.DataObject
) -> None:
    # Given any history, with charging runs up to any day, invoices and settlements in between
    paper = life.paper
    for do in data.draw(st.lists(ACTIONS, min_size=1, max_size=9)):
        life.attempt(do)
        if data.draw(st.booleans()):
            paper.charge(PACKAGE, data.draw(st.dates(FIRST, TODAY)))
        bill(paper, data.draw(st.sampled_from([None, None, 2023, 2024, 2025])))
    # When it is charged up to today
    paper.charge(PACKAGE)
    # Then the charges are the fees, each once, and there is nothing more to do
    assert charged(paper.charges(PACKAGE)) == sorted(owed_day_by_day(life.facts, TODAY))
    assert paper.charge(PACKAGE) == ()


def bill(paper: Paper, year: int | None) -> None:
    """Issue what is open: with customers, and with resellers for a year after those that are settled."""
    if year is None:
        return
    for buyer in ("praxis", "zentrum", "klinik"):
        paper.invoice(buyer)
    for seller in ("nord", "sued", "zentrum"):
        settled = paper.buyer(seller).settlements
        if not settled or settled[-1].year < year:
            paper.settle(seller, year)


@given(lives(), st.data())
def test_after_all_documents_too_each_buyer_has_been_billed_exactly_what_it_owes(
    life: Life, data: st.DataObject
) -> None:
    # Given any history, charged and billed in between
    paper = life.paper
    for do in data.draw(st.lists(ACTIONS, min_size=1, max_size=6)):
        life.attempt(do)
        paper.charge(PACKAGE)
        bill(paper, data.draw(st.sampled_from([None, 2023, 2024])))
    # When all is charged, and the next open year is settled
    paper.charge(PACKAGE)
    bill(paper, 2025)
    # Then documents bill, less what they took back, what is owed: no fee is lost, and none is billed twice
    is_over = {Obligor.RESELLER: date(2025, 12, 31), Obligor.CUSTOMER: TODAY}
    owed = [one for one in owed_day_by_day(life.facts, TODAY) if one.due_on <= is_over[one.obligor]]
    assert billed(paper) == sorted(owed)


def billed(paper: Paper) -> list[Owed]:
    """The fees that documents bill and no correction took back."""
    found: list[Owed] = []
    for document in paper.documents:
        for line in document.lines:
            charge = paper.charges(PACKAGE)[line.charge - 1]
            owed = Owed(line.period_start_on, line.customer, document.buyer, charge.obligor)
            found.append(owed) if document.corrects is None else found.remove(owed)
    return sorted(found)
