"""The words of the examples: given what happened to a package, when somebody acts, then an event follows.

    given(activated(), assigned("ost", "2025-07-01")).when(cancelled("2026-01-01")).then(LicenceCancelled)
    given(activated()).when(assigned("sued", "2024-03-01")).refused(TwoSellersFromOneDay, "seller", "nord")

Nord and Ost are resellers, the practice and the clinic customers; today is 2 March 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.licences import Licence, LicenceEvent
from casecore.contract.parties import Address, PartyDetails, PartyRole
from casecore.contract.personal import Plain
from casecore.contract.streams import party_stream_id
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context, Decision
from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    ChangeLicence,
    LicenceAction,
    LicenceCommand,
    VoidLicence,
)
from casecore.licences.decider import LICENCES
from casecore.licences.package import Package
from casecore.licences.refusals import LicenceRefusal
from casecore.parties.party import Party

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NO_ID = UUID(int=0)
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


def activated(on: str = "2024-03-01", seller: str = NORD, **more: Any) -> ActivateLicence:
    fields: dict[str, Any] = {
        "customer": PRACTICE,
        "licence_type": "standard",
        "program_version": "7.2",
        **more,
    }
    return ActivateLicence(seller=seller, effective_on=date.fromisoformat(on), **fields)


def changed(**more: Any) -> ChangeLicence:
    return ChangeLicence(**more)


def assigned(seller: str, from_on: str) -> AssignLicence:
    return AssignLicence(seller=seller, from_on=date.fromisoformat(from_on))


def cancelled(from_on: str) -> CancelLicence:
    return CancelLicence(from_on=date.fromisoformat(from_on))


def voided(reason: str | None = None) -> VoidLicence:
    return VoidLicence(reason=reason)


def decided(
    package: Package | None,
    do: LicenceAction,
    actor: GivenActor = VENDORS_AGENT,
    at: datetime = NOW,
) -> Decision:
    """The decision on an action; nothing is stored. Raises the Refusal."""
    command = LicenceCommand(command_id=NO_ID, actor=actor, package=PACKAGE, do=do)
    related_streams = {stream_id: PARTIES.get(stream_id) for stream_id in LICENCES.related_streams(command)}
    return LICENCES.decide(package, command, Context(NOW, at, VENDOR, related_streams))


def after(package: Package | None, decision: Decision) -> Package | None:
    """The package after a decision."""
    for made in decision.events:
        fact: Fact[EventData] = Fact(
            occurred_at=NOW,
            actor=VENDORS_AGENT.as_actor(),
            command_id=NO_ID,
            correlation_id=NO_ID,
            data=made,
        )
        package = LICENCES.evolve(package, fact)
    return package


class Given:
    """A package with a history; it is asked what follows."""

    def __init__(self, steps: tuple[LicenceAction, ...]) -> None:
        self.package: Package | None = None
        self.decision = Decision(())
        self.refusal: LicenceRefusal | None = None
        for step in steps:
            self.package = after(self.package, decided(self.package, step))

    def when(self, do: LicenceAction, actor: GivenActor = VENDORS_AGENT, at: datetime = NOW) -> Given:
        """Somebody acts; a refusal leaves the package as it is."""
        self.refusal = None
        try:
            self.decision = decided(self.package, do, actor, at)
        except LicenceRefusal as refusal:
            self.refusal = refusal
        return self

    def then(self, kind: type[LicenceEvent]) -> Licence:
        """This event followed; the licence after it."""
        assert self.refusal is None, f"refused: {self.refusal}"
        [made] = self.decision.events
        assert type(made) is kind
        assert made.package == PACKAGE
        return made.licence

    def nothing(self) -> None:
        """No event followed, since nothing changes."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.decision.events == ()

    def refused(self, kind: type[LicenceRefusal], field: str, *words: str) -> None:
        """It was refused for that reason; the message has the field and these words."""
        assert self.refusal is not None, f"made {self.decision.events}"
        assert type(self.refusal) is kind, self.refusal
        assert self.refusal.at_fault == field
        message = str(self.refusal)
        assert all(word in message for word in (field, *words)), message
        assert "{" not in message


def given(*steps: LicenceAction) -> Given:
    """The package after these steps, none of which may be refused."""
    return Given(steps)
