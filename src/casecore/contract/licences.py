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
    """What every event of a package carries: its reference, and how it stands now.

    Days are those on which something holds, and may lie in the past, or up to two years ahead; `occurred_at`
    is when somebody did it.
    """

    package: str
    licence: Licence


class LicenceActivated(LicenceEvent, frozen=True, kw_only=True):
    """A customer has a package, bought from a seller, from a day on.

    When: `activate`, by the vendor, or a seller of what it sells. It is each package's first event, and comes
    once.
    Why: from that day on maintenance is owed for it, once for each year.
    Then: a run of billing records `maintenance_fee_fell_due` for the day and for each anniversary that has
    come.
    """


class LicenceChanged(LicenceEvent, frozen=True, kw_only=True):
    """The package's licence type, program version or number of seats is another one.

    When: `change`, by the vendor or the seller of today; not for a day on which it is cancelled, or later.
    Why: one knows what the customer uses.
    Then: nothing for billing: a package costs the same, whatever it is.
    """


class LicenceActivationCorrected(LicenceEvent, frozen=True, kw_only=True):
    """The package was activated on another day than the one that was recorded.

    When: `correct`, by the vendor; the day is before all later assignments and transfers, and not after a
    cancellation.
    Why: the years of maintenance begin on the anniversaries of that day.
    Then: the next run of billing reverses the fees of years that begin on another day now, and charges the
    right ones.
    Fields: `corrected_from_on` is the day that had been recorded as that of the activation.
    """

    corrected_from_on: date


class LicenceAssigned(LicenceEvent, frozen=True, kw_only=True):
    """Another seller looks after the package from a day on.

    When: `assign`, by the vendor; recorded late too: an assignment before the last one holds until the next.
    Why: the seller of the due day owes the fee, and gives level 0.
    Then: fees that fall due from that day on are the new seller's; what was charged otherwise the next run of
    billing reverses and charges again. Cases keep the seller with whom they opened.
    Fields: `seller` and `from_on` are what was said; all that holds is in `licence.assignments`.
    """

    seller: str
    from_on: date


class LicenceTransferred(LicenceEvent, frozen=True, kw_only=True):
    """Another customer has the package from a day on, as when a practice is sold.

    When: `transfer`, by the vendor; recorded late too, as an assignment.
    Why: a fee belongs to the customer of its due day.
    Then: as after `assigned`, for the customer. Cases keep the customer who opened them.
    Fields: `customer` and `from_on` are what was said; all that holds is in `licence.customers`.
    """

    customer: str
    from_on: date


class LicenceCancelled(LicenceEvent, frozen=True, kw_only=True):
    """The package is cancelled from a day on.

    When: `cancel`, by the vendor for any day, by the seller for today or later. A later one replaces the day.
    Why: nobody owes maintenance for what is not used any more.
    Then: a year that begins after `from_on` is not charged, and reversed where it was; a year that has begun
    is owed in full.
    Fields: `from_on` is the day, also in `licence.cancelled_from_on`.
    """

    from_on: date


class LicenceCancellationWithdrawn(LicenceEvent, frozen=True, kw_only=True):
    """The package is not cancelled any more, and is as if it had never been.

    When: `uncancel`, by the vendor at any time, by the seller until the day of the cancellation is over.
    Why: the cancellation was a mistake, or the customer stays.
    Then: the next run of billing charges the years since, also those that have passed.
    Fields: `cancelled_from_on` is the day from which it was cancelled until then.
    """

    cancelled_from_on: date


class LicenceVoided(LicenceEvent, frozen=True, kw_only=True):
    """The package should never have existed.

    When: `void`, by the vendor. It is a package's last event.
    Why: it was recorded by mistake, such as twice.
    Then: the next run of billing reverses all its fees; documents that bill them are corrected.
    """

    reason: Personal | None = None
