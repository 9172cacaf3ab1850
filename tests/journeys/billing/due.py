"""Which maintenance fees fall due: every package is followed through the calendar day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from tests.journeys.billing.steps import (
    Activated,
    Assigned,
    Cancelled,
    Changed,
    Corrected,
    OfPackage,
    Priced,
    Transferred,
    Voided,
    Withdrawn,
)

VENDOR = "vendor"
FIRST_DAY, DAY = date(2007, 1, 1), timedelta(days=1)


class Fee(NamedTuple):
    """What falls due: a package's year from its first to its last day."""

    package: str
    start: date
    end: date
    customer: str
    owed_by: str
    obligor: str
    net: int


@dataclass
class _Package:
    on: date
    sellers: dict[date, str]
    customers: dict[date, str]
    cancelled_on: date | None = None
    is_void: bool = False


@dataclass
class Packages:
    """All packages and prices, as far as they are known."""

    packages: dict[str, _Package] = field(default_factory=dict)
    prices: dict[date, int] = field(default_factory=lambda: {FIRST_DAY: 9_900})

    def learn(self, fact: OfPackage | Priced) -> None:
        """What became known next."""
        match fact:
            case Activated(package, customer, seller, on):
                self.packages[package] = _Package(on, {on: seller}, {on: customer})
            case Changed():
                pass
            case Assigned(package, seller, on):
                self.packages[package].sellers[on] = seller
            case Cancelled(package, on):
                self.packages[package].cancelled_on = on
            case Withdrawn(package):
                self.packages[package].cancelled_on = None
            case Corrected(package, on):
                known = self.packages[package]
                known.sellers[on] = known.sellers.pop(known.on)
                known.customers[on] = known.customers.pop(known.on)
                known.on = on
            case Transferred(package, customer, on):
                self.packages[package].customers[on] = customer
            case Voided(package):
                self.packages[package].is_void = True
            case Priced(cents, on):
                self.prices[on] = cents

    def due(self, until: date) -> Iterator[Fee]:
        """What falls due up to a day, as far as is known: day by day, each with its price, seller and
        customer.

        A period ends on the day before the next one begins.
        """
        there = {name: package for name, package in self.packages.items() if not package.is_void}
        begins = defaultdict(list)
        for name, package in there.items():
            begins[package.on].append(name)
        assigned = _by_day({name: package.sellers for name, package in there.items()})
        sold = _by_day({name: package.customers for name, package in there.items()})
        birthdays: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        sellers: dict[str, str] = {}
        customers: dict[str, str] = {}
        running: dict[str, Fee] = {}
        price, day = 0, FIRST_DAY
        while day <= until + 366 * DAY:
            price = self.prices.get(day, price)
            sellers.update(assigned[day])
            customers.update(sold[day])
            for name in begins[day]:
                birthdays[day.month, day.day].append(name)
            names = list(birthdays[day.month, day.day])
            if (day.month, day.day) == (2, 28) and (day + DAY).month == 3:
                names += birthdays[2, 29]
            for name in names:
                if name in running:
                    yield running.pop(name)._replace(end=day - DAY)
                package = self.packages[name]
                if day <= until and (package.cancelled_on is None or day <= package.cancelled_on):
                    is_direct = sellers[name] == VENDOR
                    owed_by = customers[name] if is_direct else sellers[name]
                    obligor = "customer" if is_direct else "reseller"
                    running[name] = Fee(name, day, day, customers[name], owed_by, obligor, price)
            day += DAY
        assert not running, "every period ends within a year and a day"


def _by_day(dated: dict[str, dict[date, str]]) -> defaultdict[date, list[tuple[str, str]]]:
    """What is another for which package from a day on."""
    found: defaultdict[date, list[tuple[str, str]]] = defaultdict(list)
    for name, values in dated.items():
        for on, value in values.items():
            found[on].append((name, value))
    return found
