"""A party, a licence package: commands on it, and what the store itself has of it."""

from __future__ import annotations

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.app.registers.pages import FIRST, PartyFilter, RegisterPage, list_parties, today
from casecore.commands.batch import Answer
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyRole
from casecore.contract.streams import package_stream_id, party_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.refusal import NewerThanProgram
from casecore.decider.stored_facts import fact_of
from casecore.licences import package
from casecore.licences.commands import LicenceAction, LicenceCommand
from casecore.parties.commands import PartyAction, PartyCommand
from casecore.parties.party import Party
from casecore.visibility.rules import PACKAGE, Viewer, may_see

_PAGE = 1_000


def act_on_party(app: Application, party_id: str, do: PartyAction, context: CommandContext) -> Answer:
    """Give a command on a party and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(PartyCommand(party=party_id, do=do, **context.header()))


def act_on_package(app: Application, reference: str, do: LicenceAction, context: CommandContext) -> Answer:
    """Give a command on a licence package and wait; raises its Refusal, and DatabaseUnavailable."""
    return app.give(LicenceCommand(package=reference, do=do, **context.header()))


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
