"""The licence package as the command bus sees it, with the parties that a command names."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.decider.decider import NOTHING, Decider, Evolve
from casecore.licences.commands import ActivateLicence, AssignLicence, LicenceCommand, TransferLicence
from casecore.licences.decide import decide
from casecore.licences.package import Package, evolve
from casecore.parties.party import evolve as evolve_party


def stream_of(command: LicenceCommand) -> UUID:
    """The stream that a command is for."""
    return package_stream_id(command.package)


def related_streams(command: LicenceCommand) -> Mapping[UUID, Evolve]:
    """The parties that a command names; the decision reads no others."""
    match command.do:
        case ActivateLicence(customer=customer, seller=seller):
            return {party_stream_id(customer): evolve_party, party_stream_id(seller): evolve_party}
        case AssignLicence(seller=seller):
            return {party_stream_id(seller): evolve_party}
        case TransferLicence(customer=customer):
            return {party_stream_id(customer): evolve_party}
        case _:
            return NOTHING


LICENCES = Decider[Package, LicenceCommand](LicenceCommand, stream_of, decide, evolve, related_streams)
