"""A document is issued again by three facts that belong together, whatever is killed between them."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from casecore.billing.corrections.refusals import (
    AlreadyIssuedAgain,
    NothingToCorrect,
    SettlementUndocumented,
)
from casecore.billing.refusals import DocumentNotIssuable, DocumentUnknown
from casecore.contract.billing import CorrectionReason, DocumentIssued, DocumentKind
from casecore.contract.parties import PartyRole
from casecore.documents.content import Content
from casecore.documents.errors import InvalidDocument
from casecore.store.archive import Archive
from tests.runs.business import Business, open_business
from tests.runs.conftest import Copy
from tests.runs.test_kills import DyingBus, Killed

LAST = date(2026, 6, 30)


@pytest.fixture
def billed(business: Business) -> Business:
    """A customer with an invoice of two packages, R-000001, and a reseller with a statement, R-000002."""
    for package, customer, seller in (
        ("L-1", "praxis-ost", "vendor"),
        ("L-2", "praxis-ost", "vendor"),
        ("L-3", "klinik", "nord"),
    ):
        business.activate(package, customer, seller, date(2025, 7, 1))
    business.run(date(2025, 12, 31))
    business.invoice()
    business.close(2025)
    return business


def moves(business: Business, *parties: str) -> None:
    """It is recorded that they have another address than their documents say."""
    for party in parties:
        role = PartyRole.RESELLER if party == "nord" else PartyRole.CUSTOMER
        business.change(party, role, vat_id="DE123456788", language="en")


def bytes_of(business: Business, document: DocumentIssued) -> str:
    with Archive(business.database) as archive:
        return archive.get(document.sha256).decode()


def register(business: Business) -> list[tuple[object, ...]]:
    return [
        (one.number, one.kind, one.buyer, one.gross_cents, one.corrects, one.correction_reason, one.replaces)
        for one in business.documents()
    ]


def test_a_document_is_taken_back_and_issued_again_as_its_buyer_is_recorded_now(billed: Business) -> None:
    # Given a customer and a reseller whose documents lack their VAT ids
    with pytest.raises(NothingToCorrect):
        billed.correct("R-000001")
    moves(billed, "praxis-ost", "nord")
    settlements, command = billed.settlements("nord"), uuid4()
    # When their documents are issued again, by commands that are given twice, and as they are sent
    corrected = billed.correct("R-000001", command)
    assert (corrected.reversal, corrected.replacement) == ("R-000003", "R-000004")
    again = billed.correct("R-000001", command)
    assert again._replace(answer=corrected.answer) == corrected
    assert (corrected.answer.repeated, again.answer.repeated) == (False, True)
    billed.with_pdf().correct("R-000002")
    # Then there is a correction and a new document for each, and the particulars are those of now
    taken_back, invoice = CorrectionReason.PARTICULARS, DocumentKind.INVOICE
    assert register(billed)[2:] == [
        ("R-000003", DocumentKind.CORRECTION, "praxis-ost", 23_562, "R-000001", taken_back, None),
        ("R-000004", invoice, "praxis-ost", 23_562, None, None, "R-000001"),
        ("R-000005", DocumentKind.CORRECTION, "nord", 11_781, "R-000002", taken_back, None),
        ("R-000006", DocumentKind.SETTLEMENT, "nord", 11_781, None, None, "R-000002"),
    ]
    wrong, _, reversal, new, *_ = billed.documents()
    assert "DE123456788" not in bytes_of(billed, wrong)
    assert all("DE123456788" in bytes_of(billed, one) for one in (reversal, new))
    # And nothing is open, and no settlement is another one
    assert (billed.invoice().documents, billed.close(2025).documents) == ([], [])
    assert billed.settlements("nord") == settlements
    # And what is corrected, or is not there, is not corrected again
    with pytest.raises(AlreadyIssuedAgain, match="R-000004"):
        billed.correct("R-000001")
    with pytest.raises(DocumentUnknown):
        billed.correct("R-000099")


def test_a_run_that_was_killed_in_between_is_completed_by_the_next_one(database: str, copy: Copy) -> None:
    number = "R-000002"
    with open_business(database) as business:
        business.activate("L-1", "praxis-ost", "vendor", date(2025, 7, 1))
        business.activate("L-3", "klinik", "nord", date(2025, 7, 1))
        business.run(LAST)
        business.invoice()
        business.close(2025)
        moves(business, "praxis-ost", "nord")
    # Given what is issued if nobody kills it
    with copy() as whole:
        before = register(whole)
        whole.correct(number)
        expected = register(whole)
        assert len(expected) == 4
    # When it is killed after any number of commands, and the usual runs are made
    killed, outcomes = True, []
    while killed:
        with copy() as business:
            killed = dies(business, number, len(outcomes))
            business.close(2025)
            business.invoice()
            outcomes.append(register(business))
    # Then what was decided is issued, and nothing else ever
    decided_after = outcomes.index(expected)
    assert outcomes == [before] * decided_after + [expected] * (len(outcomes) - decided_after)
    assert len(outcomes) - decided_after == 5, "after the decision, and each of two documents and two marks"


def dies(business: Business, number: str, commands: int) -> bool:
    """Whether correcting a document comes to an end before so many commands are given."""
    try:
        business.over(DyingBus(business.bus, commands)).correct(number)
    except Killed:
        return True
    return False


def test_what_cannot_be_issued_again_yet_keeps_its_fees_out_of_other_documents(billed: Business) -> None:
    # Given an invoice that is decided to be issued again, and taken back, and no new one can be made
    moves(billed, "praxis-ost")
    with pytest.raises(DocumentNotIssuable, match="no paper"):
        Business(billed.database, billed.bus, billed.archive, _only_corrections).correct("R-000001")
    # When the customer is to be billed, then it is said why not, and other buyers get theirs
    billed.activate("L-9", "praxis-west", "vendor", date(2025, 7, 1))
    billed.run(LAST)
    done = Business(billed.database, billed.bus, billed.archive, _only_corrections).invoice("praxis-ost")
    assert list(done.failed) == ["praxis-ost"]
    # And once it can be made, it is the first to be issued
    assert billed.invoice().documents == ["R-000004", "R-000005"]
    assert [(one.buyer, one.replaces) for one in billed.documents()[3:]] == [
        ("praxis-ost", "R-000001"),
        ("praxis-west", None),
    ]


def test_a_document_is_not_issued_again_while_its_buyer_lacks_others(business: Business) -> None:
    # Given a statement of 2024, and a settlement of 2025 that is closed and has no document yet
    business.activate("L-3", "klinik", "nord", date(2024, 7, 1))
    business.close(2024)
    Business(business.database, business.bus, business.archive, _only_corrections).close(2025)
    moves(business, "nord")
    # Then the statement waits for it, and nothing is issued
    with pytest.raises(SettlementUndocumented, match="its settlement of 2025"):
        business.correct("R-000001")
    assert len(business.documents()) == 1
    business.close(2025)
    assert business.correct("R-000001").replacement == "R-000004"


def _only_corrections(content: Content) -> bytes:
    if content.kind is not DocumentKind.CORRECTION:
        raise InvalidDocument(content.number, ["no paper"])
    return repr(content).encode()
