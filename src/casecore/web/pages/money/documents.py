"""Documents as they were issued: their list, and one with its lines."""

from __future__ import annotations

from typing import NamedTuple

from casecore.app.billing.answers import issued_document
from casecore.contract.billing import DocumentIssued, DocumentKind
from casecore.http.cursors import cut_page, read_cursor
from casecore.http.problems import InvalidRequest
from casecore.web.pages.money.explanation import sign_of
from casecore.web.pages.money.lists import (
    PER_PAGE,
    SCOPES,
    SECTION,
    address,
    filters_of,
    in_path,
    next_address,
    tax_in,
    year_in,
)
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_
from projections.billing.issued import Document, DocumentFilter, documents
from projections.kit.reading.places import PlaceNumber


class AskedDocuments(PageAsked, frozen=True):
    """Which documents: to a buyer, of a kind, of the year of issue; by how they are taxed."""

    buyer: str = ""
    kind: str = ""
    year: str = ""
    category: str = ""
    percent: str = ""
    cursor: str = ""


class AskedDocument(PageAsked, frozen=True):
    """Which document."""

    number: str


class DocumentList(NamedTuple):
    """A page of documents, those issued last first; amounts of a correction are below zero."""

    is_vendor: bool
    documents: list[Document]
    asked: AskedDocuments
    kinds: list[str]
    next: str | None


class DocumentPage(NamedTuple):
    """A document; `sign` is that of its amounts, and `corrected_by` names the corrections of it."""

    is_vendor: bool
    document: DocumentIssued
    sign: int
    corrected_by: list[str]


def load_documents(look: Look, asked: AskedDocuments) -> Shown:
    """A page of documents."""
    kinds = [one.value for one in DocumentKind]
    if asked.kind and asked.kind not in kinds:
        raise InvalidRequest(f"kind is {asked.kind[:50]!r}; possible are: {', '.join(kinds)}", "kind")
    category, percent = tax_in(asked.category, asked.percent)
    which = DocumentFilter(
        buyer=asked.buyer or None,
        kind=asked.kind or None,
        year=year_in(asked.year),
        category=category,
        percent=percent,
        limit=PER_PAGE + 1,
        before=read_cursor(asked.cursor, PlaceNumber) if asked.cursor else None,
    )
    page = cut_page(list(look.app.ask(documents, which, look.viewer)), PER_PAGE, lambda one: one.version)
    return Shown(
        title=N_("Documents"),
        content=DocumentList(
            is_vendor=look.viewer.is_vendor,
            documents=page.rows,
            asked=asked,
            kinds=kinds,
            next=next_address("/money/documents", asked, page.next),
        ),
        api=address("/v1/billing/documents", filters_of(asked)),
    )


def load_document(look: Look, asked: AskedDocument) -> Shown:
    """A document as it was issued."""
    found = issued_document(look.app, asked.number, look.viewer)
    listed = list(look.app.ask(documents, DocumentFilter(number=found.number, limit=1), look.viewer))
    return Shown(
        title=found.number,
        content=DocumentPage(
            is_vendor=look.viewer.is_vendor,
            document=found,
            sign=sign_of(found),
            corrected_by=listed[0].corrected_by if listed else [],
        ),
        api=f"/v1/billing/documents/{in_path(found.number)}",
    )


PAGES: tuple[AnyPage, ...] = (
    SitePage("/money/documents", SECTION, SCOPES, AskedDocuments, "money/documents.html", load_documents),
    SitePage(
        "/money/documents/{number}", SECTION, SCOPES, AskedDocument, "money/document.html", load_document
    ),
)
