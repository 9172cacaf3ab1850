"""The runs of billing: they charge, settle, issue, and keep fees.

The system does what they do. `on_behalf_of` is who asked for it, which each event says that they store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from casecore.app.application import Application
from casecore.app.command_context import CommandContext
from casecore.billing.refusals import YearNotClosed
from casecore.commands.on_behalf import bus_for
from casecore.decider.business_day import day_of
from casecore.decider.command import GivenActor
from casecore.errors.kinds import InvalidInput
from casecore.runs.books import Books
from casecore.runs.charging import Charged, charge
from casecore.runs.correcting import DocumentCorrected, correct_document
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fees import FeesKept, keep_fees
from casecore.runs.invoicing import Issued, invoice
from casecore.runs.issuing import Issuer, open_issuer
from casecore.runs.pending import PendingCharges, pending_charges
from casecore.runs.settling import SettledYear, close_year


class PriceMissing(InvalidInput):
    """No price of maintenance is recorded: record one first."""

    def __init__(self) -> None:
        super().__init__("no price of maintenance is recorded: record one first")


def last_due_day(until: date | None) -> date:
    """The last day of a run: the one given, or today; raises InvalidInput for one in the future."""
    today = day_of(datetime.now(UTC))
    if until is not None and until > today:
        raise InvalidInput(f"{until} lies after today, {today}: what falls due later is not known yet")
    return until or today


def charge_until(
    app: Application,
    last: date,
    on_progress: Callable[[Charged], None] = lambda _: None,
    on_behalf_of: GivenActor | None = None,
) -> Charged:
    """Record the maintenance fees that fell due up to a day, and reverse what should not have been charged.

    Raises PriceMissing, DatabaseUnavailable, and a command's Refusal.
    """
    with Books(app.database) as books:
        if not books.terms().prices:
            raise PriceMissing
        return charge(books, bus_for(app.bus, on_behalf_of), app.settings.vendor, last, on_progress)


def charges_to_come(app: Application, package: str) -> PendingCharges:
    """What the next charging run does to a package's charges.

    Raises PackageUnknown, NewerThanProgram and DatabaseUnavailable.
    """
    with Books(app.database) as books:
        one, today = books.package(package), day_of(datetime.now(UTC))
        return pending_charges(one, books.terms(), app.settings.vendor, today, books.buyer)


def close(
    app: Application,
    year: int,
    seller: str | None = None,
    on_progress: Callable[[SettledYear], None] = lambda _: None,
    on_behalf_of: GivenActor | None = None,
) -> SettledYear:
    """Settle a year with the resellers, or with one, and issue the statements.

    Raises YearNotOver, PartyUnknown, RunsCollide, DatabaseUnavailable, and YearNotClosed where the one that
    was named could not be settled with.
    """
    with _issuer(app, on_behalf_of) as issuer:
        if seller is not None:
            issuer.books.now().party(seller)
        done = close_year(issuer, year, seller, on_progress)
    if seller is not None and seller in done.failed:
        raise YearNotClosed(year, seller, done.failed[seller])
    return done


def issue_invoices(
    app: Application,
    customer: str | None = None,
    on_progress: Callable[[Issued], None] = lambda _: None,
    on_behalf_of: GivenActor | None = None,
) -> Issued:
    """Issue invoices, and corrections, to the vendor's own customers, or to one.

    Raises PartyUnknown, RunsCollide and DatabaseUnavailable.
    """
    with _issuer(app, on_behalf_of) as issuer:
        return invoice(issuer, customer, on_progress)


def correct(app: Application, number: str, context: CommandContext) -> DocumentCorrected:
    """Issue a document again, with the particulars of its buyer as they are recorded now.

    That it is to be is the actor's own decision; the documents are the system's, on the actor's behalf.
    Raises the refusals of `correct_document`, RunsCollide and DatabaseUnavailable.
    """
    with _issuer(app, context.actor) as issuer:
        return correct_document(issuer, number, context.header())


def keep_fees_until(
    app: Application,
    last: date,
    party: str | None = None,
    on_progress: Callable[[FeesKept], None] = lambda _: None,
    on_behalf_of: GivenActor | None = None,
) -> FeesKept:
    """Keep the fees of sellers and support partners that fell due up to a day, of all or of one.

    Raises PartyUnknown, DatabaseUnavailable, and a command's Refusal.
    """
    with FeeBooks(app.database) as books:
        if party is not None:
            books.party(party)
        return keep_fees(books, bus_for(app.bus, on_behalf_of), last, party, on_progress)


@contextmanager
def _issuer(app: Application, on_behalf_of: GivenActor | None) -> Iterator[Issuer]:
    # Loading what makes documents takes a tenth of a second, which no other use case has to spend.
    from casecore.documents.render import render

    bus = bus_for(app.bus, on_behalf_of)
    with open_issuer(app.database, bus, app.settings.vendor, render) as issuer:
        yield issuer
