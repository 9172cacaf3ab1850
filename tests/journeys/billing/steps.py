"""What a business did, step by step, in the order in which it became known: facts, and the runs of billing.

Amounts are in cents, rates in percent.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, TypeAlias


class Registered(NamedTuple):
    """A party, with its role and its country."""

    party: str
    role: str
    country: str


class Activated(NamedTuple):
    """A customer has a package from a day on; `seats` if it is a multi-licence."""

    package: str
    customer: str
    seller: str
    on: date
    seats: int | None = None


class Changed(NamedTuple):
    """Another type, version or number of seats: nothing follows from it."""

    package: str
    seats: int


class Assigned(NamedTuple):
    """Another seller has it from a day on."""

    package: str
    seller: str
    on: date


class Cancelled(NamedTuple):
    """It is cancelled from a day on."""

    package: str
    on: date


class Withdrawn(NamedTuple):
    """Its cancellation is withdrawn."""

    package: str


class Corrected(NamedTuple):
    """It was activated on another day."""

    package: str
    on: date


class Transferred(NamedTuple):
    """Another customer has it from a day on."""

    package: str
    customer: str
    on: date


class Voided(NamedTuple):
    """It should never have existed."""

    package: str


class Priced(NamedTuple):
    """A year of maintenance costs so much, for what falls due from a day on."""

    cents: int
    on: date


class Rated(NamedTuple):
    """Germany's rate, for what is complete on a day or later."""

    percent: int
    on: date


class Released(NamedTuple):
    """How a buyer abroad is taxed: `standard` or `reverse_charge`."""

    party: str
    country: str
    tax: str


class Charged(NamedTuple):
    """What fell due up to a day is charged."""

    until: date


class Settled(NamedTuple):
    """A year is settled with every reseller."""

    year: int


class Invoiced(NamedTuple):
    """All direct customers."""


OfPackage: TypeAlias = (
    Activated | Changed | Assigned | Cancelled | Withdrawn | Corrected | Transferred | Voided
)
Fact: TypeAlias = Registered | OfPackage | Priced | Rated | Released
"""What became known; its place in the list says when."""
Run: TypeAlias = Charged | Settled | Invoiced
Step: TypeAlias = Fact | Run
