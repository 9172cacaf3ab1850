"""What happens to a licence package, and who may do it; by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from casecore.contract.licences import (
    Assignment,
    CustomerSince,
    Licence,
    LicenceActivated,
    LicenceActivationCorrected,
    LicenceAssigned,
    LicenceCancellationWithdrawn,
    LicenceCancelled,
    LicenceChanged,
    LicenceTransferred,
    LicenceVoided,
)
from casecore.contract.personal import Plain
from casecore.licences import refusals
from casecore.licences.assigning import MOST_ASSIGNMENTS
from casecore.licences.customers import MOST_CUSTOMERS
from tests.decider.spec import by
from tests.licences.steps import (
    CLINIC,
    NORD,
    NORDS_AGENT,
    NOW,
    OST,
    OSTS_AGENT,
    PRACTICE,
    SUED,
    SYSTEM,
    THE_CUSTOMER,
    VENDOR,
    VENDORS_AGENT,
    activated,
    assigned,
    cancelled,
    changed,
    corrected,
    given,
    transferred,
    uncancelled,
    voided,
)

TWO_YEARS_AHEAD = "2028-03-02"
BEYOND = "2028-03-03"


def test_a_package_is_activated() -> None:
    assert given().when(activated(seats=5)).then_one(LicenceActivated).licence == Licence(
        customer=PRACTICE,
        licence_type="standard",
        program_version="7.2",
        activated_on=date(2024, 3, 1),
        assignments=(Assignment(date(2024, 3, 1), NORD),),
        seats=5,
    )


def test_the_same_activation_again_changes_nothing_and_another_is_refused() -> None:
    known = given(activated(), assigned(OST, "2025-01-01"))
    known.when(activated()).then_nothing()
    known.when(activated(seller=OST)).then_refused(
        refusals.PackageAlreadyActivated, "another seller", at_fault="package"
    )
    known.when(activated("2024-03-02", customer=CLINIC, seats=2)).then_refused(
        refusals.PackageAlreadyActivated,
        "customer, effective_on, seats",
        "change or assign it",
        at_fault="package",
    )


def test_a_stranger_hears_that_a_reference_is_taken_and_nothing_of_the_package() -> None:
    # Whatever else agrees, or does not
    for happened in ((), (cancelled("2026-01-01"),), (voided(),)):
        for guess in (activated(seller=OST), activated("2025-01-01", seller=OST, customer=CLINIC, seats=2)):
            refused = given(activated(), *happened).when(by(OSTS_AGENT, guess)).refusal
            assert refused == refusals.PackageAlreadyActivated("P-1001", ("seller",))


def test_a_former_seller_hears_of_the_package_what_a_stranger_hears() -> None:
    # Neither who sells it now, nor its seats and whether it is cancelled
    handed_on = (activated(), assigned(OST, NOW.date().isoformat()), cancelled("2027-01-01"))
    for do in (changed(seats=2), cancelled("2027-02-01"), uncancelled(), voided()):
        given(*handed_on).when(by(NORDS_AGENT, do)).then_refused(
            refusals.PackageUnknown, "P-1001", at_fault="package"
        )
    for guess in (activated(), activated(seats=2)):
        refused = given(*handed_on).when(by(NORDS_AGENT, guess)).refusal
        assert refused == refusals.PackageAlreadyActivated("P-1001", ("seller",))


@pytest.mark.parametrize("day", ["2026-01-01", NOW.date().isoformat(), TWO_YEARS_AHEAD])
def test_a_cancelled_package_is_not_activated_again_whether_its_day_has_come_or_not(day) -> None:
    known = given(activated(), cancelled(day))
    known.when(activated()).then_refused(
        refusals.PackageCancelled, f"P-1001 is cancelled from {day} on", at_fault="package"
    )
    # What differs is said first.
    known.when(activated(seats=2)).then_refused(
        refusals.PackageAlreadyActivated, "another seats", at_fault="package"
    )


def test_the_customer_is_a_registered_customer() -> None:
    for customer in (NORD, "nobody"):
        given().when(activated(customer=customer)).then_refused(
            refusals.CustomerUnknown, customer, at_fault="customer"
        )


def test_the_seller_is_a_registered_reseller_or_the_vendor() -> None:
    given().when(activated(seller=VENDOR)).then(LicenceActivated)
    known = given(activated())
    for seller in (SUED, PRACTICE, "nobody"):
        given().when(activated(seller=seller)).then_refused(
            refusals.SellerUnknown, seller, "vendor", at_fault="seller"
        )
        known.when(assigned(seller, "2025-01-01")).then_refused(
            refusals.SellerUnknown, seller, at_fault="seller"
        )
    known.when(assigned(VENDOR, "2025-01-01")).then(LicenceAssigned)


@pytest.mark.parametrize("act", [lambda day: activated(day), lambda day: assigned(OST, day), cancelled])
def test_a_day_that_can_only_be_a_typing_error_is_refused(act) -> None:
    def known():
        return given() if act("2024-01-01").do.verb == "activate" else given(activated("1990-01-01"))

    field = "effective_on" if act("2024-01-01").do.verb == "activate" else "from_on"
    for day in ("1989-12-31", "0024-03-01", BEYOND, "9999-12-31"):
        known().when(act(day)).then_refused(
            refusals.DayOutOfRange, f"{field} is {day}", "from 1990-01-01 to 2028-03-02", at_fault=field
        )
    for day in ("1990-01-02", TWO_YEARS_AHEAD):
        known().when(act(day))
        assert known().when(act(day)).refusal is None


def test_a_change_says_only_what_is_another() -> None:
    given(activated()).when(changed(program_version="7.3", seats=10)).then(
        LicenceChanged, licence_type="standard", program_version="7.3", seats=10
    )
    given(activated(seats=10)).when(changed(licence_type="multi")).then(LicenceChanged)


def test_a_multi_licence_becomes_a_single_one() -> None:
    given(activated(seats=10)).when(changed(single=True)).then(LicenceChanged, seats=None)
    given(activated()).when(changed(single=True)).then_nothing()
    given(activated(seats=10)).when(changed(single=True, seats=3)).then_refused(
        refusals.SeatsOfASingleLicence, "not both", at_fault="seats"
    )


def test_a_change_that_changes_nothing_stores_nothing_and_one_that_says_nothing_is_refused() -> None:
    given(activated(seats=10)).when(
        changed(licence_type="standard", program_version="7.2", seats=10)
    ).then_nothing()
    given(activated()).when(changed()).then_refused(refusals.ChangeNamesNothing, "licence_type", at_fault="")


def test_another_seller_has_it_from_a_day_on_until_the_next() -> None:
    story = given(activated(), assigned(OST, "2025-01-01")).when(assigned(NORD, "2026-01-01"))
    assert story.then_one(LicenceAssigned).licence.assignments == (
        Assignment(date(2024, 3, 1), NORD),
        Assignment(date(2025, 1, 1), OST),
        Assignment(date(2026, 1, 1), NORD),
    )


def test_an_assignment_that_is_recorded_late_goes_between_the_others() -> None:
    story = given(activated(), assigned(VENDOR, "2026-01-01")).when(assigned(OST, "2025-01-01"))
    assignments = story.then_one(LicenceAssigned).licence.assignments
    assert [one.seller for one in assignments] == [NORD, OST, VENDOR]


def test_a_day_has_one_seller() -> None:
    known = given(activated(), assigned(OST, "2025-01-01"))
    known.when(assigned(OST, "2025-01-01")).then_nothing()
    known.when(assigned(NORD, "2025-01-01")).then_refused(
        refusals.TwoSellersFromOneDay, "seller is nord", "2025-01-01", "ost already", at_fault="seller"
    )
    known.when(assigned(OST, "2024-03-01")).then_refused(
        refusals.TwoSellersFromOneDay, "nord already", at_fault="seller"
    )


def test_nothing_happens_before_the_activation() -> None:
    known = given(activated())
    known.when(assigned(OST, "2024-02-29")).then_refused(
        refusals.BeforeActivation, "2024-02-29", "2024-03-01", at_fault="from_on"
    )
    known.when(cancelled("2024-02-29")).then_refused(
        refusals.BeforeActivation, "2024-02-29", at_fault="from_on"
    )
    known.when(cancelled("2024-03-01")).then(LicenceCancelled)


def test_assignments_are_bounded() -> None:
    first = date(2024, 3, 1)
    sellers = [
        assigned((OST, NORD)[place % 2], (first + timedelta(days=place + 1)).isoformat())
        for place in range(MOST_ASSIGNMENTS - 1)
    ]
    given(activated(), *sellers).when(assigned(OST, "2025-12-31")).then_refused(
        refusals.TooManyAssignments, str(MOST_ASSIGNMENTS), at_fault="package"
    )


def test_a_cancellation_is_moved_by_another_one() -> None:
    history = (activated(), cancelled("2026-01-01"))
    given(*history).when(cancelled("2026-01-01")).then_nothing()
    for earlier_or_later in (date(2025, 1, 1), date(2027, 1, 1)):
        given(*history).when(cancelled(earlier_or_later.isoformat())).then(
            LicenceCancelled, cancelled_from_on=earlier_or_later
        )


@pytest.mark.parametrize("day", ["2026-01-01", NOW.date().isoformat(), TWO_YEARS_AHEAD])
def test_a_cancellation_is_withdrawn_whether_its_day_has_come_or_not(day) -> None:
    known = given(activated(), cancelled(day))
    made = known.when(uncancelled()).then_one(LicenceCancellationWithdrawn)
    assert (made.licence.cancelled_from_on, made.cancelled_from_on) == (None, date.fromisoformat(day))
    # The package is as it was, so it is changed and cancelled as any other.
    again = given(activated(), cancelled(day), uncancelled())
    again.when(activated()).then_nothing()
    again.when(assigned(OST, TWO_YEARS_AHEAD)).then(LicenceAssigned)
    again.when(cancelled("2025-06-01")).then(LicenceCancelled, cancelled_from_on=date(2025, 6, 1))


def test_a_package_that_is_not_cancelled_needs_no_withdrawal() -> None:
    given(activated()).when(uncancelled()).then_nothing()
    given(activated(), cancelled("2026-01-01"), uncancelled()).when(uncancelled()).then_nothing()


def test_a_seller_withdraws_a_cancellation_until_its_day() -> None:
    today = NOW.date().isoformat()
    given(activated(), cancelled(today)).when(by(NORDS_AGENT, uncancelled())).then(
        LicenceCancellationWithdrawn
    )
    over = (activated(), cancelled("2026-03-01"))
    given(*over).when(by(NORDS_AGENT, uncancelled())).then_refused(
        refusals.CancellationTookEffect, "from 2026-03-01 on, before today, 2026-03-02", at_fault=""
    )
    for actor in (VENDORS_AGENT, SYSTEM):
        given(*over).when(by(actor, uncancelled())).then(LicenceCancellationWithdrawn)
    given(activated(), cancelled(today)).when(by(OSTS_AGENT, uncancelled())).then_refused(
        refusals.PackageUnknown, "There is no licence package"
    )


def test_the_day_of_the_activation_is_corrected_and_the_first_seller_has_it_from_then_on() -> None:
    for day in ("2023-01-31", "2024-12-31"):
        known = given(activated(), assigned(OST, "2025-01-01"), cancelled("2026-01-01"))
        made = known.when(corrected(day)).then_one(LicenceActivationCorrected)
        assert made.corrected_from_on == date(2024, 3, 1)
        assert made.licence.activated_on == date.fromisoformat(day)
        assert made.licence.assignments == (
            Assignment(date.fromisoformat(day), NORD),
            Assignment(date(2025, 1, 1), OST),
        )
        # It is the same again, and an activation now says that day.
        known.when(corrected(day)).then_nothing()
        known.when(activated()).then_refused(
            refusals.PackageAlreadyActivated, "another effective_on", "correct the day", at_fault="package"
        )
    given(activated(), corrected("2024-04-01")).when(activated("2024-04-01")).then_nothing()


def test_a_package_is_not_activated_after_what_happened_to_it() -> None:
    known = given(activated(), assigned(OST, "2025-01-01"), cancelled("2026-01-01"))
    for day in ("2025-01-01", "2025-06-01"):
        known.when(corrected(day)).then_refused(
            refusals.ActivatedAfterAssignment, "assigned to ost from 2025-01-01", at_fault="activated_on"
        )
    over = given(activated(), cancelled("2026-01-01"))
    over.when(corrected("2026-01-02")).then_refused(
        refusals.ActivatedAfterCancellation, "withdraw the cancellation", at_fault="activated_on"
    )
    over.when(corrected("2026-01-01")).then(LicenceActivationCorrected)
    for day in ("1989-12-31", BEYOND):
        given(activated()).when(corrected(day)).then_refused(
            refusals.DayOutOfRange, f"activated_on is {day}", at_fault="activated_on"
        )


def test_a_practice_that_is_sold_takes_its_package_along() -> None:
    made = given(activated()).when(transferred(CLINIC, "2025-07-01")).then_one(LicenceTransferred)
    assert (made.customer, made.from_on) == (CLINIC, date(2025, 7, 1))
    assert made.licence.customer == CLINIC
    assert made.licence.customers == (
        CustomerSince(date(2024, 3, 1), PRACTICE),
        CustomerSince(date(2025, 7, 1), CLINIC),
    )
    # One that is recorded late applies until the next.
    known = given(activated(), transferred(CLINIC, "2025-07-01"))
    late = known.when(transferred(OST, "2025-01-01")).then_one(LicenceTransferred)
    assert [one.customer for one in late.licence.customers] == [PRACTICE, OST, CLINIC]
    assert late.licence.customer == CLINIC
    # What is so already is accepted, and the first activation stays what it was.
    known.when(transferred(CLINIC, "2025-07-01")).then_nothing()
    known.when(activated()).then_nothing()
    known.when(activated(customer=CLINIC)).then_refused(
        refusals.PackageAlreadyActivated, "another customer", "transfer it", at_fault="package"
    )


def test_a_day_has_one_customer_and_it_is_a_registered_one() -> None:
    known = given(activated(), transferred(CLINIC, "2025-07-01"))
    for day, other in (("2025-07-01", CLINIC), ("2024-03-01", PRACTICE)):
        known.when(transferred(OST, day)).then_refused(
            refusals.TwoCustomersFromOneDay, f"from {day} on {other}", at_fault="customer"
        )
    for nobody in (NORD, "nobody"):
        known.when(transferred(nobody, "2025-08-01")).then_refused(
            refusals.CustomerUnknown, nobody, at_fault="customer"
        )


def test_a_package_is_transferred_while_it_runs() -> None:
    known = given(activated(), cancelled("2026-01-01"))
    known.when(transferred(CLINIC, "2024-02-29")).then_refused(
        refusals.BeforeActivation, "activated on 2024-03-01", at_fault="from_on"
    )
    known.when(transferred(CLINIC, "2026-01-01")).then_refused(
        refusals.TransferredAfterCancellation, "from 2026-01-01 on", at_fault="from_on"
    )
    for day in ("1989-12-31", BEYOND):
        known.when(transferred(CLINIC, day)).then_refused(
            refusals.DayOutOfRange, f"from_on is {day}", at_fault="from_on"
        )
    known.when(transferred(CLINIC, "2025-12-31")).then(LicenceTransferred)


def test_the_day_of_an_activation_is_before_the_first_transfer() -> None:
    known = given(activated(), transferred(CLINIC, "2025-07-01"))
    known.when(corrected("2025-07-01")).then_refused(
        refusals.ActivatedAfterTransfer, "klinik has the package from 2025-07-01", at_fault="activated_on"
    )
    made = known.when(corrected("2025-06-30")).then_one(LicenceActivationCorrected)
    assert made.licence.customers[0] == CustomerSince(date(2025, 6, 30), PRACTICE)


def test_a_package_has_a_bounded_number_of_customers() -> None:
    days = [date(2024, 3, 1) + timedelta(days=number) for number in range(1, MOST_CUSTOMERS + 1)]
    sold = [transferred((CLINIC, PRACTICE)[place % 2], day.isoformat()) for place, day in enumerate(days)]
    given(activated(), *sold[:-1]).when(sold[-1]).then_refused(
        refusals.TooManyCustomers, str(MOST_CUSTOMERS), at_fault="package"
    )


def test_a_cancelled_package_is_changed_and_assigned_only_for_days_before() -> None:
    history = (activated(), assigned(OST, "2025-12-01"), cancelled("2026-01-01"))
    given(*history).when(assigned(VENDOR, "2025-12-31")).then(LicenceAssigned)
    given(*history).when(assigned(VENDOR, "2026-01-01")).then_refused(
        refusals.AssignedAfterCancellation, "from_on is 2026-01-01", "from 2026-01-01 on", at_fault="from_on"
    )
    # A change applies from the day on which it happened, by the calendar of Berlin.
    change = changed(program_version="7.3")
    last_moment = datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC)
    given(*history).when(replace(change, occurred_at=last_moment)).then(LicenceChanged)
    given(*history).when(replace(change, occurred_at=last_moment + timedelta(seconds=1))).then_refused(
        refusals.ChangedAfterCancellation, "change would apply from 2026-01-01", at_fault=""
    )


def test_what_is_so_already_is_accepted_also_after_the_cancellation() -> None:
    known = given(activated(), assigned(OST, "2025-12-01"), cancelled("2025-06-01"))
    known.when(assigned(OST, "2025-12-01")).then_nothing()
    known.when(changed(program_version="7.2")).then_nothing()


def test_a_void_is_final() -> None:
    given(activated()).when(voided("typed twice")).then(
        LicenceVoided, is_void=True, reason=Plain("typed twice")
    )
    known = given(activated(), voided())
    known.when(voided("typed twice")).then_nothing()
    for do in (
        activated(),
        changed(seats=2),
        assigned(OST, "2025-01-01"),
        assigned(NORD, "2024-03-01"),
        cancelled("2025-01-01"),
        uncancelled(),
        corrected("2024-01-01"),
        transferred(CLINIC, "2025-01-01"),
    ):
        known.when(do).then_refused(refusals.PackageVoid, "is void", at_fault="package")


@pytest.mark.parametrize(
    "do",
    [
        changed(seats=2),
        assigned(OST, "2025-01-01"),
        cancelled("2025-01-01"),
        uncancelled(),
        corrected("2024-01-01"),
        transferred(CLINIC, "2025-01-01"),
        voided(),
    ],
)
def test_what_was_never_activated_is_unknown(do) -> None:
    given().when(do).then_refused(refusals.PackageUnknown, "P-1001", "activate it first", at_fault="package")


@pytest.mark.parametrize("actor", [VENDORS_AGENT, SYSTEM])
def test_the_vendor_and_the_system_may_do_everything(actor) -> None:
    given().when(by(actor, activated())).then(LicenceActivated)
    for do in (changed(seats=2), assigned(OST, "2025-01-01"), cancelled("2025-01-01"), voided()):
        assert given(activated()).when(by(actor, do)).refusal is None


def test_a_seller_activates_changes_and_cancels_what_it_sells() -> None:
    given().when(by(NORDS_AGENT, activated())).then(LicenceActivated)
    given(activated()).when(by(NORDS_AGENT, changed(seats=2))).then(LicenceChanged)
    given(activated()).when(by(NORDS_AGENT, cancelled("2027-01-01"))).then(LicenceCancelled)
    # Not what another one sells: the seller is that of today.
    given().when(by(OSTS_AGENT, activated())).then_refused(
        refusals.NotYourPackage, "ost, as seller", "nord", at_fault=""
    )
    given(activated()).when(by(OSTS_AGENT, changed(seats=2))).then_refused(
        refusals.PackageUnknown, "P-1001", at_fault="package"
    )
    handed_on = (activated(), assigned(OST, NOW.date().isoformat()))
    given(*handed_on).when(by(OSTS_AGENT, changed(seats=2))).then(LicenceChanged)
    to_be_handed_on = given(activated(), assigned(OST, "2026-03-03"))
    to_be_handed_on.when(by(NORDS_AGENT, changed(seats=2))).then(LicenceChanged)


def test_a_seller_does_not_take_back_what_was_owed_before_today() -> None:
    given(activated()).when(by(NORDS_AGENT, cancelled(NOW.date().isoformat()))).then(LicenceCancelled)
    given(activated()).when(by(NORDS_AGENT, cancelled("2026-03-01"))).then_refused(
        refusals.CancelledTooLate, "before today, 2026-03-02", at_fault="from_on"
    )
    given(activated()).when(cancelled("2026-03-01")).then(LicenceCancelled)


def test_who_sells_a_package_and_whether_it_exists_the_vendor_decides() -> None:
    for do in (
        assigned(NORD, "2025-01-01"),
        corrected("2024-01-01"),
        transferred(CLINIC, "2025-01-01"),
        voided(),
    ):
        given(activated()).when(by(NORDS_AGENT, do)).then_refused(
            refusals.NotYourPackage, f"may not {do.do.verb}", "the vendor (vendor)", at_fault=""
        )


def test_a_customer_does_nothing_to_a_package() -> None:
    for do in (changed(seats=2), cancelled("2027-01-01"), uncancelled(), activated()):
        given(activated()).when(by(THE_CUSTOMER, do)).then_refused(
            refusals.NotYourPackage, "praxis, as customer", at_fault=""
        )
