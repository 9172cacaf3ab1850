"""The bytes of a document: a PDF/A-3 with the e-invoice inside, whatever the names in it are."""

from __future__ import annotations

import re
import sys
from functools import cache
from io import BytesIO
from typing import Any

import psutil
import pytest
from hypothesis import given
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from casecore.contract.billing import DocumentKind
from casecore.documents import render as rendering
from casecore.documents.content import Content
from casecore.documents.einvoice import xml_of
from casecore.documents.errors import InvalidDocument
from casecore.documents.factur_x import marked, xml_inside
from casecore.documents.letter import _PRINTED
from casecore.documents.render import RenderedDocument, make, pictures, render
from tests.documents.examples import (
    CORRECTION,
    INVOICE,
    OUTSIDE_SCOPE,
    PRACTICE,
    REPLACEMENT,
    RESELLER,
    REVERSE_CHARGE,
    SETTLEMENT,
    contents,
    customer,
    document,
    line,
    long_settlement,
)
from tests.profiles import scaled

EXAMPLES = [INVOICE, SETTLEMENT, CORRECTION, REVERSE_CHARGE, OUTSIDE_SCOPE, REPLACEMENT]
by_kind = pytest.mark.parametrize("content", EXAMPLES, ids=lambda content: content.kind.value)


@cache
def rendered(content: Content) -> RenderedDocument:
    """An example, made once for all tests that look at it."""
    return make(content)


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf), strict=True)


def root(pdf: bytes) -> Any:
    return opened(pdf).trailer["/Root"]


def text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in opened(pdf).pages).replace("\u00a0", " ")


@by_kind
def test_the_e_invoice_is_inside(content: Content) -> None:
    made = rendered(content)
    assert made.xml == xml_of(content)
    assert xml_inside(made.pdf) == made.xml
    [file] = [each.get_object() for each in root(made.pdf)["/AF"]]
    assert (file["/F"], file["/UF"]) == ("factur-x.xml", "factur-x.xml")
    assert file["/AFRelationship"] == "/Alternative"
    assert file["/EF"]["/F"]["/Subtype"] == "/text/xml"


@by_kind
def test_it_says_that_it_is_pdf_a_3_and_factur_x(content: Content) -> None:
    metadata = root(rendered(content).pdf)["/Metadata"].get_data().decode()
    for said in (
        "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#<",
        "<fx:DocumentType>INVOICE</fx:DocumentType>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
        "<fx:Version>1.0</fx:Version>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
    ):
        assert metadata.count(said) == 1


@by_kind
def test_it_is_what_pdf_a_3_demands(content: Content) -> None:
    pdf = rendered(content).pdf
    reader, catalogue = opened(pdf), root(pdf)
    [intent] = catalogue["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert "/DestOutputProfile" in intent
    assert not reader.is_encrypted
    assert (catalogue["/Lang"], catalogue["/MarkInfo"]["/Marked"]) == ("de-DE", True)
    assert "/StructTreeRoot" in catalogue
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    descendants = [each for font in fonts for each in font["/DescendantFonts"]]
    assert descendants
    for each in descendants:
        assert {"/FontFile2", "/FontFile3"} & set(each["/FontDescriptor"])


@by_kind
def test_the_page_says_what_the_e_invoice_says(content: Content) -> None:
    said = text(rendered(content).pdf)
    assert content.number in said
    assert f"{content.gross_cents // 100},{content.gross_cents % 100:02} €" in said
    assert "Seite 1 von 1" in said


@by_kind
def test_the_same_content_gives_the_same_bytes(content: Content) -> None:
    assert render(content) == rendered(content).pdf


@pytest.mark.parametrize(
    "name",
    [
        '#panic("no") $x$ *bold* _slanted_ @label <label>',
        '"}], "title": "x", \\u0022 \\',
        "</ram:Name><ram:Name>&amp; ]]> <!-- -->",
        '#read("/etc/passwd") `raw` = Rechnung',
        "Praxis 株式会社 \U0001f600 \u202eemag",
        "x" * 100,
        "'' -- ... ~ /* */ // https://example.org",
    ],
)
def test_a_name_is_only_text(name: str) -> None:
    # given a name in every place where there is one
    party = PRACTICE._replace(name=name, street=name, city=name)
    content = document(DocumentKind.INVOICE, party, [line(name, party)])
    # when the document is made
    said = text(render(content))
    # then the pages show the name as it is, or the code points of what no font has
    shown = "".join(each if _PRINTED.fullmatch(each) else f"[U+{ord(each):04X}]" for each in name)
    assert "".join(shown.split()) in "".join(said.split())


@given(contents())
@scaled(0.25)
def test_whatever_the_business_makes_is_a_document(content: Content) -> None:
    made = make(content)
    assert xml_inside(made.pdf) == made.xml


def test_the_fonts_have_every_character_that_is_printed() -> None:
    # given all of them in a name, a hundred at a time, on lines and as headings, which are bold
    printed = [chr(code) for code in range(0x21, 0x2200) if _PRINTED.fullmatch(chr(code))]
    names = ["".join(printed[start : start + 100]) for start in range(0, len(printed), 100)]
    people = [customer(index)._replace(name=name) for index, name in enumerate(names) if name.strip()]
    lines = [line(person.name, person) for person in people]
    # when they are printed (typst refuses a PDF/A with a character that no font has) they all are
    assert len(printed) > 1_200
    assert "[U+" not in text(render(document(DocumentKind.SETTLEMENT, RESELLER, lines)))


def test_a_long_settlement_goes_over_pages() -> None:
    pages = [page.extract_text() for page in opened(render(long_settlement(60))).pages]
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert f"Seite {number} von 3" in page
        assert "Lizenzpaket" in page
    assert "Nr. R-000007 vom 15.01.2026" in pages[1]
    assert "Rechnungsbetrag brutto" in pages[2]


def test_a_document_may_have_a_thousand_lines() -> None:
    made = make(long_settlement(1_000))
    last = opened(made.pdf).pages[-1].extract_text()
    assert "117.810,00" in last.replace("\u00a0", " ")


def test_a_faulty_document_is_not_made() -> None:
    wrong = INVOICE._replace(gross_cents=11780, pay_until=None)
    with pytest.raises(InvalidDocument) as refused:
        render(wrong)
    assert str(refused.value) == (
        "document R-000007 is not issued: the day until when to pay is missing; "
        "gross is 117.80 in all; it adds up to 117.81"
    )


def test_a_vat_id_that_is_none_is_refused_by_the_official_rules() -> None:
    # given a VAT id without its country, which only the schematron looks at
    wrong = INVOICE._replace(buyer=PRACTICE._replace(vat_id="123456789"))
    with pytest.raises(InvalidDocument, match="BR-CO-09"):
        render(wrong)


def test_an_e_invoice_that_says_another_than_its_document_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a writer that writes another number, which the official rules do not see
    monkeypatch.setattr(
        rendering, "xml_of", lambda content: xml_of(content).replace(b"R-000007", b"R-000008")
    )
    with pytest.raises(InvalidDocument, match="number is R-000008; the document says R-000007"):
        render(INVOICE)


def test_the_clock_of_a_document_is_its_day_of_issue() -> None:
    about = opened(rendered(INVOICE).pdf).metadata
    assert about is not None
    assert {about["/CreationDate"], about["/ModDate"]} == {"D:20260115000000Z"}


def test_long_documents_are_not_kept_in_memory() -> None:
    # given what one long document takes
    process, content = psutil.Process(), long_settlement(500)
    rendering._pdf(content, b"<a/>")
    before = process.memory_info().rss
    # when five others follow, each of which typst would keep with some 35 MB
    for number in range(5):
        rendering._pdf(content._replace(number=f"R-1{number:05}"), b"<a/>")
    # then they take no more than two would
    assert process.memory_info().rss - before < 70_000_000


def test_many_faults_are_named_in_part() -> None:
    lines = tuple(each._replace(net_cents=0) for each in long_settlement(100).lines)
    with pytest.raises(InvalidDocument, match=r"and 8\d more") as refused:
        render(long_settlement(100)._replace(lines=lines))
    assert len(refused.value.faults) > 100


def test_a_pdf_without_known_metadata_is_not_marked() -> None:
    pdf = rendered(INVOICE).pdf
    assert isinstance(root(pdf)["/Metadata"], DictionaryObject)
    with pytest.raises(RuntimeError, match="not in the form that is known"):
        marked(pdf.replace(b"<pdfaExtension:schemas><rdf:Bag>", b"<pdfaExtension:schemaz><rdf:Bag>"))


@by_kind
def test_what_is_appended_begins_on_a_line_of_its_own(content: Content) -> None:
    # ISO 19005-3, 6.1.9: a validator refuses a file in which an object follows the end of another directly.
    pdf = rendered(content).pdf
    assert pdf.count(b"%%EOF") == 2
    assert re.search(rb"%%EOF[^\n]", pdf) is None


def test_pages_are_shown_as_pictures() -> None:
    pages = pictures(long_settlement(60), pixels_per_inch=30)
    assert len(pages) == 3
    assert all(page.startswith(b"\x89PNG") for page in pages)
    assert len(pictures(INVOICE, pixels_per_inch=30)) == 1


def test_no_other_module_is_asked_over_a_network() -> None:
    # factur-x itself loads an HTTP client, and would ask a server for the schematron.
    render(INVOICE)
    assert "facturx" not in sys.modules
