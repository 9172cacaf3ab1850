"""Runs of billing say in each event for whom they were, and do the same thing once, whoever asks."""

from __future__ import annotations

from datetime import date

from casecore.commands.on_behalf import bus_for
from casecore.contract.billing import DocumentCorrectionDecided
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.parties import PartyRole
from casecore.contract.wire import decode_event
from casecore.decider.command import GivenActor
from casecore.decider.own_runs import BILLING_RUN
from casecore.store.log import LogReader
from tests.runs.business import BY_VENDOR, Business

LAST = date(2025, 12, 31)
ANN, BEN = (GivenActor(person=name, organisation="vendor", role=Role.VENDOR) for name in ("ann", "ben"))


def facts_after(business: Business, place: int) -> list[Fact[EventData]]:
    with LogReader(business.database) as log:
        return [decode_event(event).fact for event in log.read(0, 1_000)][place:]


def test_what_runs_record_says_on_whose_behalf_and_is_not_recorded_again_for_another(
    business: Business,
) -> None:
    # Given packages of a customer of the vendor, and of a reseller
    business.activate("L-1", "praxis-ost", "vendor", date(2025, 7, 1))
    business.activate("L-2", "klinik", "nord", date(2025, 7, 1))
    before = len(facts_after(business, 0))
    # When they are charged, billed and settled on behalf of ann, who has a document issued again
    for_ann = business.over(bus_for(business.bus, ANN))
    for_ann.run(LAST)
    for_ann.invoice()
    for_ann.close(2025)
    business.change("praxis-ost", PartyRole.CUSTOMER, vat_id="DE123456788", language="en")
    for_ann.correct("R-000001")
    # Then all that the run did says so, and what a person did or decided is that person's own
    facts = facts_after(business, before)
    of_run = [fact for fact in facts if fact.actor == BILLING_RUN.as_actor()]
    assert {fact.on_behalf_of for fact in of_run} == {ANN.as_actor()}
    own = [fact for fact in facts if fact not in of_run]
    assert {(fact.actor, fact.on_behalf_of) for fact in own} == {(BY_VENDOR.as_actor(), None)}
    assert any(isinstance(fact.data, DocumentCorrectionDecided) for fact in own)
    # And the same on behalf of another, or of nobody, stores nothing
    for again in (business.over(bus_for(business.bus, BEN)), business):
        again.run(LAST)
        again.invoice()
        again.close(2025)
    assert len(facts_after(business, before)) == len(facts)
