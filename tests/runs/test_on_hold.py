"""Buyers outside Germany, and those whose particulars allow no document: they are on hold, and no other buyer
waits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from casecore.billing import buyer_decider, taxation
from casecore.billing.drafts import Draft
from casecore.billing.refusals import (
    BuyerStatusUnknown,
    NoReverseCharge,
    ParticularsMissing,
    VatIdMissing,
)
from casecore.billing.totals import totals_of
from casecore.contract.billing import DocumentKind, DocumentLine, SettlementClosed, VatCategory
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.parties import Address, BankAccount, BuyerStatus, PartyDetails, PartyRole
from casecore.contract.personal import Personal, Plain, Sealed
from casecore.documents.content import Content
from casecore.documents.errors import InvalidDocument
from casecore.parties.party import Party
from casecore.runs.contents import content_of
from tests.runs.business import Business

LAST = date(2026, 6, 30)


@pytest.fixture
def abroad(business: Business) -> Business:
    """A customer and a reseller in Austria, beside one of each at home; a fee of 2025 for each of them."""
    business.change(
        "vendor",
        PartyRole.VENDOR,
        tax_number="21/815/08150",
        vat_id="DE123456788",
        iban="DE89370400440532013000",
    )
    business.party("alpen", PartyRole.RESELLER, country="AT", vat_id="ATU12345675")
    business.party("praxis-wien", PartyRole.CUSTOMER, country="AT", vat_id="ATU12345675")
    for package, customer, seller in (
        ("L-1", "praxis-wien", "vendor"),
        ("L-2", "klinik", "alpen"),
        ("L-3", "praxis-ost", "vendor"),
        ("L-4", "praxis-ost", "nord"),
    ):
        business.activate(package, customer, seller, date(2025, 7, 1))
    business.run(LAST)
    return business


def test_a_buyer_abroad_is_held_and_nobody_else(abroad: Business) -> None:
    for _ in range(2):
        assert abroad.invoice().on_hold == ["praxis-wien"]
        assert abroad.close(2025).on_hold == ["alpen"]
    assert [one.buyer for one in abroad.documents()] == ["praxis-ost", "nord"]
    # The hold is recorded once
    assert abroad.held_facts("alpen") == [BuyerHeld(buyer="alpen", country="AT")]
    assert abroad.held_facts("praxis-wien") == [BuyerHeld(buyer="praxis-wien", country="AT")]


@pytest.mark.parametrize(
    ("category", "vat"), [(VatCategory.STANDARD, 1_881), (VatCategory.REVERSE_CHARGE, 0)]
)
def test_what_was_held_is_issued_as_was_decided(abroad: Business, category: VatCategory, vat: int) -> None:
    abroad.invoice()
    abroad.close(2025)
    for buyer in ("praxis-wien", "alpen"):
        abroad.release(buyer, category)
    assert len(abroad.with_pdf().invoice().documents) == 1
    done = abroad.with_pdf().close(2025, "alpen")
    assert (len(done.documents), done.on_hold, done.failed) == (1, [], {})
    for document in abroad.documents()[2:]:
        assert [(one.category, one.net_cents, one.vat_cents) for one in document.vat] == [
            (category, 9_900, vat)
        ]
    facts = [BuyerHeld, BuyerReleased, SettlementClosed]
    assert [type(one) for one in abroad.held_facts("alpen")] == facts
    # A rate that is recorded later concerns only who is billed with it
    abroad.rate("16", date(2026, 6, 1))
    corrected = {"praxis-ost"} | ({"praxis-wien"} if category is VatCategory.STANDARD else set())
    abroad.invoice()
    assert {one.buyer for one in abroad.documents() if one.corrects} == corrected


def test_a_business_in_a_third_country_gets_documents_outside_the_scope_of_tax(abroad: Business) -> None:
    # Given a customer in Switzerland of which nobody has recorded what it is
    abroad.party("praxis-bern", PartyRole.CUSTOMER, country="CH", vat_id="CHE123456788")
    abroad.activate("L-9", "praxis-bern", "vendor", date(2025, 7, 1))
    abroad.run(LAST)
    abroad = abroad.with_pdf()
    # Then it is on hold, and not released before that is recorded
    assert abroad.invoice("praxis-bern").on_hold == ["praxis-bern"]
    with pytest.raises(BuyerStatusUnknown):
        abroad.release("praxis-bern", VatCategory.STANDARD, country="CH")
    bern: dict[str, Any] = {"country": "CH", "vat_id": "CHE123456788"}
    abroad.change("praxis-bern", PartyRole.CUSTOMER, buys_as=BuyerStatus.BUSINESS, **bern)
    abroad.release("praxis-bern", VatCategory.OUTSIDE_SCOPE, country="CH")
    # And not billed while the vendor has nothing but the VAT id that such a document must not name
    abroad.change("vendor", PartyRole.VENDOR, vat_id="DE123456788")
    assert "the seller has no tax number" in abroad.invoice("praxis-bern").failed["praxis-bern"]
    abroad.change("vendor", PartyRole.VENDOR, vat_id="DE123456788", tax_number="21/815/08150")
    # And then without tax, also when it is taken back
    abroad.invoice("praxis-bern")
    abroad.void("L-9")
    abroad.run(LAST)
    abroad.invoice("praxis-bern")
    assert [
        (one.kind, one.gross_cents, [(vat.category, vat.percent, vat.vat_cents) for vat in one.vat])
        for one in abroad.documents()
    ] == [
        (kind, 9_900, [(VatCategory.OUTSIDE_SCOPE, Decimal(0), 0)])
        for kind in (DocumentKind.INVOICE, DocumentKind.CORRECTION)
    ]


def test_a_settlement_that_an_earlier_program_closed_is_documented_as_it_was_closed(
    abroad: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an earlier program, which billed a reseller in a third country with German tax whatever it is,
    # and was killed before the document was issued
    abroad.change("alpen", PartyRole.RESELLER, country="CH")
    with monkeypatch.context() as earlier:
        earlier.setattr(taxation, "_in_a_third_country", lambda _: frozenset({VatCategory.STANDARD}))
        earlier.setattr(buyer_decider, "_check_category", lambda *_: None)
        abroad.release("alpen", VatCategory.STANDARD, country="CH")
        without = Business(abroad.database, abroad.bus, abroad.archive, _no_document)
        assert "alpen" in without.close(2025, "alpen").failed
    # When the year is closed again by this one
    done = abroad.close(2025, "alpen")
    # Then the document is as the settlement says
    assert (len(done.documents), done.failed) == (1, {})
    assert [one.vat_cents for one in abroad.documents()] == [1_881]


def _no_document(content: Content) -> bytes:
    raise InvalidDocument(content.number, ["killed"])


def test_who_moves_to_where_nothing_was_decided_is_held(abroad: Business) -> None:
    abroad.release("praxis-wien", VatCategory.STANDARD)
    abroad.change("praxis-ost", PartyRole.CUSTOMER, country="AT")
    done = abroad.invoice()
    assert (done.on_hold, [one.buyer for one in abroad.documents()]) == (["praxis-ost"], ["praxis-wien"])
    # And billed when it is back
    abroad.change("praxis-ost", PartyRole.CUSTOMER)
    assert abroad.invoice().on_hold == []
    assert abroad.documents()[-1].buyer == "praxis-ost"


def test_a_reseller_that_cannot_be_documented_keeps_nobody_else_from_it(abroad: Business) -> None:
    # Given that the reseller abroad owes the tax itself, and has no VAT id
    abroad.close(2025)
    abroad.release("alpen", VatCategory.REVERSE_CHARGE)
    abroad.change("alpen", PartyRole.RESELLER, country="AT")
    abroad.activate("L-5", "praxis-west", "sued", date(2025, 7, 1))
    abroad.run(LAST)
    # When the year is closed
    done = abroad.close(2025)
    # Then it is said why there is no document, and the other gets its own
    assert "the buyer has no VAT id" in done.failed["alpen"]
    assert [one.buyer for one in abroad.documents()] == ["nord", "sued"]
    # And nothing of the settlement changes until the particulars are there
    [closed] = abroad.settlements("alpen")
    assert "VAT id" in abroad.close(2024).failed["alpen"]
    abroad.change("alpen", PartyRole.RESELLER, country="AT", vat_id="ATU12345675")
    assert len(abroad.close(2025).documents) == 1
    assert abroad.settlements("alpen") == [closed]


SEALED = Sealed("key-1", "AAAA")


NAME, STREET = Plain("Praxis"), Plain("Weg 1")


def details(
    name: Personal = NAME,
    street: Personal = STREET,
    iban: Personal | None = None,
    vat_id: Personal | None = None,
) -> PartyDetails:
    return PartyDetails(
        roles=(PartyRole.CUSTOMER,),
        name=name,
        address=Address(street=street, postal_code=Plain("1"), city=Plain("Ort"), country="DE"),
        vat_id=vat_id,
        bank_account=None if iban is None else BankAccount(iban=iban),
    )


LINE = DocumentLine(
    package="L-1",
    charge=1,
    customer="praxis",
    period_start_on=date(2025, 5, 1),
    period_end_on=date(2026, 4, 30),
    net_cents=9_900,
    category=VatCategory.STANDARD,
    percent=Decimal(19),
)
DRAFT = Draft(DocumentKind.INVOICE, (LINE,), totals_of((LINE,)))


def printed(seller: Party, buyer: Party) -> Content:
    """What the document says."""
    return content_of(
        DRAFT,
        number="R-000001",
        issued_on=LAST,
        seller=seller,
        buyer=buyer,
        names={"praxis": "Praxis"},
        settles_year=None,
        original_issued_on=None,
    )


@pytest.mark.parametrize(
    ("sealed", "what"),
    [
        (details(name=SEALED), "name"),
        (details(street=SEALED), "street"),
        (details(iban=SEALED), "IBAN"),
        (details(vat_id=SEALED), "VAT id"),
    ],
)
def test_sealed_particulars_allow_no_document_and_it_is_said_which(sealed: PartyDetails, what: str) -> None:
    seller, buyer = Party("vendor", details(), 1), Party("praxis", sealed, 1)
    for first, second in ((seller, buyer), (buyer, seller)):
        with pytest.raises(ParticularsMissing, match=f"the {what} of praxis is sealed"):
            printed(first, second)


def test_a_vendor_without_bank_account_has_none_on_its_documents() -> None:
    seller, buyer = Party("vendor", details(), 1), Party("praxis", details(), 1)
    content = printed(seller, buyer)
    assert (content.seller.iban, content.seller.bic) == (None, None)
    assert content.pay_until == date(2026, 7, 14)


def test_a_buyer_on_hold_that_moves_home_is_billed_and_released(abroad: Business) -> None:
    # Given a customer on hold abroad
    abroad.invoice()
    # When it moves to Germany, and the run is made again
    abroad.change("praxis-wien", PartyRole.CUSTOMER)
    assert abroad.invoice().on_hold == []
    # Then it is billed like all others, and is not on hold any more
    [_, released] = abroad.held_facts("praxis-wien")
    assert isinstance(released, BuyerReleased)
    assert (released.country, released.category) == ("DE", VatCategory.STANDARD)
    assert abroad.documents()[-1].buyer == "praxis-wien"


def test_a_buyer_is_not_released_to_a_tax_that_cannot_be_stated(abroad: Business) -> None:
    # Given a customer in Austria without a VAT id, and one in Switzerland
    abroad.change("praxis-wien", PartyRole.CUSTOMER, country="AT")
    with pytest.raises(VatIdMissing, match="record it, or bill it with German tax"):
        abroad.release("praxis-wien", VatCategory.REVERSE_CHARGE)
    abroad.change("praxis-wien", PartyRole.CUSTOMER, country="CH")
    with pytest.raises(NoReverseCharge, match="outside the European Union"):
        abroad.release("praxis-wien", VatCategory.REVERSE_CHARGE, country="CH")
