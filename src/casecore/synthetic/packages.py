"""Which customer has which licence packages, sold by whom, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    ChangeLicence,
    LicenceAction,
    VoidLicence,
)
from casecore.synthetic.draws import Draws, Weighted
from casecore.synthetic.local_hours import DAY, HOUR, local_day, midnight
from casecore.synthetic.plan import Plan, weeks
from casecore.synthetic.trajectory import TrajectoryModel

AT_THE_START = 0.7
"""The share of customers that are there when the business begins; the others come evenly."""
DIRECT = 0.2
"""The share of packages that the vendor sells itself."""
OLDEST = timedelta(days=2_000)
"""Packages that are there at the start were activated within this time before it."""
CACHED = 20_000
"""Customers that are kept in memory, some 20 MB; any other is made again when it is needed."""

_PACKAGES = Weighted({1: 75, 2: 18, 3: 7})
_TYPES = Weighted({"basic": 50, "imaging": 35, "clinic": 15})
_VERSIONS = ("8.4", "9.0", "9.1", "10.0")
_FATES = Weighted({"stays": 66, "changed": 14, "assigned": 11, "cancelled": 8, "void": 1})
_SOON = 14 * DAY
"""The time within which a package that should not exist is found."""


class PackageChange(NamedTuple):
    """What is done to a package, and when, in seconds since 1970."""

    at: int
    do: LicenceAction


class PlannedPackage(NamedTuple):
    """A licence package: how it was activated, at most one change, and its seller from which day on."""

    reference: str
    activation: PackageChange
    change: PackageChange | None
    sellers: tuple[tuple[date, str], ...]

    def seller_on(self, day: date) -> str:
        """The seller on a day."""
        return [seller for from_on, seller in self.sellers if from_on <= day][-1]


class Customer(NamedTuple):
    """A customer, with its support partner and its packages; it came at `joined_at`."""

    id: str
    number: int
    joined_at: int
    partner: str
    packages: tuple[PlannedPackage, ...]


Customers: TypeAlias = Callable[[int], Customer]
"""The customer with a number, from 0; the same again whenever it is asked for."""


def customers_of(plan: Plan, model: TrajectoryModel) -> Customers:
    """A plan's customers, in the order in which they come."""

    @lru_cache(CACHED)
    def customer(number: int) -> Customer:
        draws = Draws(f"{plan.namespace}/customer/{number}")
        customer_id = f"{plan.mark}-practice-{number + 1:05}"
        joined_at = _joined_at(plan, model, number)
        packages = tuple(
            _package(plan, model, f"{plan.mark}-L-{number + 1:05}-{place}", customer_id, joined_at, draws)
            for place in range(1, draws.weighted(_PACKAGES) + 1)
        )
        return Customer(customer_id, number, joined_at, draws.one_of(plan.partners), packages)

    return customer


def there_at(plan: Plan, place: float) -> int:
    """How many customers are there when the place-th case is opened; at least one."""
    first = _at_the_start(plan)
    return first + int(place * (plan.customers - first) / plan.cases + 0.5)


def _at_the_start(plan: Plan) -> int:
    return max(int(plan.customers * AT_THE_START), 1)


def _joined_at(plan: Plan, model: TrajectoryModel, number: int) -> int:
    first = _at_the_start(plan)
    if number < first:
        return midnight(plan.start)
    return model.opened_at(plan, (number - first + 0.5) * plan.cases / (plan.customers - first))


def _package(
    plan: Plan, model: TrajectoryModel, reference: str, customer: str, joined_at: int, draws: Draws
) -> PlannedPackage:
    joined_on = local_day(joined_at)
    was_there = joined_at == midnight(plan.start)
    activated_on = joined_on - timedelta(days=draws.below(OLDEST.days)) if was_there else joined_on
    seller = plan.vendor if draws.chance(DIRECT) else draws.one_of(plan.resellers)
    activate = ActivateLicence(
        customer=customer,
        seller=seller,
        licence_type=draws.weighted(_TYPES),
        program_version=draws.one_of(_VERSIONS[:3]),
        seats=2 + draws.below(11) if draws.chance(0.2) else None,
        effective_on=activated_on,
    )
    change = _change(plan, model, joined_at, activate, draws)
    sellers: tuple[tuple[date, str], ...] = ((activated_on, seller),)
    if change is not None and isinstance(change.do, AssignLicence):
        sellers = (*sellers, (change.do.from_on, change.do.seller))
    return PlannedPackage(reference, PackageChange(joined_at, activate), change, sellers)


def _change(
    plan: Plan, model: TrajectoryModel, joined_at: int, was: ActivateLicence, draws: Draws
) -> PackageChange | None:
    fate = draws.weighted(_FATES)
    until = midnight(plan.start) + weeks(plan) * 7 * DAY
    at = model.next_usual(joined_at + HOUR + int(draws.share() * max(until - joined_at, 0)))
    ahead = local_day(at) + timedelta(days=1 + draws.below(60))
    match fate:
        case "changed":
            return PackageChange(at, ChangeLicence(program_version=_VERSIONS[-1]))
        case "assigned":
            others = [seller for seller in (*plan.resellers, plan.vendor) if seller != was.seller]
            return PackageChange(at, AssignLicence(seller=draws.one_of(others), from_on=ahead))
        case "cancelled":
            return PackageChange(at, CancelLicence(from_on=ahead))
        case "void":
            found_at = model.next_usual(joined_at + HOUR + int(draws.share() * _SOON))
            return PackageChange(found_at, VoidLicence(reason="Entered twice"))
        case _:
            return None
