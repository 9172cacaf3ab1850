"""What is asked of billing: a settlement, a document, and where a figure came from."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from casecore.app.application import Application
from casecore.app.registers.streams import sees_package
from casecore.billing.refusals import DocumentUnknown, SettlementUnknown
from casecore.billing.series import document_place
from casecore.contract.billing import DocumentIssued
from casecore.contract.streams import DOCUMENT_SERIES
from casecore.decider.refusal import NewerThanProgram
from casecore.decider.stored_facts import fact_of
from casecore.errors.kinds import NotFound
from casecore.runs.books import Books
from casecore.runs.explanation import (
    DocumentSteps,
    ExplanationStep,
    SettlementSteps,
    explain_document,
    explain_package,
    explain_settlement,
)
from casecore.store.archive import Archive
from casecore.visibility.rules import DOCUMENT, SETTLEMENT, Viewer, may_see
from projections.billing.statements import LinesOfSettlement, SettlementStatement, settlement_statement


class FigureUnknown(NotFound):
    """There is no document, package or settlement of that name."""


class SettlementNotKnown(NotFound):
    """The view has no settlement of a party for a year."""

    def __init__(self, party: str, year: int) -> None:
        super().__init__(f"the view knows no settlement of {party} for {year}: check both")
        self.party = party


class PackageSteps(NamedTuple):
    """What made up the charges of a licence package."""

    package: str
    steps: list[ExplanationStep]


ExplainedFigure: TypeAlias = PackageSteps | DocumentSteps | SettlementSteps


def find_settlement(
    app: Application,
    party: str,
    year: int,
    viewer: Viewer | None = None,
    which: LinesOfSettlement = LinesOfSettlement(),  # noqa: B008
) -> SettlementStatement:
    """The settlement of a reseller's year with some of its lines, as the view has it.

    What the viewer does not see is not there.

    Raises SettlementNotKnown, ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    found = app.ask(settlement_statement, party, year, viewer, which)
    if found is None:
        raise SettlementNotKnown(party, year)
    return found


def issued_document(app: Application, number: str, viewer: Viewer | None = None) -> DocumentIssued:
    """A document as it was issued; raises DocumentUnknown and DatabaseUnavailable.

    One that the viewer does not see is as one that is not there, also in how long the look takes.
    """
    place = document_place(number)
    stored = None if place is None else app.log.event(DOCUMENT_SERIES, place)
    if stored is None:
        raise DocumentUnknown(number)
    try:
        document = fact_of(stored).data
    except NewerThanProgram:
        if may_see(viewer, DOCUMENT, {}):
            raise
        raise DocumentUnknown(number) from None  # nobody can tell whose it is
    assert isinstance(document, DocumentIssued), "the series holds documents only"
    if not may_see(viewer, DOCUMENT, {"buyer": document.buyer}):
        raise DocumentUnknown(number)
    return document


def archived_pdf(app: Application, document: DocumentIssued) -> bytes:
    """A document's PDF, byte for byte; raises NotArchived, ArchiveDamaged and DatabaseUnavailable."""
    with Archive(app.database) as archive:
        return archive.get(document.sha256)


def archived_xml(app: Application, document: DocumentIssued) -> bytes:
    """The e-invoice in a document's PDF; raises as `archived_pdf`."""
    # Imported here: what reads a PDF loads slowly.
    from casecore.documents.factur_x import xml_inside

    return xml_inside(archived_pdf(app, document))


def explain_figure(
    app: Application, figure: str, viewer: Viewer | None = None, as_of_position: int | None = None
) -> ExplainedFigure:
    """From a figure to its events: a document's number, a package's reference, or SELLER/YEAR.

    That of a package as of a position of the log, or of now. What the viewer does not see is as what is not
    there, and left out of what it does see. Raises DocumentUnknown, SettlementUnknown, FigureUnknown and
    DatabaseUnavailable.
    """
    # A package may be called as anything else is: what there is goes first.
    is_package = sees_package(app, figure, viewer)
    settlement = None if is_package else re.fullmatch(r"(.+)/([0-9]{4})", figure)
    if document_place(figure) is not None:
        issued_document(app, figure, viewer)
        with Books(app.database) as books:
            return explain_document(books, figure)
    if settlement:
        seller, year = settlement[1], int(settlement[2])
        if not may_see(viewer, SETTLEMENT, {"seller": seller}):
            raise SettlementUnknown(seller, year)
        with Books(app.database) as books:
            return explain_settlement(books, seller, year)
    if is_package:
        with Books(app.database, as_of_position) as books:
            return PackageSteps(figure, explain_package(books, figure, viewer))
    raise FigureUnknown(
        f"there is no document, package or settlement {figure}: give a number such as R-000017, a package's "
        "reference, or SELLER/YEAR"
    )
