"""Why a command on a licence package is refused; each docstring is the message that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import FieldRefusal
from casecore.errors.kinds import Kind


@dataclass
class LicenceRefusal(FieldRefusal):
    """The command on a licence package was refused."""


@dataclass
class PackageUnknown(LicenceRefusal):
    """There is no licence package {package}: activate it first, or check the reference."""

    kind = Kind.NOT_FOUND
    FIELD = "package"
    package: str


@dataclass
class PackageAlreadyActivated(LicenceRefusal):
    """The package {package} is activated with another {differs}: change or assign it, correct the day of its
    activation, transfer it to another customer, void it if it never should have existed, or choose another
    reference."""

    kind = Kind.CONFLICT
    FIELD = "package"
    package: str
    differs: tuple[str, ...]


@dataclass
class PackageCancelled(LicenceRefusal):
    """The package {package} is cancelled from {cancelled_from_on} on, which another activation does not
    undo: withdraw the cancellation, or activate another package."""

    kind = Kind.CONFLICT
    FIELD = "package"
    package: str
    cancelled_from_on: str


@dataclass
class PackageVoid(LicenceRefusal):
    """The package {package} is void, which is final: activate another one."""

    FIELD = "package"
    package: str


@dataclass
class CancelledTooLate(LicenceRefusal):
    """from_on is {from_on}, before today, {today}: a seller cancels from today on or later; ask the vendor
    for an earlier day."""

    FIELD = "from_on"
    from_on: str
    today: str


@dataclass
class CancellationTookEffect(LicenceRefusal):
    """The package is cancelled from {cancelled_from_on} on, before today, {today}: a seller withdraws a
    cancellation until its day; ask the vendor."""

    cancelled_from_on: str
    today: str


@dataclass
class NotYourPackage(LicenceRefusal):
    """{organisation}, as {role}, may not {action} this package; allowed are: {allowed}."""

    kind = Kind.FORBIDDEN
    organisation: str
    role: str
    action: str
    allowed: tuple[str, ...]


@dataclass
class CustomerUnknown(LicenceRefusal):
    """customer is {customer}, which is not a registered party with the role customer: register it, or check
    the id."""

    FIELD = "customer"
    customer: str


@dataclass
class SellerUnknown(LicenceRefusal):
    """seller is {seller}, which is neither the vendor, {vendor}, nor a registered party with the role
    reseller: register it, or check the id."""

    FIELD = "seller"
    seller: str
    vendor: str


@dataclass
class DayOutOfRange(LicenceRefusal):
    """{field} is {day}: give a day from {earliest} to {latest}, at most two years from now."""

    field: str
    day: str
    earliest: str
    latest: str

    @property
    def at_fault(self) -> str:
        """The field."""
        return self.field


@dataclass
class BeforeActivation(LicenceRefusal):
    """from_on is {from_on}, before the package was activated on {activated_on}: give that day or
    a later one."""

    FIELD = "from_on"
    from_on: str
    activated_on: str


@dataclass
class ActivatedAfterAssignment(LicenceRefusal):
    """activated_on is {activated_on}, and the package is assigned to {seller} from {from_on} on: give a day
    before that, or activate another package if {seller} was its first seller."""

    FIELD = "activated_on"
    activated_on: str
    seller: str
    from_on: str


@dataclass
class ActivatedAfterTransfer(LicenceRefusal):
    """activated_on is {activated_on}, and {customer} has the package from {from_on} on: give a day before
    that, or activate another package if {customer} was its first customer."""

    FIELD = "activated_on"
    activated_on: str
    customer: str
    from_on: str


@dataclass
class ActivatedAfterCancellation(LicenceRefusal):
    """activated_on is {activated_on}, and the package is cancelled from {cancelled_from_on} on: give that day
    or an earlier one, or move or withdraw the cancellation first."""

    FIELD = "activated_on"
    activated_on: str
    cancelled_from_on: str


@dataclass
class TwoSellersFromOneDay(LicenceRefusal):
    """seller is {seller}, but from {from_on} on the package is assigned to {other} already: a day has one
    seller. Give another day."""

    FIELD = "seller"
    seller: str
    other: str
    from_on: str


@dataclass
class TwoCustomersFromOneDay(LicenceRefusal):
    """customer is {customer}, but from {from_on} on {other} has the package: a day has one customer. Give
    another day, or void the package and activate another one if {other} never had it."""

    FIELD = "customer"
    customer: str
    other: str
    from_on: str


@dataclass
class TooManyCustomers(LicenceRefusal):
    """The package {package} has had {most} customers, which is the most: a package has a few."""

    FIELD = "package"
    package: str
    most: int


@dataclass
class TransferredAfterCancellation(LicenceRefusal):
    """from_on is {from_on}, and the package is cancelled from {cancelled_from_on} on: give an earlier day, or
    move or withdraw the cancellation first."""

    FIELD = "from_on"
    from_on: str
    cancelled_from_on: str


@dataclass
class TooManyAssignments(LicenceRefusal):
    """The package {package} has {most} assignments, which is the most: a package has a few."""

    FIELD = "package"
    package: str
    most: int


@dataclass
class AssignedAfterCancellation(LicenceRefusal):
    """from_on is {from_on}, and the package is cancelled from {cancelled_from_on} on: give an earlier day, or
    move the cancellation first."""

    FIELD = "from_on"
    from_on: str
    cancelled_from_on: str


@dataclass
class ChangedAfterCancellation(LicenceRefusal):
    """The change would apply from {day} on, and the package is cancelled from {cancelled_from_on} on: give
    the time when it happened, or move the cancellation first."""

    day: str
    cancelled_from_on: str


@dataclass
class ChangeNamesNothing(LicenceRefusal):
    """The change names nothing: give licence_type, program_version, seats or single."""


@dataclass
class SeatsOfASingleLicence(LicenceRefusal):
    """seats is given together with single: give seats for a multi-licence, or single, not both."""

    FIELD = "seats"
