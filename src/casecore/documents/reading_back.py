"""An e-invoice is read again and compared with its document: every amount, number, day, rate and party.

It shares only the content and the German labels with the writer, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeAlias
from xml.etree import ElementTree

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents import labels
from casecore.documents.content import VAT_CODES, Content, PrintedLine, PrintedParty

_Value: TypeAlias = str | int | date | Decimal | None
_Compared: TypeAlias = Iterator[tuple[str, _Value, _Value]]

_AMOUNT = re.compile(r"(-?)([0-9]+)\.([0-9]{2})")
_TYPE = {DocumentKind.INVOICE: "380", DocumentKind.SETTLEMENT: "380", DocumentKind.CORRECTION: "384"}
_EXEMPTIONS: dict[VatCategory, tuple[str | None, str | None]] = {
    VatCategory.STANDARD: (None, None),
    VatCategory.REVERSE_CHARGE: (labels.REVERSE_CHARGE, "VATEX-EU-AE"),
    VatCategory.OUTSIDE_SCOPE: (labels.OUTSIDE_SCOPE, "VATEX-EU-O"),
}
_SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation"
_ORIGINAL = "InvoiceReferencedDocument"


def xml_faults(content: Content, xml: bytes) -> list[str]:
    """Where an e-invoice differs from its document: what it says, and what it should say."""
    root = ElementTree.fromstring(xml)  # noqa: S314 - our own bytes
    compared = [*_heading(content, root), *_parties(content, root), *_sums(content, root)]
    groups = root.findall(".//{*}ApplicableHeaderTradeSettlement/{*}ApplicableTradeTax")
    lines = root.findall(".//{*}IncludedSupplyChainTradeLineItem")
    compared += [
        ("number of rates", len(groups), len(content.vat)),
        ("number of lines", len(lines), len(content.lines)),
    ]
    sign = -1 if content.kind is DocumentKind.CORRECTION else 1
    for position, (group, node) in enumerate(zip(content.vat, groups, strict=False), start=1):
        for field, read, wanted in _group(node, sign * group.net_cents, sign * group.vat_cents):
            compared.append((f"rate {position}: {field}", read, wanted))
        compared += _rate(f"rate {position}", node, group.category, group.percent)
        compared += _exemption(f"rate {position}", node, group.category)
    for position, (line, node) in enumerate(zip(content.lines, lines, strict=False), start=1):
        for field, read, wanted in _line(position, line, node, sign, content.buyer.id):
            compared.append((f"line {position}: {field}", read, wanted))
    return [
        f"e-invoice: {field} is {_shown(read)}; the document says {_shown(wanted)}"
        for field, read, wanted in compared
        if read != wanted
    ]


def _shown(value: _Value) -> str:
    return "missing" if value is None else str(value)


def _text(node: ElementTree.Element, path: str) -> str | None:
    return node.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))


def _all(node: ElementTree.Element, path: str) -> str:
    return _joined(*(found.text or "" for found in node.iterfind(path)))


def _joined(*texts: str) -> str:
    return " / ".join(texts)


def _day(node: ElementTree.Element, path: str) -> date | str | None:
    text = _text(node, f"{path}/DateTimeString")
    if text is None or not re.fullmatch("[0-9]{8}", text):
        return text
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _cents(node: ElementTree.Element, path: str) -> int | str | None:
    text = _text(node, path)
    found = _AMOUNT.fullmatch(text or "")
    return int("".join(found.groups())) if found else text


def _decimal(node: ElementTree.Element, path: str) -> Decimal | str | None:
    text = _text(node, path)
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return text


def _heading(content: Content, root: ElementTree.Element) -> _Compared:
    settlement = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
    original = content.corrects or content.replaces
    yield "number", _text(root, "ExchangedDocument/ID"), content.number
    yield "type", _text(root, "ExchangedDocument/TypeCode"), _TYPE[content.kind]
    yield "day of issue", _day(root, "ExchangedDocument/IssueDateTime"), content.issued_on
    yield "currency", _text(root, f"{settlement}/InvoiceCurrencyCode"), "EUR"
    yield "payment reference", _text(root, f"{settlement}/PaymentReference"), content.number
    due = f"{settlement}/SpecifiedTradePaymentTerms/DueDateDateTime"
    yield "day until when to pay", _day(root, due), content.pay_until
    corrected = _text(root, f"{settlement}/{_ORIGINAL}/IssuerAssignedID")
    yield "corrected or replaced document", corrected, original.number if original else None
    corrected_on = _day(root, f"{settlement}/{_ORIGINAL}/FormattedIssueDateTime")
    yield "its day of issue", corrected_on, original.issued_on if original else None
    reasons = [content.corrects.reason] if content.corrects else []
    reasons += [replacing] if (replacing := labels.replacing(content)) else []
    notes = _all(root, "{*}ExchangedDocument/{*}IncludedNote/{*}Content")
    yield "title and reason", notes, _joined(labels.title(content), *reasons)
    start_on = min(line.period_start_on for line in content.lines)
    end_on = max(line.period_end_on for line in content.lines)
    yield "start", _day(root, f"{settlement}/BillingSpecifiedPeriod/StartDateTime"), start_on
    yield "end", _day(root, f"{settlement}/BillingSpecifiedPeriod/EndDateTime"), end_on
    delivered = "ApplicableHeaderTradeDelivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime"
    yield "day of completion", _day(root, f"SupplyChainTradeTransaction/{delivered}"), end_on


def _parties(content: Content, root: ElementTree.Element) -> _Compared:
    agreement = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
    for role, party in (("Seller", content.seller), ("Buyer", content.buyer)):
        node = root.find("/".join(f"{{*}}{step}" for step in f"{agreement}/{role}TradeParty".split("/")))
        if node is None:
            yield role, None, party.name
            continue
        for field, read, wanted in _party(node, party):
            yield f"{role.lower()}'s {field}", read, wanted
        tax_number = party.tax_number or None if role == "Seller" else None
        yield f"{role.lower()}'s tax number", _registered(node, "FC"), tax_number
    seller = content.seller
    asks = content.kind is not DocumentKind.CORRECTION and bool(seller.iban)
    means = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementPaymentMeans"
    yield "means of payment", _text(root, f"{means}/TypeCode"), "58" if asks else None
    iban = _text(root, f"{means}/PayeePartyCreditorFinancialAccount/IBANID")
    yield "IBAN", iban, seller.iban if asks else None
    bic = _text(root, f"{means}/PayeeSpecifiedCreditorFinancialInstitution/BICID")
    yield "BIC", bic, (seller.bic or None) if asks else None


def _party(node: ElementTree.Element, party: PrintedParty) -> _Compared:
    yield "id", _text(node, "ID"), party.id
    yield "name", _text(node, "Name"), party.name
    yield "street", _text(node, "PostalTradeAddress/LineOne"), party.street
    yield "postal code", _text(node, "PostalTradeAddress/PostcodeCode"), party.postal_code
    yield "city", _text(node, "PostalTradeAddress/CityName"), party.city
    yield "country", _text(node, "PostalTradeAddress/CountryID"), party.country
    yield "VAT id", _registered(node, "VA"), party.vat_id or None


def _registered(node: ElementTree.Element, scheme: str) -> str | None:
    return node.findtext(f"{{*}}SpecifiedTaxRegistration/{{*}}ID[@schemeID='{scheme}']")


def _sums(content: Content, root: ElementTree.Element) -> _Compared:
    sign = -1 if content.kind is DocumentKind.CORRECTION else 1
    sums = f"SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/{_SUMS}"
    yield "sum of lines", _cents(root, f"{sums}/LineTotalAmount"), sign * content.net_cents
    yield "net", _cents(root, f"{sums}/TaxBasisTotalAmount"), sign * content.net_cents
    yield "tax", _cents(root, f"{sums}/TaxTotalAmount"), sign * content.vat_cents
    yield "gross", _cents(root, f"{sums}/GrandTotalAmount"), sign * content.gross_cents
    yield "amount due", _cents(root, f"{sums}/DuePayableAmount"), sign * content.gross_cents


def _group(node: ElementTree.Element, net_cents: int, vat_cents: int) -> _Compared:
    yield "net", _cents(node, "BasisAmount"), net_cents
    yield "tax", _cents(node, "CalculatedAmount"), vat_cents


def _rate(where: str, node: ElementTree.Element, category: VatCategory, percent: Decimal) -> _Compared:
    yield f"{where}: category", _text(node, "CategoryCode"), VAT_CODES[category]
    has_rate = category is not VatCategory.OUTSIDE_SCOPE
    yield f"{where}: percent", _decimal(node, "RateApplicablePercent"), percent if has_rate else None


def _exemption(where: str, node: ElementTree.Element, category: VatCategory) -> _Compared:
    reason, code = _EXEMPTIONS[category]
    yield f"{where}: reason", _text(node, "ExemptionReason"), reason
    yield f"{where}: its code", _text(node, "ExemptionReasonCode"), code


def _line(position: int, line: PrintedLine, node: ElementTree.Element, sign: int, buyer_id: str) -> _Compared:
    settlement = node.find("{*}SpecifiedLineTradeSettlement")
    if settlement is None:
        yield "sums", None, line.net_cents
        return
    yield "position", _text(node, "AssociatedDocumentLineDocument/LineID"), str(position)
    named = [labels.END_CUSTOMER, line.customer, labels.END_CUSTOMER_NUMBER, line.customer_id]
    of_others = named if line.customer_id != buyer_id else []
    yield "customer", _all(node, ".//{*}ApplicableProductCharacteristic/*"), _joined(*of_others)
    yield "product", _text(node, "SpecifiedTradeProduct/Name"), labels.product(line)
    noted = _text(node, "AssociatedDocumentLineDocument/IncludedNote/Content")
    yield "note", noted, labels.LATE if line.late else None
    yield "package", _text(node, "SpecifiedTradeProduct/SellerAssignedID"), line.package
    price = "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount"
    yield "price", _cents(node, price), line.net_cents
    quantity = node.find("{*}SpecifiedLineTradeDelivery/{*}BilledQuantity")
    yield "unit", None if quantity is None else quantity.get("unitCode"), "C62"
    yield "quantity", _decimal(node, "SpecifiedLineTradeDelivery/BilledQuantity"), Decimal(sign)
    net = _cents(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")
    yield "net", net, sign * line.net_cents
    start_on = _day(settlement, "BillingSpecifiedPeriod/StartDateTime")
    yield "start", start_on, line.period_start_on
    yield "end", _day(settlement, "BillingSpecifiedPeriod/EndDateTime"), line.period_end_on
    tax = settlement.find("{*}ApplicableTradeTax")
    if tax is None:
        yield "tax", None, VAT_CODES[line.category]
    else:
        yield from _rate("tax", tax, line.category, line.percent)
