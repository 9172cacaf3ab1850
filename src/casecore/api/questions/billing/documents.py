"""What can be asked about documents: the vendor sees all, others those that were issued to them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import msgspec

from casecore.api.questions.billing.billing import RateText, Year
from casecore.api.questions.file import AnyFileQuestion, File, FileQuestion
from casecore.api.questions.from_store import from_store
from casecore.api.questions.page import AskedPage, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.billing.answers import archived_pdf, archived_xml, issued_document
from casecore.contract.billing import DocumentIssued, DocumentKind, VatCategory
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.billing.issued import Document, DocumentFilter
from projections.billing.issued import documents as find_documents
from projections.kit.reading.places import PlaceNumber

ListedDocument = shape_of(Document, name="ListedDocument")


class DocumentOf(Asked, frozen=True):
    """Which document."""

    number: Annotated[str, msgspec.Meta(max_length=100, description="Such as R-000017.")]


class DocumentsOf(AskedPage, frozen=True):
    """Which documents, of those that the identity sees; `year` is that of issue.

    Those with tax of the `category`, at `percent`.
    """

    buyer: str | None = None
    kind: DocumentKind | None = None
    year: Year | None = None
    category: VatCategory | None = None
    percent: RateText | None = None


class DocumentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it was issued, which never changes."""

    document: DocumentIssued


class DocumentsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Documents, those issued last first; the amounts of a correction are below zero.

    `next` is the cursor of the next page, null if there is none.
    """

    documents: list[ListedDocument]  # type: ignore[valid-type]
    next: str | None


def one_document(app: Application, viewer: Viewer, asked: DocumentOf) -> DocumentAnswer:
    """A document as it was issued; its amounts are above zero in a correction too."""
    return DocumentAnswer(document=from_store(app, lambda: issued_document(app, asked.number, viewer)))


def list_documents(app: Application, viewer: Viewer, asked: DocumentsOf) -> DocumentsAnswer:
    """Documents that were issued."""
    which = DocumentFilter(
        buyer=asked.buyer,
        kind=asked.kind.value if asked.kind else None,
        year=asked.year,
        category=asked.category.value if asked.category else None,
        percent=asked.percent,
        limit=rows_for(asked),
        before=asked_place(asked, PlaceNumber),
    )
    page = page_of(asked, list(app.ask(find_documents, which, viewer)), lambda one: one.version)
    return DocumentsAnswer(documents=[shaped(one, ListedDocument) for one in page.rows], next=page.next)


def pdf(app: Application, viewer: Viewer, asked: DocumentOf) -> File:
    """A document's PDF, byte for byte as it was issued."""
    found = issued_document(app, asked.number, viewer)
    return File(f"{found.number}.pdf", found.sha256, partial(archived_pdf, app, found))


def xml(app: Application, viewer: Viewer, asked: DocumentOf) -> File:
    """The e-invoice (Factur-X, EN 16931) inside of a document's PDF."""
    found = issued_document(app, asked.number, viewer)
    return File(f"{found.number}.xml", found.sha256, partial(archived_xml, app, found))


_SCOPES = (Scope.ACCOUNTANT,)
QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        "/v1/billing/documents",
        _SCOPES,
        DocumentsOf,
        DocumentsAnswer,
        list_documents,
        cursor=next_page,
    ),
    Question(
        "/v1/billing/documents/{number}",
        _SCOPES,
        DocumentOf,
        DocumentAnswer,
        one_document,
        version=lambda answer: answer.document.sha256,
    ),
)

# A path for each form: caches and links tell them apart, which they would not by Accept.
FILES: tuple[AnyFileQuestion, ...] = (
    FileQuestion("/v1/billing/documents/{number}/pdf", _SCOPES, DocumentOf, "application/pdf", pdf),
    FileQuestion("/v1/billing/documents/{number}/xml", _SCOPES, DocumentOf, "application/xml", xml),
)
