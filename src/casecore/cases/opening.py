"""How a case opens: among parties of which the actor is one, and which the register knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from casecore.cases.commands import CaseCommand, OpenCase
from casecore.cases.events import personal
from casecore.cases.permissions import Parties, check_party, check_permission
from casecore.cases.refusals import CaseAlreadyOpened
from casecore.cases.state import Case
from casecore.cases.topics import check_topic
from casecore.contract.cases import CaseOpened, Standing, State
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.parties.register import check_registered


def open_case(
    case: Case | None, reference: str, actor: GivenActor, do: OpenCase, context: Context
) -> CaseOpened:
    """The opening of a case; raises a Refusal."""
    parties = Parties(customer=do.customer, seller=do.seller, vendor=context.vendor, partner=do.partner)
    check_party(actor, parties)
    check_permission(do.verb, actor.role, None)
    if actor.role is not Role.SYSTEM:
        _check_parties(do, context)
    if case is not None:
        raise CaseAlreadyOpened(reference)
    check_topic(do.category, do.topic, do.partner)
    standing = Standing(
        state=State.OPENED,
        category=do.category,
        topic=do.topic,
        priority=do.priority,
        organisation=parties.first_contact(do.category),
    )
    return CaseOpened(
        reference=reference,
        customer=do.customer,
        seller=do.seller,
        vendor=context.vendor,
        partner=do.partner,
        standing=standing,
        subject=personal(do.subject),
        licence_package=do.licence_package,
    )


def _check_parties(do: OpenCase, context: Context) -> None:
    check_registered(context, "seller", do.seller, PartyRole.RESELLER)
    check_registered(context, "customer", do.customer, PartyRole.CUSTOMER)
    if do.partner is not None:
        check_registered(context, "partner", do.partner, PartyRole.SUPPORT_PARTNER)


def parties_to_check(command: CaseCommand) -> Iterator[str]:
    """The organisations that a command brings, and that may have to be registered.

    Another system's log has its own: its importer acts as the system.
    """
    match command.do:
        case OpenCase(customer=customer, seller=seller, partner=partner):
            if command.actor.role is not Role.SYSTEM:
                yield from filter(None, (customer, seller, partner))
        case _:
            pass
