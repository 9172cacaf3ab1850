"""From what a document says to its bytes, once every check has passed: PDF/A-3a with the e-invoice inside.

The same content gives the same bytes on every machine: the fonts are typst's own, and its clock is the
document's day of issue. Still, what was issued is archived, and never made again.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Literal, NamedTuple, TypeAlias

import typst

from casecore.documents.checks import faults
from casecore.documents.content import Content
from casecore.documents.einvoice import xml_of
from casecore.documents.errors import InvalidDocument
from casecore.documents.factur_x import marked
from casecore.documents.letter import letter
from casecore.documents.reading_back import xml_faults
from casecore.documents.schematron import schematron_faults

_Form: TypeAlias = Literal["pdf", "png"]

# Typst keeps what the last ten runs computed, about 75 KB for each line. Of long documents that is too much.
_RUNS_KEPT, _LONG = 11, 100
_TEMPLATE = files("casecore.documents").joinpath("document.typ").read_bytes()


class RenderedDocument(NamedTuple):
    """A document's bytes: the PDF, and the XML that is in it."""

    pdf: bytes
    xml: bytes


def make(content: Content) -> RenderedDocument:
    """A document, ready to be issued. Raises InvalidDocument with all that the checks find.

    The official schematron runs for each: it takes 20 ms for a usual invoice, and 1.3 s for 1,000 lines.
    """
    _refuse(content, faults(content))
    xml = xml_of(content)
    _refuse(content, [*xml_faults(content, xml), *schematron_faults(xml)])
    return RenderedDocument(marked(_pdf(content, xml)), xml)


def render(content: Content) -> bytes:
    """The PDF of a document; raises InvalidDocument as `make` does."""
    return make(content).pdf


def pictures(content: Content, pixels_per_inch: float) -> list[bytes]:
    """The pages of a document as PNG, to be looked at; raises InvalidDocument as `make` does."""
    pages = _laid_out(content, make(content).xml, "png", pixels_per_inch)
    return [pages] if isinstance(pages, bytes) else pages


def _refuse(content: Content, found: list[str]) -> None:
    if found:
        raise InvalidDocument(content.number, found)


def _pdf(content: Content, xml: bytes) -> bytes:
    pdf = _laid_out(content, xml, "pdf")
    assert isinstance(pdf, bytes), "a PDF is one file, however many pages it has"
    return pdf


def _laid_out(
    content: Content, xml: bytes, form: _Form, pixels_per_inch: float | None = None
) -> bytes | list[bytes]:
    # Several pages as PNG come as a list, which the types of typst leave out.
    found: object = typst.compile(
        _TEMPLATE,
        format=form,
        ppi=pixels_per_inch,
        pdf_standards=["a-3a"] if form == "pdf" else [],
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(letter(content)), "xml": xml.decode("utf-8")},
    )
    assert isinstance(found, (bytes, list))
    if len(content.lines) > _LONG:
        _forget()
    return found


def _forget() -> None:
    """Make typst free what it keeps, by as many runs on nothing as it keeps; takes 0.1 s."""
    for _ in range(_RUNS_KEPT):
        typst.compile(b"", ignore_system_fonts=True)
