"""What holds for every package, whatever happens to it in whichever order."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from casecore.contract.licences import LicenceActivationCorrected, LicenceTransferred
from casecore.contract.types import EVENT_TYPES
from casecore.licences.days import FURTHEST_AHEAD
from tests.licences.steps import (
    CLINIC,
    NORD,
    NOW,
    OST,
    PRACTICE,
    SUED,
    VENDOR,
    activated,
    assigned,
    cancelled,
    command,
    transferred,
)
from tests.licences.steps import given as given_package
from tests.licences.strategies import days, histories

TODAY = NOW.date()
SPAN = days(date(1989, 12, 1), TODAY + FURTHEST_AHEAD + timedelta(days=30)) | days(
    date(2024, 1, 1), date(2024, 1, 9)
)
HISTORIES = histories((PRACTICE, CLINIC, SUED), (NORD, OST, VENDOR, SUED), SPAN).map(
    lambda life: [command(do) for do in life]
)


@given(HISTORIES)
@example([activated(), assigned(OST, "2026-01-01"), assigned(NORD, "2025-01-01"), cancelled("2025-06-01")])
def test_assignments_and_customers_are_sorted_and_each_day_has_one_of_each(life) -> None:
    story = given_package()
    for do in life:
        story.attempt(do)
        if story.state is None:
            continue
        licence = story.state.licence
        starts = [one.from_on for one in licence.assignments]
        assert starts == sorted(set(starts))
        assert starts[0] == licence.activated_on
        if licence.customers:
            days = [one.from_on for one in licence.customers]
            assert days == sorted(set(days))
            assert (days[0], licence.customers[-1].customer) == (licence.activated_on, licence.customer)
        assert licence.cancelled_from_on is None or licence.cancelled_from_on >= licence.activated_on
        assert licence.seats is None or licence.seats >= 2


@given(HISTORIES)
def test_what_was_accepted_is_accepted_again_and_changes_nothing(life) -> None:
    story = given_package()
    for do in life:
        if story.attempt(do) is not None:
            story.when(do).then_nothing()


@given(HISTORIES)
def test_each_fact_says_all_that_holds_and_is_read_as_it_was_written(life) -> None:
    story = given_package()
    count = 0
    for do in life:
        before = story.state
        events = story.attempt(do)
        if not events:
            continue
        [made] = events
        package = story.state
        count += 1
        assert (package.reference, package.licence, package.version) == ("P-1001", made.licence, count)
        # Something has changed, and what a package is never changes.
        assert before is None or made.licence != before.licence
        if before is not None and not isinstance(made, LicenceTransferred):
            assert made.licence.customer == before.licence.customer
        if before is not None and not isinstance(made, LicenceActivationCorrected):
            assert made.licence.activated_on == before.licence.activated_on
        assert EVENT_TYPES.name_of(made).startswith("casecore.licence.")


@given(st.permutations([(OST, 1), (NORD, 2), (VENDOR, 3), (OST, 4)]), st.integers(0, 60))
def test_in_whatever_order_assignments_are_recorded_each_day_has_the_same_seller(order, day_number) -> None:
    # Given a package that changes its seller each ten days,
    story = given_package(activated("2024-03-01"))
    first = date(2024, 3, 1)
    for seller, place in order:
        story.accept(assigned(seller, (first + timedelta(days=10 * place)).isoformat()))
    # when one asks for a day's seller, then it is the last one that began on or before it.
    package = story.state
    assert package is not None
    expected = [NORD, OST, NORD, VENDOR, OST, OST, OST][day_number // 10]
    assert package.seller_on(first + timedelta(days=day_number)) == expected
    assert package.seller_on(first - timedelta(days=1)) == NORD


@given(st.permutations([(CLINIC, 1), (OST, 2), (PRACTICE, 3), (CLINIC, 4)]), st.integers(0, 60))
def test_in_whatever_order_transfers_are_recorded_each_day_has_the_same_customer(order, day_number) -> None:
    # Given a package that changes its customer each ten days,
    story = given_package(activated("2024-03-01"))
    first = date(2024, 3, 1)
    for customer, place in order:
        story.accept(transferred(customer, (first + timedelta(days=10 * place)).isoformat()))
    # when one asks for a day's customer, then it is the last one that had it from on or before that day.
    package = story.state
    assert package is not None
    expected = [PRACTICE, CLINIC, OST, PRACTICE, CLINIC, CLINIC, CLINIC][day_number // 10]
    assert package.customer_on(first + timedelta(days=day_number)) == expected
    assert package.customer_on(first - timedelta(days=1)) == PRACTICE
