"""From a figure of billing to the events that it came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from casecore.billing.refusals import DocumentUnknown, SettlementUnknown
from casecore.billing.series import document_place
from casecore.billing.taxation import HOME, rate_in_words
from casecore.billing.terms import NO_TERMS
from casecore.billing.terms import evolve as evolve_terms
from casecore.contract import billing as b
from casecore.contract import licences as lic
from casecore.contract.envelope import EventData
from casecore.contract.streams import (
    BILLING_TERMS,
    DOCUMENT_SERIES,
    account_stream_id,
    buyer_stream_id,
    package_stream_id,
)
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import fact_of
from casecore.licences.refusals import PackageUnknown
from casecore.money.cents import euros
from casecore.runs.books import Books
from casecore.visibility.rules import CHARGE, Viewer, may_see


class ExplanationStep(NamedTuple):
    """An event that a figure came from.

    `net_cents` is what it adds to what is charged, below zero where it takes it back; `caused_by` is the
    event that led to it, `price_version` the event of the terms that set the price. `data` is what it says.
    """

    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    what: str
    data: EventData
    net_cents: int | None = None
    caused_by: b.EventRef | None = None
    price_version: int | None = None


class LineSteps(NamedTuple):
    """A line of a document, and the events of its charge before the document."""

    package: str
    charge: int
    period_start_on: date
    net_cents: int
    steps: tuple[ExplanationStep, ...]


class DocumentSteps(NamedTuple):
    """A document, the event that issued it, what each of its lines came from, and the terms behind them."""

    document: b.DocumentIssued
    issued: ExplanationStep
    lines: tuple[LineSteps, ...]
    terms: tuple[ExplanationStep, ...]


class SettlementSteps(NamedTuple):
    """A settlement, the event that closed it, and the events of its documents."""

    settlement: b.SettlementClosed
    closed: ExplanationStep
    documents: tuple[ExplanationStep, ...]


def explain_package(books: Books, package: str, viewer: Viewer | None = None) -> list[ExplanationStep]:
    """All that happened to a package and its account, and the prices behind it, in the order of the log.

    Of the account, the charges that the viewer sees: a package has charges of all its sellers. Raises
    PackageUnknown, DatabaseUnavailable.
    """
    streams = (package_stream_id(package), account_stream_id(package))
    steps = [
        _step(stored, data)
        for stream in streams
        for stored in books.events(stream)
        if _sees_charge(viewer, data := _data(stored))
    ]
    if not steps:
        raise PackageUnknown(package)
    prices = {step.price_version for step in steps if step.price_version is not None}
    return sorted([*steps, *_terms(books, prices)], key=lambda step: step.position)


def explain_document(books: Books, number: str) -> DocumentSteps:
    """A document and, for each line, the events of its charge.

    Raises DocumentUnknown, DatabaseUnavailable.
    """
    stored = books.document(document_place(number) or 0) if document_place(number) else None
    if stored is None:
        raise DocumentUnknown(number)
    document = _data(stored)
    assert isinstance(document, b.DocumentIssued), "the series holds documents only"
    lines = tuple(
        LineSteps(
            package=line.package,
            charge=line.charge,
            period_start_on=line.period_start_on,
            net_cents=line.net_cents,
            steps=tuple(_steps_of_charge(books, line.package, line.charge, stored.position)),
        )
        for line in document.lines
    )
    versions = {step.price_version for line in lines for step in line.steps if step.price_version is not None}
    terms = tuple(_terms(books, versions | _rates_behind(books, document)))
    return DocumentSteps(document, _step(stored, document), lines, terms)


def explain_settlement(books: Books, seller: str, year: int) -> SettlementSteps:
    """A settlement and the documents it consists of. Raises SettlementUnknown, DatabaseUnavailable."""
    for stored in books.events(buyer_stream_id(seller)):
        closed = _data(stored)
        if isinstance(closed, b.SettlementClosed) and closed.year == year:
            documents = (
                _step(one, data)
                for one in books.events(DOCUMENT_SERIES)
                if isinstance(data := _data(one), b.DocumentIssued)
                and (data.buyer, data.settles_year) == (seller, year)
            )
            return SettlementSteps(closed, _step(stored, closed), tuple(documents))
    raise SettlementUnknown(seller, year)


def _sees_charge(viewer: Viewer | None, data: EventData) -> bool:
    """Whether a viewer sees an event of a package that it sees, or of the package's account."""
    return not isinstance(data, b.ChargeEvent) or may_see(viewer, CHARGE, {"owed_by": data.charge.owed_by})


def _terms(books: Books, versions: set[int]) -> Iterator[ExplanationStep]:
    """The events of the terms with these versions."""
    for stored in books.events(BILLING_TERMS):
        if stored.version in versions:
            yield _step(stored, _data(stored))


def _rates_behind(books: Books, document: b.DocumentIssued) -> set[int]:
    """The versions of the rates of a document's lines, by the terms at its time.

    A correction's may be the rates for which it was made.
    """
    known = NO_TERMS
    for stored in books.events(BILLING_TERMS):
        if stored.version <= document.terms_version:
            known = evolve_terms(known, fact_of(stored))
    taxed = (line for line in document.lines if line.category is b.VatCategory.STANDARD)
    rates = (known.rate_on(HOME, line.period_end_on) for line in taxed)
    return {rate.version for rate in rates if rate is not None}


def _steps_of_charge(books: Books, package: str, number: int, until: int) -> Iterator[ExplanationStep]:
    """The events of a charge before a document was issued, at a position of the log."""
    for stored in books.events(account_stream_id(package)):
        data = _data(stored)
        if stored.position < until and isinstance(data, b.ChargeEvent) and data.charge.number == number:
            yield _step(stored, data)


def _data(stored: StoredEvent) -> EventData:
    return fact_of(stored).data


def _step(stored: StoredEvent, data: EventData) -> ExplanationStep:
    net_cents = caused_by = price_version = None
    if isinstance(data, b.ChargeEvent):
        caused_by, price_version = data.caused_by, data.charge.price_version
        if isinstance(data, b.MaintenanceFeeFellDue):
            net_cents = data.charge.net_cents
        elif isinstance(data, b.MaintenanceFeeReversed):
            net_cents = -data.charge.net_cents
    return ExplanationStep(
        position=stored.position,
        stream_id=stored.stream_id,
        version=stored.version,
        type=stored.type,
        recorded_at=stored.recorded_at,
        what=_summary(data),
        data=data,
        net_cents=net_cents,
        caused_by=caused_by,
        price_version=price_version,
    )


def _summary(data: EventData) -> str:
    """What an event says, in one line."""
    if isinstance(data, lic.LicenceEvent):
        return _summary_of_package(data)
    if isinstance(data, b.ChargeEvent):
        return f"charge {data.charge.number}: {_summary_of_charge(data)}"
    if isinstance(data, b.DocumentIssued):
        return f"{data.kind.value} {data.number} to {data.buyer}"
    if isinstance(data, b.SettlementClosed):
        return f"{data.year} is settled with {data.seller}, as of position {data.as_of_position}"
    if isinstance(data, MaintenancePriceSet):
        return f"price EUR {euros(data.net_cents)} from {data.from_on}"
    if isinstance(data, VatRateSet):
        return f"rate of {data.country} {data.percent} % from {data.from_on}"
    raise TypeError(f"{type(data).__name__} is not an event behind a figure of maintenance")


def _summary_of_package(data: lic.LicenceEvent) -> str:
    licence = data.licence
    match data:
        case lic.LicenceAssigned(seller=seller, from_on=from_on):
            return f"{seller} is the seller from {from_on}"
        case lic.LicenceTransferred(customer=customer, from_on=from_on):
            return f"{customer} is the customer from {from_on}"
        case lic.LicenceCancelled(from_on=from_on):
            return f"cancelled from {from_on}"
        case lic.LicenceActivationCorrected(corrected_from_on=corrected_from_on):
            return f"activated on {licence.activated_on}, not on {corrected_from_on}"
        case lic.LicenceCancellationWithdrawn(cancelled_from_on=cancelled_from_on):
            return f"the cancellation from {cancelled_from_on} is withdrawn"
        case lic.LicenceVoided():
            return "void: it should never have existed"
        case lic.LicenceChanged():
            return f"now {licence.licence_type}, {licence.program_version}, {licence.seats or 1} seats"
        case _:
            seller = licence.assignments[0].seller
            return f"activated on {licence.activated_on} for {licence.customer}, sold by {seller}"


def _summary_of_charge(data: b.ChargeEvent) -> str:
    charge = data.charge
    match data:
        case b.MaintenanceFeeReversed():
            return "reversed, was not due so"
        case b.MaintenanceFeeCredited(document=document, credited=credited):
            return f"taken back from {credited.document} by {document}"
        case b.MaintenanceFeeBilled() if charge.billed:
            billed = charge.billed
            return f"billed by {billed.document}, {rate_in_words(billed.category, billed.percent)}"
        case _:
            return f"fell due on {charge.period_start_on}, {charge.owed_by} owes it"
