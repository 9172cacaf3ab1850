"""A document with a wrong name or address is taken back and issued again, and nothing else changes."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.billing.commands import DocumentCommand, HoldBuyer, ReleaseBuyer
from casecore.billing.corrections import refusals
from casecore.billing.corrections.commands import CorrectDocument, CorrectionCommand
from casecore.billing.corrections.drafts import replacement_of, reversal_of
from casecore.billing.corrections.particulars import particulars_sha256
from casecore.billing.refusals import DocumentNotIssuable, DocumentUnknown, NotYourBilling
from casecore.contract.billing import (
    CorrectionReason,
    DocumentCorrectionDecided,
    DocumentIssued,
    DocumentKind,
    DocumentLine,
    VatCategory,
)
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyDetails, PartyRole
from casecore.contract.streams import party_stream_id
from casecore.decider.command import GivenActor
from casecore.decider.refusal import Refusal
from casecore.parties.refusals import PartyUnknown
from tests.billing.bookkeeping import BY_VENDOR, VENDOR, Paper, business, issue_command
from tests.billing.test_drafts import all_drafts, years_of_business
from tests.profiles import scaled


@pytest.fixture
def paper() -> Paper:
    """A direct customer with an invoice of two fees, and a reseller with a statement of one, R-000002."""
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 9, 1))
    paper.activate("L-2", "klinik", "nord", date(2025, 9, 1))
    paper.activate("L-3", "praxis", VENDOR, date(2025, 10, 1))
    for package in ("L-1", "L-2", "L-3"):
        paper.charge(package)
    paper.invoice("praxis")
    paper.settle("nord", 2025)
    return paper


def details_of(paper: Paper, party: str) -> PartyDetails:
    found = paper.states[party_stream_id(party)].details
    assert isinstance(found, PartyDetails)
    return found


def correction_of(document: DocumentIssued, details: PartyDetails, **other: Any) -> CorrectionCommand:
    """The command that decides that a document with these details of its buyer is issued again."""
    category = document.lines[0].category
    fields = {
        "document": document.number,
        "buyer": document.buyer,
        "kind": document.kind,
        "category": category,
        "country": details.address.country,
        "particulars_sha256": particulars_sha256(details, category),
    }
    return CorrectionCommand(command_id=uuid4(), actor=BY_VENDOR, do=CorrectDocument(**{**fields, **other}))


def moved(paper: Paper, document: DocumentIssued) -> CorrectionCommand:
    """Its buyer turns out to have another address than the document says; then it is to be issued again."""
    before = details_of(paper, document.buyer)
    paper.party(document.buyer, *before.roles, street=f"Weg {len(paper.documents) + 1}")
    return correction_of(document, before)


def reversing(paper: Paper, document: DocumentIssued) -> DocumentCommand:
    credited = paper.series().credited.get(document.number, {})
    return issuing(paper, document, reversal_of(document, document.lines, credited))


def replacing(paper: Paper, document: DocumentIssued) -> DocumentCommand:
    return issuing(paper, document, replacement_of(document, document.lines))


def issuing(paper: Paper, document: DocumentIssued, draft: Any) -> DocumentCommand:
    version = paper.states[party_stream_id(document.buyer)].version
    number, year = paper.series().next_number, document.settles_year
    return issue_command(number, draft, document.buyer, year, buyer_version=version)


def issue_again(paper: Paper, document: DocumentIssued) -> DocumentIssued:
    """Take it back, and bill the same again, once that is decided; returns the new one."""
    for command in (reversing, replacing):
        paper.give(command(paper, document))
        paper.mark(paper.documents[-1])
    return paper.documents[-1]


def test_it_is_decided_once_with_the_particulars_that_are_recorded_then(paper: Paper) -> None:
    # Given an invoice with a wrong address
    document = paper.documents[0]
    command = moved(paper, document)
    # When it is decided that it is issued again, then that is a fact, before anything is issued
    paper.when(command).then(DocumentCorrectionDecided(document="R-000001", buyer="praxis", buyer_version=2))
    # Then deciding it again changes nothing until it is issued, and is refused afterwards
    paper.when(replace(command, command_id=uuid4())).then_nothing()
    new = issue_again(paper, document)
    paper.when(replace(command, command_id=uuid4())).then_refused(
        refusals.AlreadyIssuedAgain, "was issued again as R-000004"
    )
    # But the new one may be wrong as well
    paper.when(moved(paper, new)).then(DocumentCorrectionDecided)


def test_the_new_document_bills_the_same_and_the_old_one_nothing(paper: Paper) -> None:
    # Given a price and a rate that are other ones now
    for document in list(paper.documents):
        paper.give(moved(paper, document))
    paper.price(20_000, date(2007, 1, 1))
    terms = paper.documents[0].terms_version
    for document in list(paper.documents):
        # When a document is issued again
        new = issue_again(paper, document)
        reversal = paper.documents[-2]
        # Then what is taken back and what is billed again is what it billed
        same = [
            (one.lines, one.vat, one.gross_cents, one.terms_version, one.settles_year, one.part, one.parts)
            for one in (document, reversal, new)
        ]
        assert same == [same[0]] * 3
        assert (reversal.corrects, reversal.correction_reason, reversal.replaces) == (
            document.number, CorrectionReason.PARTICULARS, None,
        )  # fmt: skip
        assert (new.kind, new.replaces, new.corrects) == (document.kind, document.number, None)
        assert new.terms_version == terms
        # And its fees are billed by the new one
        billed = {paper.charges(line.package)[line.charge - 1].billed for line in new.lines}
        assert {one.document for one in billed if one} == {new.number}
    # Nor is the settlement another one: no further document belongs to it
    assert paper.series().settled == {("nord", 2025): 1}


CASES: dict[str, tuple[dict[str, Any], type[Refusal], str]] = {
    "an unknown number": ({"document": "R-000099"}, DocumentUnknown, "check the number"),
    "no number": ({"document": "R-1"}, DocumentUnknown, "check the number"),
    "a correction": ({"kind": DocumentKind.CORRECTION}, refusals.IsACorrection, "that bills them"),
    "another country": ({"country": "AT"}, refusals.BuyerMovedAbroad, "record AT first"),
    "another tax": (
        {"category": VatCategory.REVERSE_CHARGE},
        refusals.TreatmentChanged,
        "billed as standard",
    ),
    "nobody": ({"buyer": "nobody"}, PartyUnknown, "register it first"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_issued_again_is_refused_and_it_is_said_why(paper: Paper, case: str) -> None:
    changes, refusal, says = CASES[case]
    command = moved(paper, paper.documents[0])
    paper.when(replace(command, do=replace(command.do, **changes))).then_refused(refusal, says)


def test_a_document_that_says_what_is_recorded_is_not_issued_again(paper: Paper) -> None:
    document, details = paper.documents[0], details_of(paper, "praxis")
    same = correction_of(document, details)
    paper.when(same).then_refused(refusals.NothingToCorrect, "record first how the party changed")
    # Nor where something changed that no document prints
    paper.party("praxis", PartyRole.CUSTOMER, tax_number="21/815/08150")
    paper.when(same).then_refused(refusals.NothingToCorrect)
    # But where it has another VAT id, which one does
    paper.party("praxis", PartyRole.CUSTOMER, vat_id="DE123456788")
    paper.when(same).then(DocumentCorrectionDecided)


def test_a_document_of_a_buyer_on_hold_is_not_issued_again(paper: Paper) -> None:
    # Given a document to a buyer in Austria, of which something else was decided since
    paper.party("wien", PartyRole.CUSTOMER, country="AT", vat_id="ATU12345675")
    document, details = paper.documents[0], details_of(paper, "wien")
    command = correction_of(document, details, buyer="wien")
    paper.party("wien", PartyRole.CUSTOMER, country="AT", vat_id="ATU12345675", city="Linz")
    paper.buyer_command("wien", HoldBuyer(country="AT"))
    paper.when(command).then_refused(refusals.TreatmentChanged, "is on hold", "Release the buyer")
    release = ReleaseBuyer(country="AT", category=VatCategory.REVERSE_CHARGE, reason="r")
    paper.buyer_command("wien", release)
    paper.when(command).then_refused(refusals.TreatmentChanged, "billed as reverse_charge")


def test_a_document_of_which_a_fee_was_taken_back_is_not_issued_again(paper: Paper) -> None:
    command = moved(paper, paper.documents[0])
    paper.void("L-3")
    paper.charge("L-3")
    paper.invoice("praxis")
    paper.when(command).then_refused(refusals.AlreadyCorrected, "bills them now")


def test_only_the_vendor_and_the_system_correct_documents(paper: Paper) -> None:
    stranger = GivenActor(person="p", organisation="praxis", role=Role.CUSTOMER)
    paper.when(replace(moved(paper, paper.documents[0]), actor=stranger)).then_refused(NotYourBilling)


def test_nothing_is_issued_again_without_a_decision_or_twice_or_in_another_order(paper: Paper) -> None:
    document = paper.documents[0]
    command = moved(paper, document)
    for make in (reversing, replacing):
        with pytest.raises(DocumentNotIssuable, match="it is not decided"):
            paper.give(make(paper, document))
    paper.give(command)
    with pytest.raises(DocumentNotIssuable, match="after it was taken back"):
        paper.give(replacing(paper, document))
    # Nor with other particulars than those of the decision
    other = reversing(paper, document)
    other = replace(other, do=replace(other.do, buyer_version=1))
    with pytest.raises(DocumentNotIssuable, match="with these particulars"):
        paper.give(other)
    issue_again(paper, document)
    with pytest.raises(DocumentNotIssuable, match="taken back once"):
        paper.give(reversing(paper, document))
    with pytest.raises(DocumentNotIssuable, match="issued again once"):
        paper.give(replacing(paper, document))


def sums(paper: Paper) -> dict[tuple[object, ...], int]:
    """Net and tax of all documents by buyer, settled year, category and rate; corrections below zero."""
    found: Counter[tuple[object, ...]] = Counter()
    for document in paper.documents:
        sign = -1 if document.kind is DocumentKind.CORRECTION else 1
        for vat in document.vat:
            key = (document.buyer, document.settles_year, vat.category, vat.percent)
            found[(*key, "net")] += sign * vat.net_cents
            found[(*key, "tax")] += sign * vat.vat_cents
    return found


def charges(paper: Paper) -> list[object]:
    """All charges, but for the numbers of the documents that bill them."""
    return [
        (replace(charge, billed=None), charge.billed and (charge.billed.category, charge.billed.percent))
        for account in paper.accounts()
        for charge in account.charges
    ]


def open_lines(paper: Paper) -> list[list[DocumentLine]]:
    return [list(draft.lines) for draft in all_drafts(paper)]


@given(years_of_business(), st.data())
@scaled(0.5)
def test_issuing_documents_again_changes_no_sum_no_charge_and_nothing_that_is_open(
    paper: Paper, data: st.DataObject
) -> None:
    # Given any history, with its register of documents
    before = (sums(paper), charges(paper), open_lines(paper), paper.series().settled)
    whole = [
        one
        for one in paper.documents
        if one.kind is not DocumentKind.CORRECTION and one.number not in paper.series().credited
    ]
    # When any of its documents are issued again
    for document in whole:
        if data.draw(st.booleans()):
            paper.give(moved(paper, document))
            issue_again(paper, document)
    # Then all is as before: also what a later correction has to take back
    assert (sums(paper), charges(paper), open_lines(paper), paper.series().settled) == before
