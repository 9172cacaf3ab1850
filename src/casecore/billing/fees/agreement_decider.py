"""The agreements of a party as the command bus sees them: what it charges, from when until when."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TypeAlias
from uuid import UUID

from msgspec.structs import replace

from casecore.billing import terms as billing_terms
from casecore.billing.checks import check_billing_day
from casecore.billing.fees import refusals
from casecore.billing.fees.agreements import Agreements, evolve
from casecore.billing.fees.checks import check_terms
from casecore.billing.fees.commands import (
    AgreeFee,
    EndFeeAgreement,
    FeeAgreementCommand,
    WithdrawFeeAgreement,
)
from casecore.billing.refusals import VatRateUnknown
from casecore.billing.terms import NO_TERMS, Terms
from casecore.contract.envelope import Role
from casecore.contract.fees import (
    FeeAgreed,
    FeeAgreement,
    FeeAgreementEnded,
    FeeAgreementWithdrawn,
    FeeService,
)
from casecore.contract.parties import PartyRole
from casecore.contract.streams import BILLING_TERMS, fee_agreements_stream_id, party_stream_id
from casecore.decider.command import GivenActor
from casecore.decider.decider import NOTHING, Context, Decider, Decision, Evolve
from casecore.parties.party import Party
from casecore.parties.party import evolve as evolve_party

MOST_AGREEMENTS = 10_000
"""The most of one party: each decision folds them all, and a seller has thousands of customers at most."""

Topics: TypeAlias = Mapping[FeeService, frozenset[str]]
"""The topics that a fee for each service may name."""

_UNCHANGED = Decision(())
# The roles that give a service (domain.md, "What"): the vendor is the seller of what it sold itself.
_GIVERS = {
    FeeService.LEVEL_0: (PartyRole.RESELLER, PartyRole.VENDOR),
    FeeService.USER_SUPPORT: (PartyRole.SUPPORT_PARTNER,),
}
_SPEAKERS = {
    FeeService.LEVEL_0: (Role.SELLER, Role.VENDOR),
    FeeService.USER_SUPPORT: (Role.PARTNER,),
}


def fee_agreements(topics: Topics) -> Decider[Agreements, FeeAgreementCommand]:
    """The decider, with the catalogue of topics against which it checks agreements."""
    return Decider(FeeAgreementCommand, stream_of, partial(decide, topics), evolve, related_streams)


def decide(
    topics: Topics, agreements: Agreements | None, command: FeeAgreementCommand, context: Context
) -> Decision:
    """The fact about an agreement; none if it changes nothing. Raises a Refusal."""
    known = agreements or Agreements(command.party)
    match command.do:
        case AgreeFee() as do:
            return _agree(topics, known, command.actor, do, context)
        case EndFeeAgreement() as do:
            return _end(known, command.actor, do)
        case WithdrawFeeAgreement(agreement=number):
            agreement = _own(known, command.actor, number)
            if agreement.is_withdrawn:
                return _UNCHANGED
            withdrawn = replace(agreement, is_withdrawn=True)
            return Decision((FeeAgreementWithdrawn(party=known.party, agreement=withdrawn),))


def _agree(topics: Topics, known: Agreements, actor: GivenActor, do: AgreeFee, context: Context) -> Decision:
    _check_actor(actor, known.party, do.service)
    check_billing_day("from_on", do.from_on)
    _check_role(context, "party", known.party, _GIVERS[do.service])
    if do.customer is not None:
        _check_role(context, "customer", do.customer, (PartyRole.CUSTOMER,))
    check_terms(do.terms, do.service, topics[do.service])
    rates: Terms = context.related_streams[BILLING_TERMS] or NO_TERMS
    # A rate that is known for the first day is known for all later ones, so every memo finds its rate.
    if do.vat_country is not None and rates.rate_on(do.vat_country, do.from_on) is None:
        raise VatRateUnknown(do.vat_country, do.from_on.isoformat())
    agreed = FeeAgreement(
        number=len(known.all) + 1,
        service=do.service,
        customer=do.customer,
        from_on=do.from_on,
        terms=do.terms,
        vat_country=do.vat_country,
    )
    for other in known.of(do.service, do.customer):
        if other.agreement.from_on == do.from_on:
            if replace(other.agreement, number=agreed.number) == agreed:
                return _UNCHANGED
            raise refusals.FeeAgreedAlready(do.from_on.isoformat(), other.agreement.number, known.party)
    if len(known.all) >= MOST_AGREEMENTS:
        raise refusals.TooManyFeeAgreements(known.party, MOST_AGREEMENTS)
    return Decision((FeeAgreed(party=known.party, agreement=agreed),))


def _end(known: Agreements, actor: GivenActor, do: EndFeeAgreement) -> Decision:
    agreement = _own(known, actor, do.agreement)
    if agreement.is_withdrawn:
        raise _unknown(known, do.agreement)
    check_billing_day("from_on", do.from_on)
    if do.from_on <= agreement.from_on:
        begins_on = agreement.from_on.isoformat()
        raise refusals.FeeEndsTooEarly(do.from_on.isoformat(), do.agreement, begins_on)
    if do.from_on == agreement.ended_from_on:
        return _UNCHANGED
    ended = replace(agreement, ended_from_on=do.from_on)
    return Decision((FeeAgreementEnded(party=known.party, agreement=ended),))


def _own(known: Agreements, actor: GivenActor, number: int) -> FeeAgreement:
    """An agreement of which the actor may speak. A stranger hears the same whether there is one or not."""
    if actor.role is not Role.SYSTEM and actor.organisation != known.party:
        raise refusals.FeeAgreementUnknown(number, known.party, ())
    if number > len(known.all):
        raise _unknown(known, number)
    agreement = known.all[number - 1].agreement
    _check_actor(actor, known.party, agreement.service)
    return agreement


def _unknown(known: Agreements, number: int) -> refusals.FeeAgreementUnknown:
    valid = tuple(agreed.agreement.number for agreed in known.valid())
    return refusals.FeeAgreementUnknown(number, known.party, valid)


def _check_actor(actor: GivenActor, party: str, service: FeeService) -> None:
    if actor.role is Role.SYSTEM:
        return
    speakers = _SPEAKERS[service]
    if actor.organisation != party or actor.role not in speakers:
        allowed = tuple(role.value for role in speakers)
        raise refusals.NotYourFees(actor.organisation, actor.role.value, party, service.value, allowed)


def _check_role(context: Context, field: str, party: str, roles: tuple[PartyRole, ...]) -> None:
    found: Party | None = context.related_streams[party_stream_id(party)]
    if found is None:
        raise refusals.FeePartyUnknown(field, party)
    if not any(found.is_a(role) for role in roles):
        raise refusals.PartyLacksRole(field, party, tuple(role.value for role in roles))


def stream_of(command: FeeAgreementCommand) -> UUID:
    """The stream that a command is for."""
    return fee_agreements_stream_id(command.party)


def related_streams(command: FeeAgreementCommand) -> Mapping[UUID, Evolve]:
    """An agreement is checked against the parties that it names, and the known rates of tax."""
    if not isinstance(command.do, AgreeFee):
        return NOTHING
    parties = [command.party] if command.do.customer is None else [command.party, command.do.customer]
    return {
        BILLING_TERMS: billing_terms.evolve,
        **{party_stream_id(party): evolve_party for party in parties},
    }
