"""A party, a licence package: commands on it, and what the store itself has of it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.app.registers.pages import FIRST, PartyFilter, RegisterPage, list_parties, today
from casecore.commands.batch import Answer
from casecore.contract.envelope import EventData, Fact
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyRole
from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.refusal import NewerThanProgram
from casecore.decider.stored_facts import fact_of
from casecore.licences import package
from casecore.licences.commands import LicenceAction, LicenceCommand
from casecore.licences.package import Package
from casecore.licences.refusals import PackageUnknown
from casecore.parties import party
from casecore.parties.commands import PartyAction, PartyCommand
from casecore.parties.party import Party
from casecore.parties.refusals import PartyUnknown
from casecore.visibility.rules import PACKAGE, PARTY, Viewer, may_see

_PAGE = 1_000


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


def look_at_package(
    app: Application, reference: str, viewer: Viewer | None = None
) -> tuple[Package, list[StoredFact]]:
    """A licence package and its events; raises PackageUnknown, TablesMissing and DatabaseUnavailable.

    A package in which the viewer has no part today is as one that is not there, also in how long the look
    takes.
    """
    if viewer is not None and not sees_package(app, reference, viewer):
        raise PackageUnknown(reference)
    facts = stored_facts(app, package_stream_id(reference))
    found: Package | None = None
    for _, fact in facts:
        found = package.evolve(found, fact)
    # Another may have got it since the look.
    if found is None or not may_see(viewer, PACKAGE, package.parts_on(found.licence, today())):
        raise PackageUnknown(reference)
    return found, facts


def sees_package(app: Application, reference: str, viewer: Viewer | None) -> bool:
    """Whether there is a package with this reference, and the viewer has a part in it today.

    It reads one row, whichever it is.
    """
    last = app.log.last_of(package_stream_id(reference))
    return last is not None and may_see(viewer, PACKAGE, parts_of(last))


def parts_of(event: StoredEvent) -> dict[str, object]:
    """Who has a part in a package today; nobody, as far as this program knows, where a newer one wrote."""
    try:
        data = fact_of(event).data
    except NewerThanProgram:
        return {}
    assert isinstance(data, LicenceEvent)
    return package.parts_on(data.licence, today())


def customer_now(known: Package) -> str:
    """The customer that has a package today."""
    return known.customer_on(today())


def look_at_party(
    app: Application, party_id: str, viewer: Viewer | None = None
) -> tuple[Party, list[StoredFact]]:
    """A party and its events; raises PartyUnknown, TablesMissing and DatabaseUnavailable.

    A party that the viewer does not see is not looked for, whether it is there or not.
    """
    facts = (
        stored_facts(app, party_stream_id(party_id)) if may_see(viewer, PARTY, {"party": party_id}) else []
    )
    found: Party | None = None
    for _, fact in facts:
        found = party.evolve(found, fact)
    if found is None:
        raise PartyUnknown(party_id)
    return found, facts


def all_parties(app: Application, role: PartyRole | None = None) -> RegisterPage[Party]:
    """The registered parties, or those with a role, in the order of their ids."""
    known, left_out = list[Party](), set[str]()
    after = FIRST
    while True:
        page = list_parties(app, PartyFilter(role, after, _PAGE))
        known += page.known
        left_out.update(page.left_out)
        if len(page.known) < _PAGE:
            return RegisterPage(sorted(known, key=lambda one: one.id), tuple(sorted(left_out)))
        after = party_stream_id(page.known[-1].id)
