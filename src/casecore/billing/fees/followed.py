"""The fees that follow from agreements: from the work on a case, and from the years of a customer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from casecore.billing.fees.agreements import Agreed, PriceList
from casecore.billing.fees.case_work import CaseWork, Giver, Resolution
from casecore.billing.periods import periods
from casecore.billing.terms import Rate, Terms
from casecore.contract.billing import EventRef
from casecore.contract.fees import (
    CustomerYear,
    Fee,
    FeeByEffort,
    FeeByTopic,
    FeeForEachCase,
    FeeService,
    FeeTerms,
    NoFee,
    ResolvedCase,
    YearlyFee,
)
from casecore.contract.streams import case_stream_id, package_stream_id
from casecore.licences.package import Package
from casecore.money.hours import effort_cents

_DAY = timedelta(days=1)


class Followed(NamedTuple):
    """A fee that follows, the event that led to it, and the version of the rate's event, if it is taxed."""

    fee: Fee
    caused_by: EventRef
    rate_version: int | None


def fees_of_case(
    work: CaseWork, prices: Mapping[Giver, PriceList], terms: Terms, until: date
) -> Iterator[Followed]:
    """The fees that follow from the work on a case that was resolved up to a day (domain.md, "What").

    It falls due on the day of its first resolution, under what is agreed for that day, and is taxed at that
    day's rate; there is no fee of zero. Effort counts whenever it was recorded, also after that day.
    """
    for giver, resolution in work.resolutions.items():
        price_list = prices.get(giver)
        if price_list is None or resolution.on > until:
            continue
        agreed = price_list.on(work.customer, resolution.on)
        if agreed is not None:
            followed = _fee_of_case(work, giver, resolution, price_list, agreed, terms)
            if followed.fee.net_cents:
                yield followed


def _fee_of_case(
    work: CaseWork, giver: Giver, resolution: Resolution, prices: PriceList, agreed: Agreed, terms: Terms
) -> Followed:
    service, party = giver
    effort = work.efforts.get(party)
    is_by_effort = isinstance(agreed.agreement.terms, FeeByEffort)
    minutes = effort.minutes if effort else 0
    version = max(resolution.version, effort.version) if effort and is_by_effort else resolution.version
    rate = _rate(agreed, terms, resolution.on)
    fee = Fee(
        party=party,
        customer=work.customer,
        service=service,
        covers=ResolvedCase(work.case, resolution.topic, minutes if is_by_effort else None),
        due_on=resolution.on,
        net_cents=_one_time_cents(agreed.agreement.terms, resolution.topic, minutes),
        vat_percent=rate.percent if rate else None,
        agreement=prices.agreements.event_of(agreed),
    )
    caused_by = EventRef(case_stream_id(work.case), version)
    return Followed(fee, caused_by, rate.version if rate else None)


def fees_of_customer(
    customer: str, packages: Sequence[Package], prices: PriceList, terms: Terms, until: date
) -> Iterator[Followed]:
    """The yearly fees that fell due up to a day, of a seller's customer; the packages are all that
    it ever had of the seller, each counts while it is the customer.

    The first year starts on the first day on which the customer has a package of the seller's and pays by
    the year, each further one on its anniversary, if that is still so; after a break there is a new first
    year. The amount is the one agreed for the year's first day, the rate that of its last.
    """
    party = prices.agreements.party

    def covered(day: date) -> tuple[Agreed, Package] | None:
        agreed = prices.on(customer, day)
        if agreed is None or not isinstance(agreed.agreement.terms, YearlyFee):
            return None
        package = next((one for one in packages if _is_sold_by(one, party, customer, day)), None)
        return (agreed, package) if package is not None else None

    days = sorted(prices.change_days(customer).union(*(_change_days(package) for package in packages)))
    start_on = next((day for day in days if covered(day)), None)
    while start_on is not None:
        last_on = start_on
        for year in periods(start_on, until):
            found = covered(year.start_on)
            if found is None:
                break
            last_on = year.end_on
            yield from _fee_of_year(customer, CustomerYear(year.start_on, year.end_on), *found, prices, terms)
        # A first year that starts after `until` has no period, and ends the loop.
        start_on = next((day for day in days if last_on < day <= until and covered(day)), None)


def _fee_of_year(
    customer: str, year: CustomerYear, agreed: Agreed, package: Package, prices: PriceList, terms: Terms
) -> Iterator[Followed]:
    rate = _rate(agreed, terms, year.end_on)
    assert isinstance(agreed.agreement.terms, YearlyFee)
    fee = Fee(
        party=prices.agreements.party,
        customer=customer,
        service=FeeService.LEVEL_0,
        covers=year,
        due_on=year.start_on,
        net_cents=agreed.agreement.terms.net_cents,
        vat_percent=rate.percent if rate else None,
        agreement=prices.agreements.event_of(agreed),
    )
    if fee.net_cents:
        caused_by = EventRef(package_stream_id(package.reference), package.owed_since)
        yield Followed(fee, caused_by, rate.version if rate else None)


def _one_time_cents(terms: FeeTerms, topic: str, minutes: int) -> int:
    match terms:
        case NoFee() | YearlyFee():
            return 0
        case FeeForEachCase(net_cents=cents):
            return cents
        case FeeByTopic(amounts=amounts):
            return next((amount.net_cents for amount in amounts if amount.topic == topic), 0)
        case FeeByEffort(cents_per_hour=cents):
            return effort_cents(minutes, cents)


def _rate(agreed: Agreed, terms: Terms, day: date) -> Rate | None:
    country = agreed.agreement.vat_country
    if country is None:
        return None
    rate = terms.rate_on(country, day)
    assert rate is not None  # it was known for the agreement's first day
    return rate


def _is_sold_by(package: Package, party: str, customer: str, day: date) -> bool:
    """As for maintenance, a package that is cancelled from a day on counts on that day, and not after."""
    licence = package.licence
    if licence.is_void or day < licence.activated_on:
        return False
    is_over = licence.cancelled_from_on is not None and day > licence.cancelled_from_on
    return not is_over and (package.seller_on(day), package.customer_on(day)) == (party, customer)


def _change_days(package: Package) -> set[date]:
    """The days on which a package may begin to count for another seller, or another customer."""
    licence = package.licence
    sellers_from = {assignment.from_on for assignment in licence.assignments}
    return {licence.activated_on} | sellers_from | {one.from_on for one in licence.customers}
