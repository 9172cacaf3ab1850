"""Marks a PDF/A-3 as a Factur-X document: what its metadata (XMP) have to say of the XML inside."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.generic import StreamObject

XML_NAME = "factur-x.xml"
NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
# Names and values by Factur-X 1.0, chapter 6; the version is that of this way of marking.
VALUES = {
    "DocumentType": "INVOICE",
    "DocumentFileName": XML_NAME,
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}

# PDF/A demands a description of each property that is not of its own schemas.
_PROPERTY = (
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
    "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
    "<pdfaProperty:category>external</pdfaProperty:category>"
    "<pdfaProperty:description>Factur-X {name}</pdfaProperty:description></rdf:li>"
)
_SCHEMA = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    + "".join(_PROPERTY.format(name=name) for name in VALUES)
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_SCHEMAS = "<pdfaExtension:schemas><rdf:Bag>"
_DESCRIPTION = (
    f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">'
    + "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value in VALUES.items())
    + "</rdf:Description>"
)
_END = "</rdf:RDF>"


def marked(pdf: bytes) -> bytes:
    """A PDF/A-3 by typst, with the metadata of Factur-X added to its own; nothing else in it changes.

    The change is appended, as PDF allows. Raises RuntimeError if the metadata are not as typst writes them.
    """
    # A newline first: PDF/A wants one before each object, and what is appended begins with one.
    writer = PdfWriter(BytesIO(pdf + b"\n"), incremental=True)
    metadata = writer.root_object["/Metadata"].get_object()
    if not isinstance(metadata, StreamObject):
        raise RuntimeError("the PDF has no metadata")
    text = metadata.get_data().decode("utf-8")
    if text.count(_SCHEMAS) != 1 or text.count(_END) != 1:
        raise RuntimeError("the metadata of the PDF are not in the form that is known")
    text = text.replace(_SCHEMAS, _SCHEMAS + _SCHEMA).replace(_END, _DESCRIPTION + _END)
    metadata.set_data(text.encode("utf-8"))
    with BytesIO() as written:
        writer.write(written)
        return written.getvalue()


def xml_inside(pdf: bytes) -> bytes:
    """The e-invoice in a document; raises KeyError if there is none."""
    return PdfReader(BytesIO(pdf)).attachments[XML_NAME][0]
