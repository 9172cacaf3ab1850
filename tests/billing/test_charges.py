"""The fees that follow from a package and the terms, in whatever order facts are recorded, with runs in
between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.billing.charges import difference, fees_of
from casecore.contract.billing import Charge, MaintenanceFeeFellDue, MaintenanceFeeReversed, Obligor
from casecore.contract.streams import BILLING_TERMS, package_stream_id
from casecore.licences.commands import ChangeLicence
from tests.billing.bookkeeping import TODAY, VENDOR, Paper, business, fell_due

SELLERS = (VENDOR, "nord", "sued", "zentrum")
Fact = tuple[str, object, date]


class Story(NamedTuple):
    """The final facts of a package, and the same facts in the order in which they are recorded."""

    customer: str
    activated_on: date
    sellers: dict[date, str]
    cancelled_from_on: date | None
    is_void: bool
    prices: dict[date, int]
    facts: Sequence[Fact]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Consistent facts, in any order."""
    activated_on = draw(st.one_of(st.just(date(2020, 2, 29)), st.dates(date(2019, 1, 1), date(2025, 6, 1))))
    later = st.dates(activated_on + timedelta(days=1), date(2027, 6, 1))
    cancelled = draw(st.none() | later | st.just(activated_on.replace(year=2025, day=28)))
    if cancelled is not None and cancelled <= activated_on:
        cancelled = None
    assigned = draw(st.dictionaries(later, st.sampled_from(SELLERS), max_size=4))
    sellers = {day: seller for day, seller in assigned.items() if cancelled is None or day < cancelled}
    prices = draw(st.dictionaries(st.dates(date(2018, 1, 1), TODAY), st.integers(1, 20_000), max_size=3))
    is_void = draw(st.integers(0, 9)) == 0
    facts: list[Fact] = [("assign", seller, day) for day, seller in sellers.items()]
    facts += [("price", cents, day) for day, cents in prices.items()]
    facts += [("cancel", None, cancelled)] if cancelled else []
    order = list(draw(st.permutations(facts)))
    if is_void:  # nothing more is accepted for a void package
        prices_last = [fact for fact in order if fact[0] == "price"]
        order = [*(fact for fact in order if fact[0] != "price"), ("void", None, TODAY), *prices_last]
    sellers[activated_on] = draw(st.sampled_from(SELLERS))
    customer = draw(st.sampled_from(["praxis", "zentrum"]))
    return Story(customer, activated_on, sellers, cancelled, is_void, prices, order)


def recorded(story: Story, between: Callable[[Paper], object] = lambda _: None) -> Paper:
    """The story as it is recorded, with something done after each fact."""
    paper = business(is_checked=False)
    paper.activate("L-1", story.customer, story.sellers[story.activated_on], story.activated_on)
    between(paper)
    for kind, value, day in story.facts:
        match kind, value:
            case "assign", str(seller):
                paper.assign("L-1", seller, day)
            case "price", int(cents):
                paper.price(cents, day)
            case "cancel", None:
                paper.cancel("L-1", day)
            case _:
                paper.void("L-1")
        between(paper)
    return paper


def expected(story: Story, until: date) -> list[tuple[date, str, Obligor, int]]:
    """The fees by the rules, counted day by day: due when, owed by whom, how much."""
    found: list[tuple[date, str, Obligor, int]] = []
    prices = {date(2007, 1, 1): 9_900} | story.prices
    for year in range(story.activated_on.year, until.year + 1):
        due_on = story.activated_on
        while due_on.year < year:
            try:
                due_on = story.activated_on.replace(year=year)
            except ValueError:
                due_on = date(year, 2, 28)
        is_cancelled = story.cancelled_from_on is not None and due_on > story.cancelled_from_on
        if story.is_void or is_cancelled or due_on > until:
            continue
        seller = story.sellers[max(day for day in story.sellers if day <= due_on)]
        cents = prices[max(day for day in prices if day <= due_on)]
        owes = (story.customer, Obligor.CUSTOMER) if seller == VENDOR else (seller, Obligor.RESELLER)
        found.append((due_on, *owes, cents))
    return found


def valid(charges: Sequence[Charge]) -> list[tuple[date, str, Obligor, int]]:
    """The charges that were not reversed."""
    return sorted(
        (one.period_start_on, one.owed_by, one.obligor, one.net_cents)
        for one in charges
        if not one.is_reversed
    )


@given(stories(), st.dates(date(2019, 1, 1), TODAY))
def test_the_fees_follow_from_the_facts_in_whatever_order_they_are_recorded(
    story: Story, until: date
) -> None:
    paper = recorded(story)
    fees = fees_of(paper.package("L-1"), paper.terms(), VENDOR, until)
    assert [(fee.start_on, fee.owed_by, fee.obligor, fee.net_cents) for fee in fees] == expected(story, until)


@given(stories(), st.data())
def test_runs_in_between_leave_the_same_charges_as_one_run_at_the_end(
    story: Story, data: st.DataObject
) -> None:
    # Given a run after any fact, up to any day, and one at the end
    def run(paper: Paper) -> None:
        if data.draw(st.booleans()):
            paper.charge("L-1", data.draw(st.dates(date(2019, 1, 1), TODAY)))

    paper = recorded(story, run)
    paper.charge("L-1")
    # Then the valid charges are the fees that follow
    assert valid(paper.charges("L-1")) == expected(story, TODAY)
    # And the charges are numbered in their order
    assert [one.number for one in paper.charges("L-1")] == list(range(1, len(paper.charges("L-1")) + 1))
    # And another run finds nothing to do
    assert paper.charge("L-1") == ()


@given(stories(), stories(), st.dates(date(2019, 1, 1), TODAY))
def test_a_recorded_difference_is_gone(before: Story, after: Story, until: date) -> None:
    # Given the charges of one story, and the facts of another
    charged = recorded(before)
    charged.charge("L-1")
    charges = charged.charges("L-1")
    paper = recorded(after)
    package, terms = paper.package("L-1"), paper.terms()
    # When the difference is applied
    found = difference(package, terms, VENDOR, until, charges)
    reversed_numbers = {charge.number for charge, _ in found.reversals}
    left = [one for one in charges if one.number not in reversed_numbers and one.period_start_on <= until]
    due = [(fee.start_on, fee.owed_by, fee.obligor, fee.net_cents) for fee, _ in found.fees]
    # Then there is no difference any more
    assert sorted([*valid(left), *due]) == expected(after, until)


@given(stories(), st.dates(date(2019, 1, 1), TODAY))
def test_a_run_up_to_an_earlier_day_touches_nothing_that_fell_due_later(story: Story, until: date) -> None:
    paper = recorded(story)
    paper.charge("L-1")
    assert paper.charge("L-1", until) == ()


CANCELLATIONS = [
    # the day before, on, and the day after the second due date
    (date(2025, 4, 30), 1),
    (date(2025, 5, 1), 2),
    (date(2025, 5, 2), 2),
    # on the activation, and the day after
    (date(2024, 5, 1), 1),
    (date(2024, 5, 2), 1),
]


@pytest.mark.parametrize(("cancelled_from_on", "fees"), CANCELLATIONS)
def test_cancelled_before_the_due_date_nothing_is_due_and_on_it_or_later_the_whole_fee(
    cancelled_from_on: date, fees: int
) -> None:
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2024, 5, 1))
    paper.cancel("L-1", cancelled_from_on)
    assert [one.net_cents for one in fell_due(paper.charge("L-1", date(2025, 12, 31)))] == [9_900] * fees


@pytest.mark.parametrize(
    ("assigned_on", "owed_by"),
    [(date(2025, 4, 30), "sued"), (date(2025, 5, 1), "sued"), (date(2025, 5, 2), "nord")],
)
def test_the_new_seller_owes_from_its_first_day_on(assigned_on: date, owed_by: str) -> None:
    paper = business()
    paper.activate("L-1", "praxis", "nord", date(2024, 5, 1))
    paper.assign("L-1", "sued", assigned_on)
    charges = fell_due(paper.charge("L-1", date(2025, 12, 31)))
    assert [one.owed_by for one in charges] == ["nord", owed_by]


def test_seats_type_and_version_change_nothing() -> None:
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2024, 5, 1))
    paper.charge("L-1")
    paper.licence("L-1", ChangeLicence(licence_type="pro", program_version="9", seats=500))
    assert paper.charge("L-1") == ()
    assert {one.net_cents for one in paper.charges("L-1")} == {9_900}


def test_a_customer_that_becomes_the_reseller_of_its_own_package_owes_as_a_reseller() -> None:
    # Given a package that the vendor sold to a centre, which is a reseller too, charged for two years
    paper = business()
    paper.activate("L-1", "zentrum", VENDOR, date(2025, 5, 1))
    paper.charge("L-1")
    # When it turns out that the centre itself was the seller in the second one
    paper.assign("L-1", "zentrum", date(2026, 5, 1))
    # Then that fee is to be settled, not invoiced
    reversal, fee = paper.charge("L-1")
    assert isinstance(reversal, MaintenanceFeeReversed)
    assert isinstance(fee, MaintenanceFeeFellDue)
    assert (reversal.charge.obligor, fee.charge.obligor) == (Obligor.CUSTOMER, Obligor.RESELLER)


def test_a_void_reverses_all_that_was_charged_and_names_its_cause() -> None:
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2024, 5, 1))
    paper.charge("L-1")
    paper.void("L-1")
    events = paper.charge("L-1")
    assert [type(event) for event in events] == [MaintenanceFeeReversed] * 3
    for event in events:
        assert isinstance(event, MaintenanceFeeReversed)
        assert (event.caused_by.stream_id, event.caused_by.version) == (package_stream_id("L-1"), 2)
    assert valid(paper.charges("L-1")) == []


def test_another_price_reverses_the_fee_and_charges_it_again_because_of_the_price() -> None:
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 5, 1))
    paper.charge("L-1")
    paper.price(9_999, date(2026, 1, 1))
    reversal, fee = paper.charge("L-1")
    assert isinstance(reversal, MaintenanceFeeReversed)
    assert isinstance(fee, MaintenanceFeeFellDue)
    assert (reversal.charge.net_cents, fee.charge.net_cents) == (9_900, 9_999)
    assert fee.charge.price_from_on == date(2026, 1, 1)
    for event in (reversal, fee):
        assert (event.caused_by.stream_id, event.caused_by.version) == (BILLING_TERMS, 3)


def test_before_the_first_price_nothing_is_due() -> None:
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2005, 5, 1))
    due = fell_due(paper.charge("L-1", date(2008, 12, 31)))
    assert [one.period_start_on for one in due] == [date(2007, 5, 1), date(2008, 5, 1)]
