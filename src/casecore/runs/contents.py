"""From what is to be issued to what a document says, with the particulars of seller and buyer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from casecore.billing.drafts import Draft
from casecore.billing.refusals import ParticularsMissing
from casecore.contract.billing import (
    CorrectionReason,
    DocumentKind,
    DocumentLine,
    VatCategory,
    VatTotal,
)
from casecore.contract.personal import Plain, Sealed
from casecore.documents import content
from casecore.parties.party import Party

PAY_WITHIN = timedelta(days=14)
"""An invoice is to be paid within two weeks."""

_REASONS = {
    CorrectionReason.REVERSED: "Die aufgeführten Wartungsentgelte waren so nicht geschuldet.",
    CorrectionReason.RATE: "Für die aufgeführten Zeiträume gilt ein anderer Umsatzsteuersatz.",
    CorrectionReason.PARTICULARS: "Name oder Anschrift des Empfängers sind falsch; eine neue Rechnung folgt.",
}


def pay_until(draft: Draft, issued_on: date) -> date | None:
    """The last day on which a document is to be paid; None for a correction."""
    return None if draft.kind is DocumentKind.CORRECTION else issued_on + PAY_WITHIN


def as_printed(draft: Draft, names: Mapping[str, str]) -> Draft:
    """The draft with its lines in the order in which the page lists them, by the customers' names."""
    lines = sorted(draft.lines, key=lambda line: content.line_order(_line(line, names)))
    return draft._replace(lines=tuple(lines))


def content_of(
    draft: Draft,
    *,
    number: str,
    issued_on: date,
    seller: Party,
    buyer: Party,
    names: Mapping[str, str],
    settles_year: int | None,
    original_issued_on: date | None,
) -> content.Content:
    """All that the document says. `names` has the names of the customers on its lines, by party id.

    Lines are printed in the draft's order. A document outside the scope of tax names no VAT id (EN 16931,
    BR-O-02). A correction does not name the settlement that it belongs to, nor
    its place in it: it corrects an earlier document. Raises ParticularsMissing if particulars of seller or
    buyer are sealed.
    """
    corrected = replaced = None
    names_vat_id = all(line.category is not VatCategory.OUTSIDE_SCOPE for line in draft.lines)
    is_statement = draft.kind is DocumentKind.SETTLEMENT
    if draft.corrects is not None and draft.reason is not None and original_issued_on is not None:
        corrected = content.Corrected(
            number=draft.corrects, issued_on=original_issued_on, reason=_REASONS[draft.reason]
        )
    if draft.replaces is not None and original_issued_on is not None:
        replaced = content.Replaced(number=draft.replaces, issued_on=original_issued_on)
    return content.Content(
        number=number,
        kind=draft.kind,
        issued_on=issued_on,
        seller=_party(seller, seller, buyer, names_vat_id),
        buyer=_party(buyer, seller, buyer, names_vat_id),
        lines=tuple(_line(line, names) for line in draft.lines),
        vat=tuple(_group(total) for total in draft.totals.vat),
        net_cents=draft.totals.net_cents,
        vat_cents=draft.totals.vat_cents,
        gross_cents=draft.totals.gross_cents,
        pay_until=pay_until(draft, issued_on),
        settles_year=settles_year if is_statement else None,
        part=draft.part if is_statement else 1,
        parts=draft.parts if is_statement else 1,
        corrects=corrected,
        replaces=replaced,
    )


def _line(line: DocumentLine, names: Mapping[str, str]) -> content.PrintedLine:
    return content.PrintedLine(
        package=line.package,
        customer_id=line.customer,
        customer=names[line.customer],
        period_start_on=line.period_start_on,
        period_end_on=line.period_end_on,
        net_cents=line.net_cents,
        category=line.category,
        percent=line.percent,
        late=line.late,
    )


def _group(total: VatTotal) -> content.VatGroup:
    return content.VatGroup(
        category=total.category,
        percent=total.percent,
        net_cents=total.net_cents,
        vat_cents=total.vat_cents,
    )


def _party(party: Party, seller: Party, buyer: Party, names_vat_id: bool) -> content.PrintedParty:
    details = party.details
    account = details.bank_account

    def legible(what: str, personal: Plain | Sealed) -> str:
        if isinstance(personal, Sealed):
            raise ParticularsMissing(seller.id, buyer.id, f"the {what} of {party.id} is sealed")
        return personal.text

    def maybe(what: str, personal: Plain | Sealed | None) -> str | None:
        return None if personal is None else legible(what, personal)

    return content.PrintedParty(
        id=party.id,
        name=legible("name", details.name),
        street=legible("street", details.address.street),
        postal_code=legible("postal code", details.address.postal_code),
        city=legible("city", details.address.city),
        country=details.address.country,
        tax_number=maybe("tax number", details.tax_number),
        vat_id=maybe("VAT id", details.vat_id) if names_vat_id else None,
        iban=maybe("IBAN", account.iban if account else None),
        bic=account.bic if account else None,
    )
