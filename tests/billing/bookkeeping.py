"""The business on paper: commands decided one after the other on states in memory, for laws and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from casecore.billing.account import Account
from casecore.billing.buyer import UNKNOWN_BUYER, Buyer
from casecore.billing.commands import (
    AccountCommand,
    BilledCharge,
    BuyerCommand,
    CloseSettlement,
    DocumentCommand,
    EndHold,
    HoldBuyer,
    IssueDocument,
    MarkBilled,
    MarkCredited,
    RecordCharges,
    ReleaseBuyer,
    SetMaintenancePrice,
    SetVatRate,
    TermsCommand,
)
from casecore.billing.deciders import BILLING_DECIDERS
from casecore.billing.drafts import Draft, OpenCharge, drafts_for, is_open, lines_sha256
from casecore.billing.series import NO_DOCUMENTS, Series
from casecore.billing.terms import NO_TERMS, Terms
from casecore.contract.billing import (
    Charge,
    DocumentIssued,
    DocumentKind,
    DocumentLine,
    MaintenanceFeeFellDue,
    Obligor,
    VatCategory,
)
from casecore.contract.envelope import EventData, Role
from casecore.contract.parties import PartyRole
from casecore.contract.streams import (
    BILLING_TERMS,
    DOCUMENT_SERIES,
    account_stream_id,
    buyer_stream_id,
    package_stream_id,
)
from casecore.decider.command import Command, GivenActor
from casecore.decider.decider import Decider
from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    CorrectActivation,
    LicenceAction,
    LicenceCommand,
    TransferLicence,
    VoidLicence,
    WithdrawCancellation,
)
from casecore.licences.decider import LICENCES
from casecore.licences.package import Package
from casecore.parties.commands import ChangeParty, PartyCommand, RegisterParty
from casecore.parties.decider import PARTIES
from tests.decider.spec import DeciderSpec, Given

VENDOR = "vendor"
BY_VENDOR = GivenActor(person="k.adler", organisation=VENDOR, role=Role.VENDOR)
TODAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

_DECIDERS: dict[type[Command], Decider[Any, Any]] = {
    decider.command: decider for decider in (PARTIES, LICENCES, *BILLING_DECIDERS)
}


class Paper:
    """The states of the streams; `when` gives a command to its stream, beside the others as they are."""

    def __init__(self, now: datetime = NOON, is_checked: bool = True) -> None:
        self.now = now
        self._is_checked = is_checked
        self.states: dict[UUID, Any] = {}
        self.documents: list[DocumentIssued] = []

    def when(self, command: Command) -> Given[Any, Any]:
        """A command comes; what follows from it is kept."""
        decider = _DECIDERS[type(command)]
        stream_id = decider.stream_of(command)
        spec = DeciderSpec(decider, vendor=VENDOR, now=self.now, is_checked=self._is_checked)
        stream = spec.given(state=self.states.get(stream_id), related=self.states).when(command)
        if stream.decision.events:
            self.states[stream_id] = stream.state
        self.documents += [data for data in stream.decision.events if isinstance(data, DocumentIssued)]
        return stream

    def give(self, command: Command) -> tuple[EventData, ...]:
        """The facts that a command leads to; raises its Refusal."""
        return self.when(command).made()

    def party(self, name: str, *roles: PartyRole, country: str = "DE", **more: Any) -> None:
        """Register a party, or change its details."""
        given: dict[str, Any] = {
            "roles": roles, "name": name, "street": "Weg 1", "postal_code": "1", "city": "Ort",
            "country": country, **more,
        }  # fmt: skip
        is_known = any(getattr(state, "id", None) == name for state in self.states.values())
        do = ChangeParty(**given) if is_known else RegisterParty(**given)
        self.give(PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party=name, do=do))

    def licence(self, package: str, do: LicenceAction) -> None:
        """Something is done to a package."""
        self.give(LicenceCommand(command_id=uuid4(), actor=BY_VENDOR, package=package, do=do))

    def activate(self, package: str, customer: str, seller: str, on: date) -> None:
        """A customer has a package from a day on."""
        do = ActivateLicence(
            customer=customer, seller=seller, licence_type="viewer", program_version="8", effective_on=on
        )
        self.licence(package, do)

    def assign(self, package: str, seller: str, from_on: date) -> None:
        """Another seller from a day on."""
        self.licence(package, AssignLicence(seller=seller, from_on=from_on))

    def cancel(self, package: str, from_on: date) -> None:
        """Cancelled from a day on."""
        self.licence(package, CancelLicence(from_on=from_on))

    def correct(self, package: str, activated_on: date) -> None:
        """It was activated on another day."""
        self.licence(package, CorrectActivation(activated_on=activated_on))

    def transfer(self, package: str, customer: str, from_on: date) -> None:
        """Another customer has it from a day on."""
        self.licence(package, TransferLicence(customer=customer, from_on=from_on))

    def uncancel(self, package: str) -> None:
        """The cancellation is withdrawn."""
        self.licence(package, WithdrawCancellation())

    def void(self, package: str) -> None:
        """It should never have existed."""
        self.licence(package, VoidLicence())

    def price(self, cents: int, from_on: date) -> tuple[EventData, ...]:
        """Set the price of maintenance from a day on."""
        return self.give(terms_command(SetMaintenancePrice(from_on=from_on, net_cents=cents)))

    def rate(self, percent: str, from_on: date) -> tuple[EventData, ...]:
        """Set the rate of tax from a day on."""
        do = SetVatRate(country="DE", from_on=from_on, percent=Decimal(percent))
        return self.give(terms_command(do))

    def charge(self, package: str, until: date = TODAY) -> tuple[EventData, ...]:
        """Record what fell due."""
        return self.give(account_command(package, RecordCharges(until=until)))

    def buyer_command(
        self, buyer: str, do: CloseSettlement | HoldBuyer | ReleaseBuyer | EndHold
    ) -> tuple[EventData, ...]:
        """Something is decided of a buyer."""
        return self.give(BuyerCommand(command_id=uuid4(), actor=BY_VENDOR, buyer=buyer, do=do))

    def terms(self) -> Terms:
        """Prices and rates."""
        return self.states.get(BILLING_TERMS) or NO_TERMS

    def series(self) -> Series:
        """The documents so far."""
        return self.states.get(DOCUMENT_SERIES) or NO_DOCUMENTS

    def package(self, reference: str) -> Package:
        """A package as it is now."""
        found = self.states[package_stream_id(reference)]
        assert isinstance(found, Package)
        return found

    def buyer(self, name: str) -> Buyer:
        """What was decided of a buyer."""
        return self.states.get(buyer_stream_id(name)) or UNKNOWN_BUYER

    def accounts(self) -> list[Account]:
        """All accounts."""
        return [state for state in self.states.values() if isinstance(state, Account)]

    def charges(self, package: str) -> tuple[Charge, ...]:
        """What was charged for a package."""
        account: Account | None = self.states.get(account_stream_id(package))
        return account.charges if account else ()

    def open_with(self, buyer: str, obligor: Obligor, to_year: int = 9999) -> list[OpenCharge]:
        """The charges that a document still has to bill or take back, of those that fell due up to a year."""
        return [
            OpenCharge(account.package, charge)
            for account in self.accounts()
            for charge in account.charges
            if (charge.owed_by, charge.obligor) == (buyer, obligor)
            and charge.period_start_on.year <= to_year
            and is_open(charge, self.terms())
        ]

    def drafts(self, buyer: str, obligor: Obligor, settles_year: int | None = None) -> tuple[Draft, ...]:
        """What is to be issued to a buyer."""
        open_charges = self.open_with(buyer, obligor, settles_year or 9999)
        category = VatCategory.STANDARD
        return drafts_for(open_charges, category, self.terms(), self.series().credited, settles_year)

    def issue(self, drafts: Iterable[Draft], buyer: str, settles_year: int | None = None) -> None:
        """Issue documents, each with its marks."""
        for draft in drafts:
            self.give(issue_command(self.series().next_number, draft, buyer, settles_year))
            self.mark(self.documents[-1])

    def mark(self, document: DocumentIssued) -> None:
        """Record in the accounts what a document bills, or takes back."""
        for line in document.lines:
            self.give(account_command(line.package, mark_of(document, line)))

    def invoice(self, buyer: str) -> None:
        """Issue all that is open with a customer of the vendor."""
        self.issue(self.drafts(buyer, Obligor.CUSTOMER), buyer)

    def settle(self, seller: str, year: int) -> None:
        """Close a reseller's year, and document it, if anything is open."""
        drafts = self.drafts(seller, Obligor.RESELLER, year)
        if drafts:
            self.buyer_command(seller, closing(year, drafts, len(self.buyer(seller).settlements)))
            self.issue(drafts, seller, year)


def business(is_checked: bool = True) -> Paper:
    """The vendor, three resellers of which one is a customer as well, two customers, the first terms."""
    paper = Paper(is_checked=is_checked)
    paper.party(VENDOR, PartyRole.VENDOR)
    paper.party("nord", PartyRole.RESELLER)
    paper.party("sued", PartyRole.RESELLER)
    paper.party("zentrum", PartyRole.RESELLER, PartyRole.CUSTOMER)
    paper.party("praxis", PartyRole.CUSTOMER)
    paper.party("klinik", PartyRole.CUSTOMER)
    paper.price(9_900, date(2007, 1, 1))
    paper.rate("19", date(2007, 1, 1))
    return paper


def terms_command(do: SetMaintenancePrice | SetVatRate, actor: GivenActor = BY_VENDOR) -> TermsCommand:
    """A command on the terms."""
    return TermsCommand(command_id=uuid4(), actor=actor, do=do)


def account_command(package: str, do: RecordCharges | MarkBilled | MarkCredited) -> AccountCommand:
    """A command on a package's account."""
    return AccountCommand(command_id=uuid4(), actor=BY_VENDOR, package=package, do=do)


def mark_of(document: DocumentIssued, line: DocumentLine) -> MarkBilled | MarkCredited:
    """The mark that a line of a document makes."""
    if document.corrects is not None:
        return MarkCredited(document=document.number, corrects=document.corrects, charges=(line.charge,))
    billed = BilledCharge(charge=line.charge, category=line.category, percent=line.percent)
    return MarkBilled(document=document.number, charges=(billed,))


def closing(year: int, drafts: Sequence[Draft], settled_before: int = 0) -> CloseSettlement:
    """A settlement of these documents."""
    signs = [-1 if draft.kind is DocumentKind.CORRECTION else 1 for draft in drafts]
    signed = list(zip(signs, drafts, strict=True))
    return CloseSettlement(
        year=year,
        settled_before=settled_before,
        as_of_position=1,
        fees=sum(len(draft.lines) for sign, draft in signed if sign > 0),
        credits=sum(len(draft.lines) for sign, draft in signed if sign < 0),
        documents=len(drafts),
        net_cents=sum(sign * draft.totals.net_cents for sign, draft in signed),
        vat_cents=sum(sign * draft.totals.vat_cents for sign, draft in signed),
        gross_cents=sum(sign * draft.totals.gross_cents for sign, draft in signed),
        lines_sha256=lines_sha256(drafts),
    )


def issue_command(
    number: str, draft: Draft, buyer: str, settles_year: int | None = None, **other: Any
) -> DocumentCommand:
    """The command that issues a draft, with other values for some fields."""
    fields: dict[str, Any] = {
        "number": number, "kind": draft.kind, "issued_on": TODAY, "buyer": buyer, "buyer_version": 1,
        "seller_version": 1, "terms_version": 1,
        "lines": draft.lines, "vat": draft.totals.vat,
        "net_cents": draft.totals.net_cents, "vat_cents": draft.totals.vat_cents,
        "gross_cents": draft.totals.gross_cents, "as_of_position": 1, "sha256": "0" * 64,
        "part": draft.part, "parts": draft.parts,
        "pay_until": None if draft.kind is DocumentKind.CORRECTION else TODAY,
        "settles_year": settles_year, "corrects": draft.corrects, "correction_reason": draft.reason,
        "replaces": draft.replaces,
    }  # fmt: skip
    return DocumentCommand(command_id=uuid4(), actor=BY_VENDOR, do=IssueDocument(**{**fields, **other}))


def fell_due(events: Iterable[EventData]) -> list[Charge]:
    """The charges that fell due, among facts."""
    return [event.charge for event in events if isinstance(event, MaintenanceFeeFellDue)]
