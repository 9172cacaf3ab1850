"""Parties and licence packages: commands on them, and what the store itself has of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.commands.batch import Answer
from casecore.contract.envelope import EventData, Fact
from casecore.contract.parties import PartyRole
from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.business_day import day_of
from casecore.decider.stored_facts import fact_of
from casecore.licences import package
from casecore.licences.commands import LicenceAction, LicenceCommand
from casecore.licences.package import Package
from casecore.licences.refusals import PackageUnknown
from casecore.parties import party
from casecore.parties.commands import PartyAction, PartyCommand
from casecore.parties.party import Party
from casecore.parties.refusals import PartyUnknown
from casecore.runs.books import Books


class StoredFact(NamedTuple):
    """An event as it is stored, and what it says."""

    stored: StoredEvent
    fact: Fact[EventData]


def act_on_party(app: Application, party_id: str, do: PartyAction, context: CommandContext) -> Answer:
    """Give a command on a party and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(PartyCommand(party=party_id, do=do, **context.header()))


def act_on_package(app: Application, reference: str, do: LicenceAction, context: CommandContext) -> Answer:
    """Give a command on a licence package and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(LicenceCommand(package=reference, do=do, **context.header()))


def stored_facts(app: Application, stream_id: UUID) -> list[StoredFact]:
    """A stream's events; raises TablesMissing and DatabaseUnavailable."""
    return [StoredFact(stored, fact_of(stored)) for stored in app.stream(stream_id)]


def look_at_package(app: Application, reference: str) -> tuple[Package, list[StoredFact]]:
    """A licence package and its events; raises PackageUnknown, TablesMissing and DatabaseUnavailable."""
    facts = stored_facts(app, package_stream_id(reference))
    found: Package | None = None
    for _, fact in facts:
        found = package.evolve(found, fact)
    if found is None:
        raise PackageUnknown(reference)
    return found, facts


def customer_now(known: Package) -> str:
    """The customer that has a package today."""
    return known.customer_on(day_of(datetime.now(UTC)))


def look_at_party(app: Application, party_id: str) -> tuple[Party, list[StoredFact]]:
    """A party and its events; raises PartyUnknown, TablesMissing and DatabaseUnavailable."""
    facts = stored_facts(app, party_stream_id(party_id))
    found: Party | None = None
    for _, fact in facts:
        found = party.evolve(found, fact)
    if found is None:
        raise PartyUnknown(party_id)
    return found, facts


class RegisteredParties(NamedTuple):
    """Parties in order of their ids, and the names of those that only a newer program can read."""

    known: list[Party]
    left_out: tuple[str, ...]


def all_parties(app: Application, role: PartyRole | None = None) -> RegisteredParties:
    """The registered parties, or those with a role."""
    with Books(app.database) as books:
        known = [one for page in books.parties() for one in page]
        left_out = books.left_out.names()
    with_role = (one for one in known if role is None or one.is_a(role))
    return RegisteredParties(sorted(with_role, key=lambda one: one.id), left_out)
