"""The stories of sellers, support partners and customers with their packages, from registration on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.decider.command import GivenActor
from casecore.licences.commands import ActivateLicence, LicenceAction, LicenceCommand
from casecore.licences.decider import LICENCES
from casecore.parties.commands import PartyCommand
from casecore.parties.decider import PARTIES
from casecore.synthetic.draws import Draws
from casecore.synthetic.emission import EmittedCommand, EmittedStream
from casecore.synthetic.local_hours import instant_of, midnight
from casecore.synthetic.names import details
from casecore.synthetic.packages import Customer, Customers, PlannedPackage
from casecore.synthetic.plan import Plan


def party_stories(plan: Plan, customers: Customers) -> Iterator[list[EmittedCommand]]:
    """The story of each party, in the order in which they come; sellers and partners at the start.

    The vendor is the installation's own, and is not registered.
    """
    organisations = dict.fromkeys((*plan.resellers, *plan.partners))
    known: dict[UUID, Any] = {}
    for party in organisations:
        is_reseller, is_partner = party in plan.resellers, party in plan.partners
        roles = (PartyRole.RESELLER,) * is_reseller + (PartyRole.SUPPORT_PARTNER,) * is_partner
        emitted, known[party_stream_id(party)] = _registered(plan, party, roles, midnight(plan.start))
        yield emitted
    for number in range(plan.customers):
        yield _customer_story(plan, customers(number), known)


def _customer_story(plan: Plan, customer: Customer, known: Mapping[UUID, Any]) -> list[EmittedCommand]:
    emitted, party = _registered(plan, customer.id, (PartyRole.CUSTOMER,), customer.joined_at)
    related_streams = {**known, party_stream_id(customer.id): party, party_stream_id(plan.vendor): None}
    for package in customer.packages:
        emitted += _package_story(plan, package, related_streams)
    return sorted(emitted, key=lambda one: one.at)


def _registered(
    plan: Plan, party: str, roles: tuple[PartyRole, ...], at: int
) -> tuple[list[EmittedCommand], Any]:
    """The registration, and the party's state after it."""
    stream = EmittedStream(PARTIES, party_stream_id(party), plan.vendor)
    name = f"party/{party}"
    command = PartyCommand(
        command_id=uuid5(plan.namespace, name),
        actor=_vendors_agent(plan),
        occurred_at=instant_of(at),
        party=party,
        do=details(Draws(f"{plan.namespace}/{name}"), roles),
    )
    stream.emit(at, command)
    return stream.emitted, stream.state


def _package_story(
    plan: Plan, package: PlannedPackage, related_streams: Mapping[UUID, Any]
) -> list[EmittedCommand]:
    stream = EmittedStream(LICENCES, package_stream_id(package.reference), plan.vendor, related_streams)
    for change in filter(None, (package.activation, package.change)):
        command = LicenceCommand(
            command_id=uuid5(plan.namespace, f"package/{package.reference}/{change.do.verb}"),
            actor=_actor_for(plan, change.do),
            occurred_at=instant_of(change.at),
            package=package.reference,
            do=change.do,
        )
        stream.emit(change.at, command)
    return stream.emitted


def _actor_for(plan: Plan, do: LicenceAction) -> GivenActor:
    """The seller activates; the vendor does the rest, whichever seller has been assigned since."""
    if isinstance(do, ActivateLicence):
        return GivenActor(person="sales", organisation=do.seller, role=Role.SELLER)
    return _vendors_agent(plan)


def _vendors_agent(plan: Plan) -> GivenActor:
    return GivenActor(person="sales", organisation=plan.vendor, role=Role.VENDOR)
