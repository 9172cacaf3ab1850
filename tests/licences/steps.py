"""The words of the examples: given what happened to a package, when somebody acts, then an event follows.

    given(activated(), assigned("ost", "2025-07-01")).when(cancelled("2026-01-01")).then(LicenceCancelled)
    given(activated()).when(assigned("ost", "2024-03-01")).then_refused(TwoSellersFromOneDay, "nord already")

Nord and Ost are resellers, the practice and the clinic customers; today is 2 March 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from casecore.contract.envelope import EventData, Role
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import Address, PartyDetails, PartyRole
from casecore.contract.personal import Plain
from casecore.contract.streams import party_stream_id
from casecore.decider.command import GivenActor
from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    ChangeLicence,
    CorrectActivation,
    LicenceAction,
    LicenceCommand,
    TransferLicence,
    VoidLicence,
    WithdrawCancellation,
)
from casecore.licences.decider import LICENCES
from casecore.licences.package import Package
from casecore.parties.party import Party
from tests.decider.laws import NO_ID
from tests.decider.spec import DeciderSpec, Given

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PACKAGE, VENDOR = "P-1001", "vendor"
NORD, OST, SUED = "nord", "ost", "sued"
PRACTICE, CLINIC = "praxis", "klinik"

VENDORS_AGENT = GivenActor("vera", VENDOR, Role.VENDOR)
SYSTEM = GivenActor("nightly run", VENDOR, Role.SYSTEM)
NORDS_AGENT = GivenActor("ida", NORD, Role.SELLER)
OSTS_AGENT = GivenActor("olaf", OST, Role.SELLER)
THE_CUSTOMER = GivenActor("dr-oehler", PRACTICE, Role.CUSTOMER)


def party(name: str, *roles: PartyRole) -> Party:
    address = Address(street=Plain("Weg 1"), postal_code=Plain("10115"), city=Plain("Berlin"), country="DE")
    return Party(name, PartyDetails(roles=roles, name=Plain(name), address=address), 1)


PARTIES: Mapping[UUID, Party] = {
    party_stream_id(one.id): one
    for one in (
        party(NORD, PartyRole.RESELLER),
        party(OST, PartyRole.RESELLER, PartyRole.CUSTOMER),
        party(SUED, PartyRole.SUPPORT_PARTNER),
        party(PRACTICE, PartyRole.CUSTOMER),
        party(CLINIC, PartyRole.CUSTOMER),
    )
}


def command(do: LicenceAction) -> LicenceCommand:
    """Something is done to the package of the examples, by the vendor."""
    return LicenceCommand(command_id=NO_ID, actor=VENDORS_AGENT, package=PACKAGE, do=do)


def activated(on: str = "2024-03-01", seller: str = NORD, **more: Any) -> LicenceCommand:
    fields: dict[str, Any] = {
        "customer": PRACTICE,
        "licence_type": "standard",
        "program_version": "7.2",
        **more,
    }
    return command(ActivateLicence(seller=seller, effective_on=date.fromisoformat(on), **fields))


def changed(**more: Any) -> LicenceCommand:
    return command(ChangeLicence(**more))


def corrected(activated_on: str) -> LicenceCommand:
    return command(CorrectActivation(activated_on=date.fromisoformat(activated_on)))


def assigned(seller: str, from_on: str) -> LicenceCommand:
    return command(AssignLicence(seller=seller, from_on=date.fromisoformat(from_on)))


def transferred(customer: str, from_on: str) -> LicenceCommand:
    return command(TransferLicence(customer=customer, from_on=date.fromisoformat(from_on)))


def cancelled(from_on: str) -> LicenceCommand:
    return command(CancelLicence(from_on=date.fromisoformat(from_on)))


def uncancelled() -> LicenceCommand:
    return command(WithdrawCancellation())


def voided(reason: str | None = None) -> LicenceCommand:
    return command(VoidLicence(reason=reason))


def is_of_the_package(package: Package, made: EventData) -> None:
    """An event has the package's licence after it."""
    assert isinstance(made, LicenceEvent)
    assert (made.package, made.licence) == (PACKAGE, package.licence)


def licence_value(made: EventData, name: str) -> object:
    """A value of an event, or of the licence in it."""
    assert isinstance(made, LicenceEvent)
    return getattr(made if name in type(made).__struct_fields__ else made.licence, name)


SPEC = DeciderSpec(LICENCES, vendor=VENDOR, now=NOW, read=licence_value, law=is_of_the_package)


def given(*steps: LicenceCommand) -> Given[Package, LicenceCommand]:
    """The package after these steps, none of which may be refused."""
    return SPEC.given(*steps, related=PARTIES)
