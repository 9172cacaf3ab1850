"""What the write side remembers of a licence package, and the fold that keeps it."""

from __future__ import annotations

from datetime import date

import msgspec

from casecore.contract.envelope import EventData, Fact
from casecore.contract.licences import Licence, LicenceChanged, LicenceEvent
from casecore.licences.customers import customer_on, customers_of


class Package(msgspec.Struct, frozen=True):
    """A package after the `version`-th event of its stream.

    `owed_since` is the version of the last event that changes who owes what from when: the activation, a
    correction of its day, an assignment, a transfer, a cancellation, its withdrawal or a void, but not a
    change of type, version or seats.
    """

    reference: str
    licence: Licence
    version: int
    owed_since: int

    def seller_on(self, day: date) -> str:
        """The seller on a day; the first seller for days before the activation (domain.md, "Who")."""
        return seller_on(self.licence, day)

    def customer_on(self, day: date) -> str:
        """The customer on a day; the first customer for days before the activation."""
        return customer_on(self.licence, day)

    @property
    def customers(self) -> frozenset[str]:
        """All that ever were its customer, or will be."""
        return frozenset(one.customer for one in customers_of(self.licence))


def seller_on(licence: Licence, day: date) -> str:
    """The seller on a day; the first seller for days before the activation."""
    begun = [assignment for assignment in licence.assignments if assignment.from_on <= day]
    return (begun or licence.assignments[:1])[-1].seller


def parts_on(licence: Licence, day: date) -> dict[str, object]:
    """Who has a part in a package on a day: its customer and its seller."""
    return {"customer": customer_on(licence, day), "seller": seller_on(licence, day)}


def evolve(package: Package | None, fact: Fact[EventData]) -> Package:
    """The package after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, LicenceEvent):
        raise TypeError(f"{type(data).__name__} is not an event of a licence package")
    version = package.version + 1 if package else 1
    owed_since = package.owed_since if package and isinstance(data, LicenceChanged) else version
    return Package(data.package, data.licence, version, owed_since)
