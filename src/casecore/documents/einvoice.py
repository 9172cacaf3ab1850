"""The XML in a document: UN/CEFACT Cross Industry Invoice, in the profile EN 16931 of Factur-X / ZUGFeRD.

A correction is of type 384 with every quantity at -1: a German Rechnungskorrektur changes an invoice that it
names, and the German rules for BT-3 turn the signs of its quantities and of what follows from them, while the
price stays above zero (BR-27). 381 is a credit note of its own, with amounts above zero; in German that is a
"Gutschrift", a word that § 14 Abs. 2 UStG keeps for what a buyer issues.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

from casecore.contract.billing import DocumentKind, VatCategory
from casecore.documents import labels
from casecore.documents.content import VAT_CODES, Content, PrintedLine, PrintedParty, VatGroup
from casecore.money.cents import euros

PROFILE = "urn:cen.eu:en16931:2017"
# From UNTDID 1001 (what the document is), 4461 (how it is paid), UN/ECE 20 (units) and VATEX.
INVOICE_CODE, CORRECTION_CODE = "380", "384"
SEPA_TRANSFER = "58"
ONE = "C62"
EXEMPTION_CODES = {VatCategory.REVERSE_CHARGE: "VATEX-EU-AE", VatCategory.OUTSIDE_SCOPE: "VATEX-EU-O"}

_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
_DAY = {"format": "102"}


class _Node:
    """An element that is written child by child: the schema prescribes their order."""

    def __init__(self, element: ElementTree.Element) -> None:
        self.element = element

    def text(self, name: str, value: str, **attributes: str) -> None:
        ElementTree.SubElement(self.element, f"ram:{name}", attributes).text = value

    def node(self, name: str) -> _Node:
        return _Node(ElementTree.SubElement(self.element, f"ram:{name}"))

    def day(self, name: str, on: date, prefix: str = "udt") -> None:
        holder = self.node(name).element
        ElementTree.SubElement(holder, f"{prefix}:DateTimeString", _DAY).text = f"{on:%Y%m%d}"


def xml_of(content: Content) -> bytes:
    """The e-invoice of a document, in UTF-8; the same content gives the same bytes.

    `content` has passed `checks.faults`. Amounts are in euros with two decimals.
    """
    root = ElementTree.Element(
        "rsm:CrossIndustryInvoice",
        {"xmlns:rsm": _RSM, "xmlns:ram": _RAM, "xmlns:udt": _UDT, "xmlns:qdt": _QDT},
    )
    context = _Node(ElementTree.SubElement(root, "rsm:ExchangedDocumentContext"))
    context.node("GuidelineSpecifiedDocumentContextParameter").text("ID", PROFILE)
    _document(_Node(ElementTree.SubElement(root, "rsm:ExchangedDocument")), content)
    trade = _Node(ElementTree.SubElement(root, "rsm:SupplyChainTradeTransaction"))
    for position, line in enumerate(content.lines, start=1):
        _line(trade.node("IncludedSupplyChainTradeLineItem"), position, line, content)
    _agreement(trade.node("ApplicableHeaderTradeAgreement"), content)
    # BT-72: the day on which the service is complete, which decides its tax (docs/decisions/rate.md).
    delivered = trade.node("ApplicableHeaderTradeDelivery").node("ActualDeliverySupplyChainEvent")
    delivered.day("OccurrenceDateTime", labels.whole_period(content)[1])
    _settlement(trade.node("ApplicableHeaderTradeSettlement"), content)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _document(node: _Node, content: Content) -> None:
    node.text("ID", content.number)
    node.text("TypeCode", CORRECTION_CODE if content.kind is DocumentKind.CORRECTION else INVOICE_CODE)
    node.day("IssueDateTime", content.issued_on)
    node.node("IncludedNote").text("Content", labels.title(content))
    if content.corrects:
        node.node("IncludedNote").text("Content", content.corrects.reason)
    if replacing := labels.replacing(content):
        node.node("IncludedNote").text("Content", replacing)


def _line(node: _Node, position: int, line: PrintedLine, content: Content) -> None:
    sign = labels.sign(content)
    about = node.node("AssociatedDocumentLineDocument")
    about.text("LineID", str(position))
    if line.late:
        about.node("IncludedNote").text("Content", labels.LATE)
    product = node.node("SpecifiedTradeProduct")
    product.text("SellerAssignedID", line.package)
    product.text("Name", labels.product(line))
    if line.customer_id != content.buyer.id:
        _characteristic(product, labels.END_CUSTOMER, line.customer)
        _characteristic(product, labels.END_CUSTOMER_NUMBER, line.customer_id)
    price = node.node("SpecifiedLineTradeAgreement").node("NetPriceProductTradePrice")
    price.text("ChargeAmount", euros(line.net_cents))
    node.node("SpecifiedLineTradeDelivery").text("BilledQuantity", str(sign), unitCode=ONE)
    settlement = node.node("SpecifiedLineTradeSettlement")
    tax = settlement.node("ApplicableTradeTax")
    tax.text("TypeCode", "VAT")
    tax.text("CategoryCode", VAT_CODES[line.category])
    _rate(tax, line.category, line.percent)
    _period(settlement, line.period_start_on, line.period_end_on)
    total = settlement.node("SpecifiedTradeSettlementLineMonetarySummation")
    total.text("LineTotalAmount", euros(sign * line.net_cents))


def _characteristic(product: _Node, name: str, value: str) -> None:
    node = product.node("ApplicableProductCharacteristic")
    node.text("Description", name)
    node.text("Value", value)


def _period(node: _Node, start_on: date, end_on: date) -> None:
    period = node.node("BillingSpecifiedPeriod")
    period.day("StartDateTime", start_on)
    period.day("EndDateTime", end_on)


def _agreement(node: _Node, content: Content) -> None:
    seller = node.node("SellerTradeParty")
    _party(seller, content.seller)
    if content.seller.tax_number:
        seller.node("SpecifiedTaxRegistration").text("ID", content.seller.tax_number, schemeID="FC")
    _vat_id(seller, content.seller)
    buyer = node.node("BuyerTradeParty")
    _party(buyer, content.buyer)
    # The profile has no place for a buyer's tax number.
    _vat_id(buyer, content.buyer)


def _party(node: _Node, party: PrintedParty) -> None:
    node.text("ID", party.id)
    node.text("Name", party.name)
    address = node.node("PostalTradeAddress")
    address.text("PostcodeCode", party.postal_code)
    address.text("LineOne", party.street)
    address.text("CityName", party.city)
    address.text("CountryID", party.country)


def _vat_id(node: _Node, party: PrintedParty) -> None:
    if party.vat_id:
        node.node("SpecifiedTaxRegistration").text("ID", party.vat_id, schemeID="VA")


def _settlement(node: _Node, content: Content) -> None:
    sign = labels.sign(content)
    node.text("PaymentReference", content.number)
    node.text("InvoiceCurrencyCode", "EUR")
    # A correction asks for no payment, so it names no account to pay to.
    if content.seller.iban and content.kind is not DocumentKind.CORRECTION:
        _transfer(node, content.seller.iban, content.seller.bic)
    for group in content.vat:
        _vat(node.node("ApplicableTradeTax"), group, sign)
    _period(node, *labels.whole_period(content))
    if content.pay_until:
        node.node("SpecifiedTradePaymentTerms").day("DueDateDateTime", content.pay_until)
    total = node.node("SpecifiedTradeSettlementHeaderMonetarySummation")
    total.text("LineTotalAmount", euros(sign * content.net_cents))
    total.text("TaxBasisTotalAmount", euros(sign * content.net_cents))
    total.text("TaxTotalAmount", euros(sign * content.vat_cents), currencyID="EUR")
    total.text("GrandTotalAmount", euros(sign * content.gross_cents))
    total.text("DuePayableAmount", euros(sign * content.gross_cents))
    if earlier := content.corrects or content.replaces:
        original = node.node("InvoiceReferencedDocument")
        original.text("IssuerAssignedID", earlier.number)
        original.day("FormattedIssueDateTime", earlier.issued_on, prefix="qdt")


def _transfer(node: _Node, iban: str, bic: str | None) -> None:
    means = node.node("SpecifiedTradeSettlementPaymentMeans")
    means.text("TypeCode", SEPA_TRANSFER)
    means.node("PayeePartyCreditorFinancialAccount").text("IBANID", iban)
    if bic:
        means.node("PayeeSpecifiedCreditorFinancialInstitution").text("BICID", bic)


def _vat(node: _Node, group: VatGroup, sign: int) -> None:
    exemption = labels.exemption(group.category)
    node.text("CalculatedAmount", euros(sign * group.vat_cents))
    node.text("TypeCode", "VAT")
    if exemption:
        node.text("ExemptionReason", exemption)
    node.text("BasisAmount", euros(sign * group.net_cents))
    node.text("CategoryCode", VAT_CODES[group.category])
    if exemption:
        node.text("ExemptionReasonCode", EXEMPTION_CODES[group.category])
    _rate(node, group.category, group.percent)


def _rate(node: _Node, category: VatCategory, percent: Decimal) -> None:
    # What is outside the scope of tax has no rate, not even one of zero (BR-O-05, BR-48).
    if category is not VatCategory.OUTSIDE_SCOPE:
        node.text("RateApplicablePercent", labels.plain(percent))
