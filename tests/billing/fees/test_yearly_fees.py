"""Yearly fees: one for each year of a customer, while it has a package of the seller and pays by the year."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.billing import EventRef
from casecore.contract.fees import CustomerYear, FeeForEachCase, FeeTerms, NoFee, YearlyFee
from casecore.contract.streams import BILLING_TERMS, fee_agreements_stream_id, package_stream_id
from casecore.licences.package import Package
from tests.billing.fees.filed_cases import CUSTOMER, OTHER_CUSTOMER, OTHER_SELLER, SELLER, VENDOR
from tests.billing.fees.office import EACH_CASE, Office, package

YEARLY = YearlyFee(12000)
DAY = timedelta(days=1)


def office(*packages: Package, terms: FeeTerms = YEARLY) -> Office:
    """A seller that charges by the year from 2020 on, and packages."""
    made = Office()
    made.agree(terms, from_on=date(2020, 1, 1))
    for sold in packages:
        made.sell(sold)
    return made


def due(made: Office, until: date = date(2025, 12, 31), party: str = SELLER) -> list[str]:
    """The first days of the years that a party charges, once the run has run."""
    made.run(until)
    assert made.run(until) == []
    return sorted(fee.due_on.isoformat() for fee in made.valid() if fee.party == party)


def test_a_year_begins_with_the_package_and_on_its_anniversaries_and_lasts_until_the_day_before() -> None:
    made = office(package("P-1", date(2024, 2, 29)))
    assert due(made) == ["2024-02-29", "2025-02-28"]
    years = [fee.covers for fee in made.valid()]
    assert years == [
        CustomerYear(date(2024, 2, 29), date(2025, 2, 27)),
        CustomerYear(date(2025, 2, 28), date(2026, 2, 27)),
    ]


def test_a_customer_with_several_packages_pays_once() -> None:
    # Given a second package, and a third of another customer
    made = office(
        package("P-1", date(2024, 5, 1)),
        package("P-2", date(2024, 8, 1)),
        package("P-3", date(2024, 9, 1), customer=OTHER_CUSTOMER),
    )
    # Then the year belongs to the customer, and goes on with the second package when the first is cancelled
    assert due(made) == ["2024-05-01", "2024-09-01", "2025-05-01", "2025-09-01"]
    made.sell(package("P-1", date(2024, 5, 1), cancelled_from_on=date(2024, 6, 1)))
    assert due(made) == ["2024-05-01", "2024-09-01", "2025-05-01", "2025-09-01"]


def test_packages_that_were_sold_before_anything_was_agreed_pay_from_the_agreement_on() -> None:
    assert due(office(package("P-1", date(2015, 5, 1))))[:2] == ["2020-01-01", "2021-01-01"]


def test_cancelled_before_the_due_date_nothing_is_due_and_on_it_the_whole_year() -> None:
    for cancelled_from_on, years in [(date(2025, 4, 30), 1), (date(2025, 5, 1), 2), (date(2025, 5, 2), 2)]:
        made = office(package("P-1", date(2024, 5, 1), cancelled_from_on=cancelled_from_on))
        assert len(due(made)) == years


def test_another_seller_charges_from_its_first_day_and_the_first_one_keeps_its_year() -> None:
    made = office(package("P-1", date(2023, 5, 1), (date(2024, 8, 1), OTHER_SELLER)))
    made.agree(YEARLY, from_on=date(2020, 1, 1), party=OTHER_SELLER)
    assert due(made) == ["2023-05-01", "2024-05-01"]
    assert due(made, party=OTHER_SELLER) == ["2024-08-01", "2025-08-01"]


def test_a_practice_that_is_sold_pays_until_then_and_the_new_one_from_its_first_day_on() -> None:
    # Given a package that is charged for two years
    made = office(package("P-1", date(2024, 5, 1)))
    made.run(date(2025, 12, 31))
    # When it turns out that the practice was sold after the first
    sold = package("P-1", date(2024, 5, 1), transfers=[(date(2025, 3, 1), OTHER_CUSTOMER)])
    made.sell(sold)
    # Then its second year is taken back, and the new practice's first one begins with its first day
    changes = made.run(date(2025, 12, 31))
    assert [(one.do, one.fee.customer, one.fee.due_on) for one in changes] == [
        ("reverse", CUSTOMER, date(2025, 5, 1)),
        ("record", OTHER_CUSTOMER, date(2025, 3, 1)),
    ]
    assert {one.caused_by for one in changes} == {EventRef(package_stream_id("P-1"), 2)}
    assert due(made) == ["2024-05-01", "2025-03-01"]


def test_the_vendor_charges_its_own_customers_as_any_seller_does() -> None:
    made = office(package("P-1", date(2025, 5, 1), seller=VENDOR))
    made.agree(YEARLY, party=VENDOR, from_on=date(2020, 1, 1))
    assert due(made, party=VENDOR) == ["2025-05-01"]
    assert due(made) == []


def test_after_a_break_there_is_a_new_first_year() -> None:
    made = office(
        package("P-1", date(2021, 5, 1), cancelled_from_on=date(2022, 2, 1)),
        package("P-2", date(2024, 10, 1)),
    )
    assert due(made) == ["2021-05-01", "2024-10-01", "2025-10-01"]


def test_what_is_agreed_on_the_first_day_of_a_year_applies_to_all_of_it() -> None:
    # Given another amount from June 2024 on, nothing from 2025 on, and the year beginning in May
    made = office(package("P-1", date(2023, 5, 1)))
    made.agree(YearlyFee(15000), from_on=date(2024, 6, 1))
    made.agree(NoFee(), from_on=date(2025, 6, 1))
    due(made, date(2029, 12, 31))
    charged = [(fee.due_on.year, fee.net_cents) for fee in made.valid()]
    assert charged == [(2023, 12000), (2024, 12000), (2025, 15000)]


def test_when_a_customers_own_agreement_ends_its_year_begins_with_the_one_for_all() -> None:
    made = office(package("P-1", date(2023, 5, 1)))
    made.agree(NoFee(), from_on=date(2020, 1, 1), customer=CUSTOMER)
    made.end(2, date(2024, 8, 15))
    assert due(made) == ["2024-08-15", "2025-08-15"]


def test_the_rate_is_that_of_the_years_last_day_as_known_and_a_later_one_replaces_the_memo() -> None:
    made = office(package("P-1", date(2024, 5, 1)))
    made.run(date(2024, 12, 31))
    made.rate(16, date(2025, 4, 30))
    reverse, record = made.run(date(2024, 12, 31))
    assert (reverse.fee.vat_percent, record.fee.vat_percent) == (Decimal(19), Decimal(16))
    assert reverse.caused_by == EventRef(BILLING_TERMS, 2)
    assert record.caused_by == EventRef(package_stream_id("P-1"), 1)


def test_a_void_reverses_everything_and_is_named_as_the_cause() -> None:
    made = office(package("P-1", date(2024, 5, 1)))
    assert len(due(made)) == 2
    made.sell(package("P-1", date(2024, 5, 1), is_void=True))
    changes = made.run(date(2025, 12, 31))
    assert [(c.do, c.number, c.caused_by) for c in changes] == [
        ("reverse", 1, EventRef(package_stream_id("P-1"), 2)),
        ("reverse", 2, EventRef(package_stream_id("P-1"), 2)),
    ]
    assert made.valid() == []


def test_a_party_that_changes_from_the_year_to_the_case_charges_no_further_year() -> None:
    made = office(package("P-1", date(2023, 5, 1)))
    due(made)
    made.agree(EACH_CASE, from_on=date(2024, 1, 1))
    changes = made.run(date(2025, 12, 31))
    assert [c.fee.due_on.year for c in changes] == [2024, 2025]
    assert {c.caused_by for c in changes} == {EventRef(fee_agreements_stream_id(SELLER), 2)}


# The law, against a walk through all days.

BEGIN = date(2020, 1, 1)
DAYS = st.integers(0, 2500).map(lambda days: BEGIN + timedelta(days=days))
SELLERS = st.sampled_from([SELLER, OTHER_SELLER])
CUSTOMERS = st.sampled_from([CUSTOMER, OTHER_CUSTOMER])
TERMS = st.sampled_from([YearlyFee(100), YearlyFee(1000), NoFee(), FeeForEachCase(5), YearlyFee(0)])


@st.composite
def packages(draw: st.DrawFn, reference: str) -> Package:
    activated_on = draw(DAYS)
    later = sorted(draw(st.dictionaries(DAYS, SELLERS, max_size=2)).items())
    transfers = sorted(draw(st.dictionaries(DAYS, CUSTOMERS, max_size=2)).items())
    return package(
        reference,
        activated_on,
        *((day, seller) for day, seller in later if day > activated_on),
        seller=draw(SELLERS),
        customer=draw(st.sampled_from([CUSTOMER, CUSTOMER, OTHER_CUSTOMER])),
        transfers=[(day, customer) for day, customer in transfers if day > activated_on],
        cancelled_from_on=draw(st.none() | DAYS.map(lambda day: max(day, activated_on))),
        is_void=draw(st.sampled_from([False, False, False, True])),
    )


AGREED = st.dictionaries(
    st.tuples(DAYS, st.sampled_from([None, CUSTOMER])),
    st.tuples(TERMS, st.none() | st.integers(1, 900)),
    max_size=4,
)


@given(st.tuples(packages("P-1"), packages("P-2")), AGREED)
def test_the_years_are_those_of_a_walk_through_all_days(
    sold: tuple[Package, Package], agreed: dict[tuple[date, str | None], tuple[FeeTerms, int | None]]
) -> None:
    # Given packages with sellers and cancellations, and agreements with ends
    made = Office()
    for number, ((from_on, customer), (terms, days)) in enumerate(agreed.items(), start=1):
        made.agree(terms, from_on=from_on, customer=customer)
        if days is not None:
            made.end(number, from_on + timedelta(days=days))
    for one in sold:
        made.sell(one)
    # When the run has run
    until = BEGIN + timedelta(days=2600)
    made.run(until)
    # Then the memos are those of a search through every day
    for customer in (CUSTOMER, OTHER_CUSTOMER):
        kept = [(fee.due_on, fee.net_cents) for fee in made.valid() if fee.customer == customer]
        assert sorted(kept) == _walked(sold, customer, agreed, until)


def _walked(
    sold: tuple[Package, Package],
    customer: str,
    agreed: dict[tuple[date, str | None], tuple[FeeTerms, int | None]],
    until: date,
) -> list[tuple[date, int]]:
    found: list[tuple[date, int]] = []
    first = next_on = None
    day = BEGIN
    while day <= until:
        if next_on is None or day >= next_on:
            terms = _terms_on(agreed, customer, day)
            if isinstance(terms, YearlyFee) and any(_sells(one, customer, day) for one in sold):
                first = day if first is None or day != next_on else first
                found.append((day, terms.net_cents))
                years = day.year - first.year + 1
                leap = (first.month, first.day) == (2, 29) and (first.year + years) % 4
                next_on = date(first.year + years, 2, 28) if leap else first.replace(year=first.year + years)
        day += DAY
    return [(day, cents) for day, cents in found if cents]


def _terms_on(
    agreed: dict[tuple[date, str | None], tuple[FeeTerms, int | None]], customer: str, day: date
) -> FeeTerms | None:
    for whom in (customer, None):
        begun = [from_on for from_on, whose in agreed if whose == whom and from_on <= day]
        if begun:
            terms, days = agreed[(max(begun), whom)]
            if days is None or day < max(begun) + timedelta(days=days):
                return terms
    return None


def _sells(sold: Package, to: str, day: date) -> bool:
    licence = sold.licence
    if licence.is_void or day < licence.activated_on:
        return False
    if licence.cancelled_from_on is not None and licence.cancelled_from_on < day:
        return False
    had = [one.customer for one in licence.customers if one.from_on <= day]
    customer = had[-1] if had else licence.customer
    return (customer, [one.seller for one in licence.assignments if one.from_on <= day][-1]) == (to, SELLER)
