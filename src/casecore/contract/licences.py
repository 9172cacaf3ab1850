"""The events of a licence package; each says all that holds for the package after it."""

from __future__ import annotations

from datetime import date

import msgspec

from casecore.contract.envelope import EventData
from casecore.contract.personal import Personal


class Assignment(msgspec.Struct, frozen=True):
    """Who is the seller of a package from a day on, until the day before the next assignment."""

    from_on: date
    seller: str


class CustomerSince(msgspec.Struct, frozen=True):
    """Who is the customer of a package from a day on, until the day before the next transfer."""

    from_on: date
    customer: str


class Licence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package as it stands. `seats` is absent unless it is a multi-licence.

    `assignments` are in the order of their days, the first from the activation. `cancelled_from_on` is the
    day from which it is cancelled. `customer` is the one from the last transfer on; `customers` are all of
    them in the order of their days, the first from the activation, and absent while there was one only.
    """

    customer: str
    licence_type: str
    program_version: str
    activated_on: date
    assignments: tuple[Assignment, ...]
    seats: int | None = None
    cancelled_from_on: date | None = None
    is_void: bool = False
    customers: tuple[CustomerSince, ...] = ()


class LicenceEvent(EventData, frozen=True, kw_only=True):
    """What every event of a package carries: its reference, and how it stands now."""

    package: str
    licence: Licence


class LicenceActivated(LicenceEvent, frozen=True, kw_only=True):
    """A customer has a package, bought from a seller, from a day on."""


class LicenceChanged(LicenceEvent, frozen=True, kw_only=True):
    """The package's licence type, program version or number of seats is another one."""


class LicenceActivationCorrected(LicenceEvent, frozen=True, kw_only=True):
    """The package was activated on another day than the one that was recorded.

    `corrected_from_on` is the day that had been recorded as that of the activation.
    """

    corrected_from_on: date


class LicenceAssigned(LicenceEvent, frozen=True, kw_only=True):
    """Another seller looks after the package from a day on."""

    seller: str
    from_on: date


class LicenceTransferred(LicenceEvent, frozen=True, kw_only=True):
    """Another customer has the package from a day on, as when a practice is sold."""

    customer: str
    from_on: date


class LicenceCancelled(LicenceEvent, frozen=True, kw_only=True):
    """The package is cancelled from a day on."""

    from_on: date


class LicenceCancellationWithdrawn(LicenceEvent, frozen=True, kw_only=True):
    """The package is not cancelled any more, and is as if it had never been.

    `cancelled_from_on` is the day from which it was cancelled until then.
    """

    cancelled_from_on: date


class LicenceVoided(LicenceEvent, frozen=True, kw_only=True):
    """The package should never have existed."""

    reason: Personal | None = None
