"""A case opens among registered parties, each in the role that it has there, once the store has parties."""

from __future__ import annotations

from dataclasses import replace

import pytest

from casecore.cases.refusals import NotYourCase
from casecore.contract.cases import CaseOpened, CaseTaken
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.contract.streams import SERVICE_LEVEL_BOOK, party_stream_id
from casecore.decider.command import GivenActor
from casecore.parties.refusals import OrganisationUnknown
from tests.cases.promises import book
from tests.cases.steps import (
    CUSTOMER,
    LEVEL_1_TOPIC,
    PARTNER,
    PRACTICE,
    SELLER,
    SELLERS_AGENT,
    SPEC,
    SYSTEM,
    VENDOR,
    VENDORS_AGENT,
    CaseGiven,
    import_row,
    opened,
    opened_for_use,
    take,
)
from tests.licences.steps import party

REGISTER = {
    PRACTICE: (PartyRole.CUSTOMER,),
    SELLER: (PartyRole.RESELLER,),
    PARTNER: (PartyRole.SUPPORT_PARTNER,),
    "other-seller": (PartyRole.RESELLER,),
}
KEPT = replace(SPEC, registered_only=True)


def among(**changed: tuple[PartyRole, ...]) -> CaseGiven:
    """No case yet, in an installation with a register of parties; one without a role is not in it."""
    roles = {**REGISTER, **{name.replace("_", "-"): given for name, given in changed.items()}}
    known = {party_stream_id(name): party(name, *given) for name, given in roles.items() if given}
    return KEPT.given(related={SERVICE_LEVEL_BOOK: book(), **known})


def test_a_case_opens_among_registered_parties() -> None:
    for actor in (CUSTOMER, SELLERS_AGENT, VENDORS_AGENT):
        among().when(opened().by(actor)).then(CaseOpened)
    among().when(opened_for_use()).then(CaseOpened, partner=PARTNER)


def test_the_vendor_needs_no_registration() -> None:
    among().when(opened(seller=VENDOR)).then(CaseOpened, seller=VENDOR)
    as_partner = opened(LEVEL_1_TOPIC, partner=VENDOR).by(VENDORS_AGENT)
    among().when(as_partner).then(CaseOpened, partner=VENDOR)


@pytest.mark.parametrize("roles", [(), (PartyRole.CUSTOMER,), (PartyRole.SUPPORT_PARTNER,)])
def test_one_that_is_no_registered_reseller_opens_no_case(roles: tuple[PartyRole, ...]) -> None:
    sellers = among(reseller=roles).when(opened().by(SELLERS_AGENT))
    sellers.then_refused(OrganisationUnknown, "seller is reseller", "register it", at_fault="seller")
    # Nor does another one for it
    for actor in (CUSTOMER, VENDORS_AGENT):
        among(reseller=roles).when(opened().by(actor)).then_refused(OrganisationUnknown, "seller is reseller")


@pytest.mark.parametrize("roles", [(), (PartyRole.RESELLER,)])
def test_no_case_opens_for_one_that_is_no_registered_customer(roles: tuple[PartyRole, ...]) -> None:
    there = among(practice=roles)
    there.when(opened().by(SELLERS_AGENT)).then_refused(OrganisationUnknown, "customer is practice")


def test_a_partner_is_a_registered_support_partner() -> None:
    there = among(partner=(PartyRole.RESELLER,))
    there.when(opened_for_use()).then_refused(OrganisationUnknown, "partner is partner", "support_partner")


def test_a_stranger_opens_no_case_for_others_and_learns_nothing_of_them() -> None:
    stranger = GivenActor("x", "other-seller", Role.SELLER)
    for there in (among(), among(reseller=(), practice=())):
        there.when(opened().by(stranger)).then_refused(NotYourCase, organisation="other-seller")


def test_an_import_brings_the_organisations_of_its_log() -> None:
    nobody = among(practice=(), reseller=())
    nobody.when(import_row(opened().do)).then(CaseOpened, customer=PRACTICE)
    among(practice=(), reseller=()).when(opened().by(SYSTEM)).then(CaseOpened)


def test_work_goes_on_among_those_who_were_registered_no_longer_or_never() -> None:
    started = SPEC.given(opened()).state
    known = {SERVICE_LEVEL_BOOK: book()}
    KEPT.given(state=started, related=known).when(take().at(10)).then(CaseTaken)


def test_without_a_register_a_case_opens_among_any() -> None:
    SPEC.given(related={SERVICE_LEVEL_BOOK: book()}).when(opened()).then(CaseOpened)
