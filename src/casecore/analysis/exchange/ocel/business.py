"""Licence packages and documents, as objects and events of a log."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from casecore.analysis.exchange.ocel.cases import event_id, object_id
from casecore.analysis.exchange.ocel.histories import BusinessHistory, EventOfBusiness
from casecore.analysis.exchange.ocel.model import (
    CUSTOMER,
    DOCUMENT,
    DOCUMENT_ISSUED,
    PACKAGE,
    SELLER,
    OcelValue,
    day,
    event_type,
    instant,
    of_any_event,
)
from casecore.analysis.exchange.ocel.tables import OcelTables
from casecore.contract.billing import DocumentIssued, DocumentKind
from casecore.contract.licences import Licence, LicenceEvent
from casecore.contract.streams import package_stream_id
from casecore.contract.types import EVENT_TYPES, split_wire_name


def write_business(tables: OcelTables, history: BusinessHistory) -> int:
    """Add a package, or the series of documents, with its events, and say how many these are."""
    now: dict[str, OcelValue] | None = None
    for event in history.events:
        match event.fact.data:
            case LicenceEvent() as data:
                now = _write_licence(tables, history.stream_id, event, data, now)
            case DocumentIssued() as data:
                _write_document(tables, history.stream_id, event, data)
    return len(history.events)


def _write_licence(
    tables: OcelTables,
    stream_id: UUID,
    event: EventOfBusiness,
    data: LicenceEvent,
    now: dict[str, OcelValue] | None,
) -> dict[str, OcelValue]:
    package = object_id(PACKAGE, stream_id)
    after = {"reference": data.package, **_licence(data.licence)}
    at = instant(event.fact.occurred_at)
    tables.object(package, PACKAGE)
    if now is None:
        tables.describe(package, PACKAGE, after)
    else:
        for name, value in after.items():
            if now[name] != value:
                tables.change(package, PACKAGE, at, name, value)
    id_ = event_id(stream_id, event.stored.version)
    type_ = event_type(split_wire_name(EVENT_TYPES.name_of(data))[0])
    tables.event(id_, type_, at, of_any_event(*event))
    tables.relate_event(id_, package, PACKAGE)
    for party, party_id in ((CUSTOMER, data.licence.customer), (SELLER, data.licence.assignments[-1].seller)):
        tables.object(object_id(party, party_id), party)
        tables.relate_event(id_, object_id(party, party_id), party)
        tables.relate_objects(package, object_id(party, party_id), party)
    return after


def _licence(licence: Licence) -> dict[str, OcelValue]:
    return {
        "licence type": licence.licence_type,
        "program version": licence.program_version,
        "seats": licence.seats if licence.seats is not None else 1,
        "activated on": day(licence.activated_on),
        "cancelled from": day(licence.cancelled_from_on),
        "void": int(licence.is_void),
        "owned by": licence.customer,
        "sold by": licence.assignments[-1].seller,
    }


def _write_document(
    tables: OcelTables, stream_id: UUID, event: EventOfBusiness, data: DocumentIssued
) -> None:
    document = object_id(DOCUMENT, data.number)
    id_ = event_id(stream_id, event.stored.version)
    tables.object(document, DOCUMENT)
    tables.describe(document, DOCUMENT, _document(data))
    tables.event(id_, DOCUMENT_ISSUED, instant(event.fact.occurred_at), of_any_event(*event))
    tables.relate_event(id_, document, DOCUMENT)
    for type_, other, qualifier in _related(data):
        tables.object(object_id(type_, other), type_)
        tables.relate_event(id_, object_id(type_, other), qualifier)
        tables.relate_objects(document, object_id(type_, other), qualifier)


def _related(data: DocumentIssued) -> Iterator[tuple[str, str, str]]:
    """The objects that a document is about: type, id, and what they are to it."""
    is_settled = data.kind is DocumentKind.SETTLEMENT or data.settles_year is not None
    yield (SELLER if is_settled else CUSTOMER), data.buyer, "buyer"
    for package in dict.fromkeys(line.package for line in data.lines):
        yield PACKAGE, str(package_stream_id(package)), "bills"
    if data.corrects is not None:
        yield DOCUMENT, data.corrects, "corrects"
    if data.replaces is not None:
        yield DOCUMENT, data.replaces, "replaces"


def _document(data: DocumentIssued) -> dict[str, OcelValue]:
    return {
        "number": data.number,
        "kind": data.kind.value,
        "issued on": day(data.issued_on),
        "pay until": day(data.pay_until),
        "settles year": data.settles_year,
        "net cents": data.net_cents,
        "vat cents": data.vat_cents,
        "gross cents": data.gross_cents,
    }
