"""Billing: the runs that charge, settle, issue and keep fees, and where a figure came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeAlias

from casecore.app.application import Application
from casecore.billing.fees.agreements import Agreed
from casecore.billing.fees.statement import Statement, StatementChange, change_since, statement_of
from casecore.billing.refusals import YearNotClosed
from casecore.billing.series import document_place
from casecore.billing.terms import Terms
from casecore.contract.billing import DocumentIssued
from casecore.decider.business_day import day_of
from casecore.errors.kinds import InvalidInput
from casecore.runs.books import Books
from casecore.runs.charging import Charged, charge
from casecore.runs.explanation import (
    DocumentSteps,
    ExplanationStep,
    SettlementSteps,
    explain_document,
    explain_package,
    explain_settlement,
)
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fees import FeesKept, keep_fees
from casecore.runs.invoicing import Issued, invoice
from casecore.runs.issuing import Issuer, open_issuer
from casecore.runs.settling import SettledYear, close_year
from casecore.store.archive import Archive


class PriceMissing(InvalidInput):
    """No price of maintenance is recorded: record one first."""

    def __init__(self) -> None:
        super().__init__("no price of maintenance is recorded: record one first")


class FigureUnknown(InvalidInput):
    """There is no document, package or settlement of that name."""


class PackageSteps(NamedTuple):
    """What made up the charges of a licence package."""

    package: str
    steps: list[ExplanationStep]


ExplainedFigure: TypeAlias = PackageSteps | DocumentSteps | SettlementSteps


def last_due_day(until: date | None) -> date:
    """The last day of a run: the one given, or today; raises InvalidInput for one in the future."""
    today = day_of(datetime.now(UTC))
    if until is not None and until > today:
        raise InvalidInput(f"{until} lies after today, {today}: what falls due later is not known yet")
    return until or today


def charge_until(
    app: Application, last: date, on_progress: Callable[[Charged], None] = lambda _: None
) -> Charged:
    """Record the maintenance fees that fell due up to a day, and reverse what should not have been charged.

    Raises PriceMissing, UntilInTheFuture, DatabaseUnavailable, and a command's Refusal.
    """
    with Books(app.database) as books:
        if not books.terms().prices:
            raise PriceMissing
        return charge(books, app.bus, app.settings.vendor, last, on_progress)


def close(
    app: Application,
    year: int,
    seller: str | None = None,
    on_progress: Callable[[SettledYear], None] = lambda _: None,
) -> SettledYear:
    """Settle a year with the resellers, or with one, and issue the statements.

    Raises YearNotOver, YearNotClosed where the one that was named could not be settled with, and
    DatabaseUnavailable.
    """
    with _issuer(app) as issuer:
        done = close_year(issuer, year, seller, on_progress)
    if seller is not None and seller in done.failed:
        raise YearNotClosed(year, seller, done.failed[seller])
    return done


def issue_invoices(
    app: Application, customer: str | None = None, on_progress: Callable[[Issued], None] = lambda _: None
) -> Issued:
    """Issue invoices, and corrections, to the vendor's own customers, or to one.

    Raises PartyUnknown and DatabaseUnavailable.
    """
    with _issuer(app) as issuer:
        return invoice(issuer, customer, on_progress)


def keep_fees_until(
    app: Application,
    last: date,
    party: str | None = None,
    on_progress: Callable[[FeesKept], None] = lambda _: None,
) -> FeesKept:
    """Keep the fees of sellers and support partners that fell due up to a day, of all or of one.

    Raises PartyUnknown, DatabaseUnavailable, and a command's Refusal.
    """
    with FeeBooks(app.database) as books:
        if party is not None:
            books.party(party)
        return keep_fees(books, app.bus, last, party, on_progress)


def fee_statement(
    app: Application, party: str, year: int, as_of: int | None = None, since: int | None = None
) -> tuple[Statement, StatementChange | None]:
    """What a party charged its customers for a year, as of a position, and how it has changed since another.

    Raises PartyUnknown, InvalidInput for a position after the log's end, and DatabaseUnavailable.
    """
    with FeeBooks(app.database) as books:
        for place in (as_of, since):
            if place is not None and place > books.position:
                raise InvalidInput(f"position {place} lies after the end of the log, {books.position}")
        position = books.position if as_of is None else as_of
        books.party(party)
        posted = list(books.posted(party))
    statement = statement_of(party, year, posted, position)
    if since is None:
        return statement, None
    return statement, change_since(statement_of(party, year, posted, since), statement)


def fee_agreements(app: Application, party: str) -> tuple[Agreed, ...]:
    """What a party charges and charged; raises PartyUnknown and DatabaseUnavailable."""
    with FeeBooks(app.database) as books:
        books.party(party)
        known = books.agreements(party).get(party)
    return tuple(known.all) if known else ()


def recorded_terms(app: Application) -> Terms:
    """The prices and rates that are recorded; raises DatabaseUnavailable."""
    with Books(app.database) as books:
        return books.terms()


def issued_document(app: Application, number: str) -> DocumentIssued:
    """A document as it was issued; raises DocumentUnknown and DatabaseUnavailable."""
    with Books(app.database) as books:
        return explain_document(books, number).document


def archived_pdf(app: Application, document: DocumentIssued) -> bytes:
    """A document's PDF, byte for byte; raises NotArchived, ArchiveDamaged and DatabaseUnavailable."""
    with Archive(app.database) as archive:
        return archive.get(document.sha256)


def explain_figure(app: Application, figure: str) -> ExplainedFigure:
    """From a figure to its events: a document's number, a package's reference, or SELLER/YEAR.

    Raises DocumentUnknown, SettlementUnknown, FigureUnknown and DatabaseUnavailable.
    """
    with Books(app.database) as books:
        # A package may be called as anything else is: what there is goes first.
        is_package = books.is_package(figure)
        settlement = None if is_package else re.fullmatch(r"(.+)/([0-9]{4})", figure)
        if document_place(figure) is not None:
            return explain_document(books, figure)
        if settlement:
            return explain_settlement(books, settlement[1], int(settlement[2]))
        if is_package:
            return PackageSteps(figure, explain_package(books, figure))
    raise FigureUnknown(
        f"there is no document, package or settlement {figure}: give a number such as R-000017, a package's "
        "reference, or SELLER/YEAR"
    )


@contextmanager
def _issuer(app: Application) -> Iterator[Issuer]:
    # Loading what makes documents takes a tenth of a second, which no other use case has to spend.
    from casecore.documents.render import render

    with open_issuer(app.database, app.bus, app.settings.vendor, render) as issuer:
        yield issuer
