"""A small business with accounts, for answers over HTTP: resellers, direct customers, a partner, one abroad.

What each organisation may see of it is found by walking its events, apart from the program's own queries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from casecore.app.actors import parse_actor
from casecore.app.deciders import DECIDERS
from casecore.billing.fees.commands import AgreeFee, FeeAgreementCommand
from casecore.cases.commands import CaseAction, CaseCommand, OpenCase, ResolveCase, TakeCase
from casecore.commands.bus import CommandBus
from casecore.contract.billing import (
    BuyerHeld,
    Charge,
    ChargeEvent,
    DocumentIssued,
    DocumentKind,
    MaintenanceFeeFellDue,
    MaintenanceFeeReversed,
    SettlementClosed,
)
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.fees import Fee, FeeForEachCase, FeeMemoEvent, FeeService, YearlyFee
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyEvent, PartyRole
from casecore.contract.types import EVENT_TYPES
from casecore.decider.business_day import day_of
from casecore.decider.command import GivenActor
from casecore.licences.commands import TransferLicence
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fees import keep_fees
from casecore.runs.set_up import set_up
from casecore.store.archive import Archive
from casecore.store.log import LogReader
from casecore.store.migrations import migrate
from tests.runs.business import BY_VENDOR, Business

VENDOR = "vendor"
ACTORS = {
    VENDOR: "vendor:vendor:vera",
    "nord": "seller:nord:ida",
    "sued": "seller:sued:tom",
    "campus": "partner:campus:paul",
    "klinik": "customer:klinik:eva",
    "praxis-ost": "customer:praxis-ost:ute",
    "praxis-west": "customer:praxis-west:uwe",
    "praxis-wien": "customer:praxis-wien:max",
    "stranger": "customer:stranger:zoe",
}
"""Who asks, by organisation; the stranger is not registered."""


class Posting(NamedTuple):
    """What an event posts: cents by account, debits above zero."""

    position: int
    party: str
    cents: dict[str, int]


LAST = date(2026, 6, 30)
TODAY = day_of(datetime.now(UTC))
FAR = TODAY + timedelta(days=300)
"""A day to come."""

_SOLD = (
    ("L-1", "praxis-ost", "nord", date(2024, 5, 1)),
    ("L-2", "praxis-west", "sued", date(2024, 6, 1)),
    ("L-3", "klinik", VENDOR, date(2024, 2, 29)),
    ("L-4", "praxis-ost", "nord", date(2024, 3, 1)),
    ("L-5", "klinik", VENDOR, date(2024, 9, 1)),
    ("L-6", "praxis-ost", "nord", date(2024, 10, 1)),
    ("L-7", "klinik", VENDOR, date(2024, 4, 1)),
    ("L-8", "praxis-wien", VENDOR, date(2025, 7, 1)),
)


@contextmanager
def open_accounts(database: str) -> Iterator[Business]:
    """The business in an empty database, with what it sold, charged, settled and issued."""
    migrate(database)
    with CommandBus(database, DECIDERS, VENDOR) as bus, Archive(database) as archive:
        business = Business(database, bus, archive)
        set_up(bus)
        _register(business)
        for sold in _SOLD:
            business.activate(*sold)
        business.assign("L-4", "sued", date(2025, 2, 1))
        business.licence("L-5", TransferLicence(customer="praxis-west", from_on=date(2026, 1, 15)))
        business.assign("L-6", "sued", FAR)
        _bill(business)
        _keep_fees(business)
        yield business


def _register(business: Business) -> None:
    business.party(
        VENDOR,
        PartyRole.VENDOR,
        tax_number="21/815/08150",
        vat_id="DE123456788",
        iban="DE89370400440532013000",
    )
    for seller in ("nord", "sued"):
        business.party(seller, PartyRole.RESELLER)
    business.party("campus", PartyRole.SUPPORT_PARTNER)
    for customer in ("praxis-ost", "praxis-west", "klinik"):
        business.party(customer, PartyRole.CUSTOMER)
    business.party("praxis-wien", PartyRole.CUSTOMER, country="AT", vat_id="ATU12345675")
    namesake = RegisterParty(
        roles=(PartyRole.CUSTOMER,),
        name="nord",
        street="Kai 1",
        postal_code="24103",
        city="sued",
        country="DE",
    )
    command = PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party="namesake", do=namesake)
    business.bus.give(command)


def _bill(business: Business) -> None:
    """Two years settled, invoices, a correction of the rate, a fee to be taken back, a buyer on hold."""
    business.run(LAST)
    business.close(2024)
    business.with_pdf().invoice("klinik")
    business.rate("16", date(2025, 4, 1))
    business.invoice()
    business.close(2025)
    business.void("L-7")
    business.run(LAST)


def _keep_fees(business: Business) -> None:
    """The vendor and the resellers charge by the year, the partner for each case; it has resolved one."""
    terms = {
        VENDOR: (FeeService.LEVEL_0, YearlyFee(9_950)),
        "nord": (FeeService.LEVEL_0, YearlyFee(5_000)),
        "sued": (FeeService.LEVEL_0, YearlyFee(7_000)),
        "campus": (FeeService.USER_SUPPORT, FeeForEachCase(4_500)),
    }
    for party, (service, fee) in terms.items():
        do = AgreeFee(service=service, from_on=date(2024, 1, 1), terms=fee, vat_country="DE")
        actor = parse_actor(ACTORS[party])
        business.bus.give(FeeAgreementCommand(command_id=uuid4(), actor=actor, party=party, do=do))
    opening = OpenCase(
        customer="praxis-ost",
        seller="nord",
        partner="campus",
        category=Category.USER_SUPPORT,
        topic="program_use",
    )
    steps: tuple[CaseAction, ...] = (opening, TakeCase(), ResolveCase(resolution_code="solved"))
    for hour, step in enumerate(steps):
        at = datetime(2026, 3, 2, 8 + hour, tzinfo=UTC)
        by = GivenActor("import", VENDOR, Role.SYSTEM)
        business.bus.give(CaseCommand(command_id=uuid4(), actor=by, occurred_at=at, case="C-1", do=step))
    with FeeBooks(business.database) as books:
        keep_fees(books, business.bus, LAST)


class Reference:
    """What each organisation may see, by the events."""

    def __init__(self, database: str) -> None:
        """Walk the whole log."""
        self.parties: dict[str, PartyEvent] = {}
        self.packages: dict[str, LicenceEvent] = {}
        self.charges: dict[tuple[str, int], Charge] = {}
        self.account_events: list[tuple[str, int, str]] = []
        self.documents: dict[str, DocumentIssued] = {}
        self.settlements: dict[tuple[str, int], SettlementClosed] = {}
        self.held: set[str] = set()
        self.memos: list[Fee] = []
        self.postings: list[Posting] = []
        with LogReader(database) as log:
            for stored in log.read(0, 100_000):
                self._walk(stored.position, EVENT_TYPES.decode(stored.type, stored.body).data)

    def _walk(self, position: int, data: Any) -> None:
        match data:
            case PartyEvent():
                self.parties[data.party] = data
            case LicenceEvent():
                self.packages[data.package] = data
            case ChargeEvent():
                self.charges[data.package, data.charge.number] = data.charge
                self.account_events.append((data.package, position, data.charge.owed_by))
            case DocumentIssued():
                self.documents[data.number] = data
            case SettlementClosed():
                self.settlements[data.seller, data.year] = data
            case BuyerHeld():
                self.held.add(data.buyer)
            case FeeMemoEvent():
                self.memos.append(data.fee)
            case _:
                pass
        self._post(position, data)

    def _post(self, position: int, data: Any) -> None:
        def post(party: str, **cents: int) -> None:
            self.postings.append(Posting(position, party, cents))

        match data:
            case MaintenanceFeeFellDue(charge=charge):
                post(charge.owed_by, unbilled_receivable=charge.net_cents, revenue=-charge.net_cents)
            case MaintenanceFeeReversed(charge=charge):
                post(charge.owed_by, unbilled_receivable=-charge.net_cents, revenue=charge.net_cents)
            case DocumentIssued(buyer=buyer):
                sign = -1 if data.kind is DocumentKind.CORRECTION else 1
                post(
                    buyer,
                    receivable=sign * data.gross_cents,
                    unbilled_receivable=-sign * data.net_cents,
                    vat=-sign * data.vat_cents,
                )

    def memos_of(self, viewer: str) -> list[Fee]:
        """What a party charges is its own, and nobody else's, nor the vendor's."""
        return [fee for fee in self.memos if fee.party == viewer]

    def parties_of(self, viewer: str) -> set[str]:
        """The vendor sees all parties, others themselves."""
        return {party for party in self.parties if viewer in (VENDOR, party)}

    def packages_of(self, viewer: str) -> set[str]:
        """The vendor sees all packages, others those whose customer or seller they are today."""
        return {name for name in self.packages if viewer in (VENDOR, *self.holders(name))}

    def holders(self, package: str) -> tuple[str, str]:
        """The customer and the seller of a package today."""
        licence = self.packages[package].licence
        sellers = [one.seller for one in licence.assignments if one.from_on <= TODAY]
        customers = [one.customer for one in licence.customers if one.from_on <= TODAY]
        return (customers or [licence.customer])[-1], sellers[-1]

    def charges_of(self, viewer: str) -> set[tuple[str, int]]:
        """The vendor sees all charges, others those that they owe."""
        return {key for key, charge in self.charges.items() if viewer in (VENDOR, charge.owed_by)}

    def account_events_of(self, viewer: str, package: str) -> set[int]:
        """The positions of the events of a package's charges that the viewer sees."""
        return {
            position
            for name, position, owed_by in self.account_events
            if name == package and viewer in (VENDOR, owed_by)
        }

    def unbilled_of(self, viewer: str) -> set[tuple[str, int]]:
        """Those of them that no document bills, and those that are reversed and still billed."""
        charges = self.charges
        return {
            key for key in self.charges_of(viewer) if charges[key].is_reversed == bool(charges[key].billed)
        }

    def held_of(self, viewer: str) -> set[tuple[str, int]]:
        """The vendor sees what is on hold, and nobody else."""
        charges = self.charges if viewer == VENDOR else {}
        return {key for key in self.unbilled_of(viewer) if charges and charges[key].owed_by in self.held}

    def documents_of(self, viewer: str) -> set[str]:
        """The vendor sees all documents, others those issued to them."""
        return {number for number, one in self.documents.items() if viewer in (VENDOR, one.buyer)}

    def settlements_of(self, viewer: str) -> set[tuple[str, int]]:
        """The vendor sees all settlements, a reseller its own."""
        return {key for key in self.settlements if viewer in (VENDOR, key[0])}

    def postings_of(self, viewer: str) -> list[Posting]:
        """The vendor sees all postings, others those to their own account."""
        return [one for one in self.postings if viewer in (VENDOR, one.party)]

    def balance_of(self, viewer: str) -> dict[str, int]:
        """The sums of the accounts over these; a debit is above zero."""
        sums: Counter[str] = Counter()
        for posting in self.postings_of(viewer):
            sums.update(posting.cents)
        return dict(sums)
