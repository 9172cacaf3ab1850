"""From a figure of billing to the events that it came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from casecore.billing.refusals import DocumentUnknown, PackageUnknown, SettlementUnknown
from casecore.billing.series import document_place
from casecore.contract import billing as b
from casecore.contract import licences as lic
from casecore.contract.envelope import EventData
from casecore.contract.streams import (
    DOCUMENT_SERIES,
    account_stream_id,
    buyer_stream_id,
    package_stream_id,
)
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.runs.books import Books


class Step(NamedTuple):
    """An event that a figure came from.

    `net_cents` is what it adds to what is charged, below zero where it takes it back; `caused_by` is the
    event that led to it.
    """

    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    what: str
    net_cents: int | None = None
    caused_by: b.EventRef | None = None


class LineSteps(NamedTuple):
    """A line of a document, and the events of its charge."""

    package: str
    charge: int
    period_start_on: date
    net_cents: int
    steps: tuple[Step, ...]


class DocumentSteps(NamedTuple):
    """A document, the event that issued it, and what each of its lines came from."""

    document: b.DocumentIssued
    issued: Step
    lines: tuple[LineSteps, ...]


class SettlementSteps(NamedTuple):
    """A settlement, the event that closed it, and the events of its documents."""

    settlement: b.SettlementClosed
    closed: Step
    documents: tuple[Step, ...]


def explain_package(books: Books, package: str) -> list[Step]:
    """All that happened to a package and its account, in the order in which it was stored.

    Raises PackageUnknown, StoreUnavailable.
    """
    streams = (package_stream_id(package), account_stream_id(package))
    steps = [_step(stored, _data(stored)) for stream in streams for stored in books.events(stream)]
    if not steps:
        raise PackageUnknown(package)
    return sorted(steps, key=lambda step: step.position)


def explain_document(books: Books, number: str) -> DocumentSteps:
    """A document and, for each line, the events of its charge. Raises DocumentUnknown, StoreUnavailable."""
    stored = books.document(document_place(number) or 0) if document_place(number) else None
    if stored is None:
        raise DocumentUnknown(number)
    document = _data(stored)
    assert isinstance(document, b.DocumentIssued), "the series holds documents only"
    lines = (
        LineSteps(
            line.package,
            line.charge,
            line.period_start_on,
            line.net_cents,
            tuple(_steps_of_charge(books, line.package, line.charge)),
        )
        for line in document.lines
    )
    return DocumentSteps(document, _step(stored, document), tuple(lines))


def explain_settlement(books: Books, seller: str, year: int) -> SettlementSteps:
    """A settlement and the documents it consists of. Raises SettlementUnknown, StoreUnavailable."""
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


def _steps_of_charge(books: Books, package: str, number: int) -> Iterator[Step]:
    for stored in books.events(account_stream_id(package)):
        data = _data(stored)
        if isinstance(data, b.ChargeEvent) and data.charge.number == number:
            yield _step(stored, data)


def _data(stored: StoredEvent) -> EventData:
    return EVENT_TYPES.decode(stored.type, stored.body).data


def _step(stored: StoredEvent, data: EventData) -> Step:
    net_cents = caused_by = None
    if isinstance(data, b.ChargeEvent):
        caused_by = data.caused_by
        if isinstance(data, b.MaintenanceFeeFellDue):
            net_cents = data.charge.net_cents
        elif isinstance(data, b.MaintenanceFeeReversed):
            net_cents = -data.charge.net_cents
    place = (stored.position, stored.stream_id, stored.version, stored.type, stored.recorded_at)
    return Step(*place, _said(data), net_cents, caused_by)


def _said(data: EventData) -> str:
    """What an event says, in a line."""
    if isinstance(data, lic.LicenceEvent):
        return _said_of_package(data)
    if isinstance(data, b.ChargeEvent):
        return f"charge {data.charge.number}: {_said_of_charge(data)}"
    if isinstance(data, b.DocumentIssued):
        return f"{data.kind.value} {data.number} to {data.buyer}"
    if isinstance(data, b.SettlementClosed):
        return f"{data.year} is settled with {data.seller}, as of position {data.as_of_position}"
    raise TypeError(f"{type(data).__name__} is no event behind a figure of maintenance")


def _said_of_package(data: lic.LicenceEvent) -> str:
    licence = data.licence
    match data:
        case lic.LicenceAssigned(seller=seller, from_on=from_on):
            return f"{seller} is the seller from {from_on}"
        case lic.LicenceCancelled(from_on=from_on):
            return f"cancelled from {from_on}"
        case lic.LicenceVoided():
            return "void: it should never have existed"
        case lic.LicenceChanged():
            return f"now {licence.licence_type}, {licence.program_version}, {licence.seats or 1} seats"
        case _:
            seller = licence.assignments[0].seller
            return f"activated on {licence.activated_on} for {licence.customer}, sold by {seller}"


def _said_of_charge(data: b.ChargeEvent) -> str:
    charge = data.charge
    match data:
        case b.MaintenanceFeeReversed():
            return "reversed, was not due"
        case b.MaintenanceFeeCredited(document=document, credited=credited):
            return f"taken back from {credited.document} by {document}"
        case b.MaintenanceFeeBilled() if charge.billed:
            return f"billed by {charge.billed.document}, {charge.billed.percent} %"
        case _:
            return f"fell due on {charge.period_start_on}, {charge.owed_by} owes it"
