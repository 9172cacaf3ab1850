"""A small business on a real store: the vendor, two resellers, customers, and commands given to its bus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from msgspec.structs import replace

from casecore.billing.commands import (
    BuyerCommand,
    ReleaseBuyer,
    SetMaintenancePrice,
    SetVatRate,
    TermsCommand,
)
from casecore.billing.deciders import BILLING_DECIDERS
from casecore.commands.bus import CommandBus
from casecore.commands.interface import Bus
from casecore.contract.billing import Charge, DocumentIssued, SettlementClosed, VatCategory
from casecore.contract.envelope import EventData, Role
from casecore.contract.parties import PartyRole
from casecore.contract.streams import DOCUMENT_SERIES, account_stream_id, buyer_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import CommandHeader, GivenActor
from casecore.documents.checks import faults
from casecore.documents.content import Content
from casecore.documents.errors import InvalidDocument
from casecore.documents.render import render
from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    LicenceAction,
    LicenceCommand,
    VoidLicence,
)
from casecore.licences.decider import LICENCES
from casecore.parties.commands import ChangeParty, PartyCommand, RegisterParty
from casecore.parties.decider import PARTIES
from casecore.runs.books import Books
from casecore.runs.charging import Charged, charge
from casecore.runs.correcting import DocumentCorrected, correct_document
from casecore.runs.invoicing import Issued, invoice
from casecore.runs.issuing import Issuer, Render
from casecore.runs.set_up import set_up
from casecore.runs.settling import SettledYear, close_year
from casecore.store.archive import Archive
from casecore.store.log import LogReader
from casecore.store.migrations import migrate

VENDOR = "vendor"
BY_VENDOR = GivenActor(person="k.adler", organisation=VENDOR, role=Role.VENDOR)
DECIDERS = (PARTIES, LICENCES, *BILLING_DECIDERS)
_PLACES = {
    "DE": ("Hafenstraße 1", "20457", "Hamburg"),
    "AT": ("Ring 4", "1010", "Wien"),
    "CH": ("Gasse 2", "8001", "Zürich"),
}


def checked(content: Content) -> bytes:
    """What a document says, as text, after the exact check of the real one: for tests of many documents."""
    found = faults(content)
    if found:
        raise InvalidDocument(content.number, found)
    return repr(content).encode()


class Business:
    """Commands given as the vendor's agent, and runs on the same store, with documents made quickly."""

    def __init__(self, database: str, bus: Bus, archive: Archive, render: Render = checked) -> None:
        self.database = database
        self.bus = bus
        self.archive = archive
        self.render = render

    def over(self, bus: Bus) -> Business:
        """The same business with another bus."""
        return Business(self.database, bus, self.archive, self.render)

    def with_pdf(self) -> Business:
        """The same business with documents as they are sent."""
        return Business(self.database, self.bus, self.archive, render)

    def party(self, name: str, *roles: PartyRole, country: str = "DE", **details: Any) -> None:
        """Register a party with an invented address."""
        street, postal_code, city = _PLACES[country]
        do = RegisterParty(
            roles=tuple(roles),
            name=name.title(),
            street=street,
            postal_code=postal_code,
            city=city,
            country=country,
            **details,
        )
        self.bus.give(PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party=name, do=do))

    def change(self, name: str, *roles: PartyRole, country: str = "DE", **details: Any) -> None:
        """Another address, or other details."""
        street, postal_code, city = _PLACES[country]
        do = ChangeParty(
            roles=tuple(roles),
            name=name.title(),
            street=street,
            postal_code=postal_code,
            city=city,
            country=country,
            **details,
        )
        self.bus.give(PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party=name, do=do))

    def activate(self, package: str, customer: str, seller: str, on: date) -> None:
        """Activate a package."""
        do = ActivateLicence(
            customer=customer, seller=seller, licence_type="viewer", program_version="8", effective_on=on
        )
        self.licence(package, do)

    def licence(self, package: str, do: LicenceAction) -> None:
        """Anything else that is done to a package."""
        self.bus.give(LicenceCommand(command_id=uuid4(), actor=BY_VENDOR, package=package, do=do))

    def assign(self, package: str, seller: str, from_on: date) -> None:
        """Another seller from a day on."""
        self.licence(package, AssignLicence(seller=seller, from_on=from_on))

    def cancel(self, package: str, from_on: date) -> None:
        """Cancelled from a day on."""
        self.licence(package, CancelLicence(from_on=from_on))

    def void(self, package: str) -> None:
        """It should never have existed."""
        self.licence(package, VoidLicence())

    def rate(self, percent: str, from_on: date) -> None:
        """The rate of tax from a day on."""
        self._terms(SetVatRate(country="DE", from_on=from_on, percent=Decimal(percent)))

    def price(self, cents: int, from_on: date) -> None:
        """The price from a day on."""
        self._terms(SetMaintenancePrice(from_on=from_on, net_cents=cents))

    def release(self, buyer: str, category: VatCategory, country: str = "AT") -> None:
        """A person decides how a buyer on hold is billed."""
        do = ReleaseBuyer(country=country, category=category, reason="looked at")
        self.bus.give(BuyerCommand(command_id=uuid4(), actor=BY_VENDOR, buyer=buyer, do=do))

    def run(self, until: date) -> Charged:
        """`casecore billing run`."""
        with Books(self.database) as books:
            return charge(books, self.bus, VENDOR, until)

    @contextmanager
    def issuer(self) -> Iterator[Issuer]:
        """What issues documents."""
        with Books(self.database) as books:
            yield Issuer(books, self.bus, self.archive, VENDOR, self.render)

    def invoice(self, customer: str | None = None) -> Issued:
        """`casecore billing invoice`."""
        with self.issuer() as issuer:
            return invoice(issuer, customer)

    def close(self, year: int, seller: str | None = None) -> SettledYear:
        """`casecore billing close-year`."""
        with self.issuer() as issuer:
            return close_year(issuer, year, seller)

    def correct(self, number: str, command_id: UUID | None = None) -> DocumentCorrected:
        """`casecore billing correct-document`."""
        header: CommandHeader = {
            "command_id": command_id or uuid4(),
            "actor": BY_VENDOR,
            "occurred_at": None,
        }
        with self.issuer() as issuer:
            return correct_document(issuer, number, header)

    def documents(self) -> list[DocumentIssued]:
        """All documents, in the order of their numbers."""
        with Books(self.database) as books:
            found = [EVENT_TYPES.decode(one.type, one.body).data for one in books.events(DOCUMENT_SERIES)]
        return [one for one in found if isinstance(one, DocumentIssued)]

    def settlements(self, *sellers: str) -> list[SettlementClosed]:
        """The settlements of these sellers."""
        with Books(self.database) as books:
            return [one for seller in sellers for one in books.buyer(seller).settlements]

    def charges(self) -> dict[str, tuple[Charge, ...]]:
        """What was charged, by package."""
        with Books(self.database) as books:
            return {one.package: one.charges for one in books.accounts()}

    def held_facts(self, buyer: str) -> list[EventData]:
        """What was decided of a buyer, in order."""
        with Books(self.database) as books:
            return [
                EVENT_TYPES.decode(one.type, one.body).data for one in books.events(buyer_stream_id(buyer))
            ]

    def account_facts(self, package: str) -> list[str]:
        """The types of the facts of a package's account, in order."""
        with Books(self.database) as books:
            return [one.type.split(".")[2] for one in books.events(account_stream_id(package))]

    def facts(self) -> Facts:
        """All that billing has recorded, but for the places in the log at which it was read."""
        with LogReader(self.database) as log:
            types = Counter(event.type for event in log.read(0, 100_000))
        documents = [replace(one, as_of_position=0) for one in self.documents()]
        settlements = [replace(one, as_of_position=0) for one in self.settlements("nord", "sued")]
        return (types, documents, settlements, self.charges())

    def _terms(self, do: SetVatRate | SetMaintenancePrice) -> None:
        self.bus.give(TermsCommand(command_id=uuid4(), actor=BY_VENDOR, do=do))


Facts = tuple[Counter[str], list[DocumentIssued], list[SettlementClosed], dict[str, tuple[Charge, ...]]]


@contextmanager
def on(database: str) -> Iterator[Business]:
    """The business on a database that has it already, over a bus of its own: as another process has it."""
    with CommandBus(database, DECIDERS, VENDOR) as bus, Archive(database) as archive:
        yield Business(database, bus, archive)


@contextmanager
def open_business(database: str) -> Iterator[Business]:
    """The vendor and its partners, registered in an empty database with the first terms of billing."""
    migrate(database)
    with on(database) as business:
        set_up(business.bus)
        business.party(VENDOR, PartyRole.VENDOR, tax_number="21/815/08150", iban="DE89370400440532013000")
        for reseller in ("nord", "sued"):
            business.party(reseller, PartyRole.RESELLER)
        for customer in ("praxis-ost", "praxis-west", "klinik"):
            business.party(customer, PartyRole.CUSTOMER)
        yield business
