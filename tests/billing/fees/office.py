"""An office in memory: parties agree fees, cases are worked on, and the run records memos; by the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from casecore.billing.fees.agreements import Agreements
from casecore.billing.fees.commands import (
    AgreeFee,
    EndFeeAgreement,
    FeeAgreementCommand,
    FeeMemoCommand,
    WithdrawFeeAgreement,
)
from casecore.billing.fees.difference import NO_MEMOS, Inspection, MemoChange
from casecore.billing.fees.memo_decider import FEE_MEMOS, memos_stream_id
from casecore.billing.fees.memos import Memos
from casecore.billing.terms import NO_TERMS, Terms
from casecore.billing.terms import evolve as evolve_terms
from casecore.contract.billing import EventRef
from casecore.contract.envelope import EventData
from casecore.contract.fees import (
    Fee,
    FeeForEachCase,
    FeeMemoEvent,
    FeeService,
    FeeTerms,
)
from casecore.contract.licences import Assignment, CustomerSince, Licence
from casecore.contract.parties import Address, PartyDetails, PartyRole
from casecore.contract.personal import Plain
from casecore.contract.streams import (
    BILLING_TERMS,
    case_fees_stream_id,
    case_stream_id,
    customer_fees_stream_id,
    fee_agreements_stream_id,
    package_stream_id,
    party_stream_id,
)
from casecore.contract.terms import VatRateSet
from casecore.decider.command import GivenActor
from casecore.licences.package import Package
from casecore.parties.party import Party
from casecore.runs.fee_deciders import FEE_DECIDERS
from tests.billing.fees.filed_cases import (
    CUSTOMER,
    NO_ID,
    OTHER_CUSTOMER,
    OTHER_PARTNER,
    OTHER_SELLER,
    PARTNER,
    SELLER,
    SYSTEM,
    VENDOR,
    FiledCase,
    fact,
)
from tests.decider.spec import DeciderSpec, Given

ROLES = {
    SELLER: PartyRole.RESELLER,
    OTHER_SELLER: PartyRole.RESELLER,
    VENDOR: PartyRole.VENDOR,
    PARTNER: PartyRole.SUPPORT_PARTNER,
    OTHER_PARTNER: PartyRole.SUPPORT_PARTNER,
    CUSTOMER: PartyRole.CUSTOMER,
    OTHER_CUSTOMER: PartyRole.CUSTOMER,
}
LEVEL_0, USER_SUPPORT = FeeService.LEVEL_0, FeeService.USER_SUPPORT
NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
TODAY = date(2030, 6, 1)
AGREEMENTS = DeciderSpec(FEE_DECIDERS[0], vendor=VENDOR, now=NOW)
MEMOS = DeciderSpec(FEE_MEMOS, vendor=VENDOR, now=NOW)
EACH_CASE = FeeForEachCase(4500)

FeeAgreementAction: TypeAlias = AgreeFee | EndFeeAgreement | WithdrawFeeAgreement


def party(name: str, role: PartyRole) -> Party:
    address = Address(street=Plain("Kai 1"), postal_code=Plain("24103"), city=Plain("Kiel"), country="DE")
    return Party(name, PartyDetails(roles=(role,), name=Plain(name), address=address), 1)


def package(
    reference: str,
    activated_on: date,
    *later: tuple[date, str],
    customer: str = CUSTOMER,
    seller: str = SELLER,
    cancelled_from_on: date | None = None,
    is_void: bool = False,
    version: int = 1,
    transfers: Sequence[tuple[date, str]] = (),
) -> Package:
    """A package, bought from a seller, assigned to others and transferred from later days on."""
    customers = (CustomerSince(activated_on, customer), *(CustomerSince(*one) for one in transfers))
    licence = Licence(
        customer=customers[-1].customer,
        customers=customers if transfers else (),
        licence_type="standard",
        program_version="9",
        activated_on=activated_on,
        assignments=(Assignment(activated_on, seller), *(Assignment(*one) for one in later)),
        cancelled_from_on=cancelled_from_on,
        is_void=is_void,
    )
    return Package(reference, licence, version, version)


class Office:
    """All that fees follow from, and the memos that were recorded."""

    def __init__(self) -> None:
        self.terms: Terms = NO_TERMS
        self.agreements: dict[str, Agreements] = {}
        self.cases: dict[str, FiledCase] = {}
        self.packages: dict[str, Package] = {}
        self.memos: dict[UUID, Memos] = {}
        self.posted: list[tuple[int, UUID, FeeMemoEvent]] = []
        self.position = 0
        self.rate(19, date(2007, 1, 1))

    def rate(self, percent: int | Decimal, from_on: date, country: str = "DE") -> None:
        """A rate is recorded."""
        data = VatRateSet(country=country, from_on=from_on, percent=Decimal(percent))
        self.terms = evolve_terms(self.terms, fact(data))

    def agree(
        self,
        terms: FeeTerms,
        from_on: date = date(2026, 1, 1),
        customer: str | None = None,
        party: str = SELLER,
        service: FeeService = LEVEL_0,
        vat_country: str | None = "DE",
    ) -> None:
        """A party agrees a fee; raises the Refusal."""
        do = AgreeFee(
            service=service, customer=customer, from_on=from_on, terms=terms, vat_country=vat_country
        )
        self.give(party, do)

    def end(self, number: int, from_on: date, party: str = SELLER) -> None:
        self.give(party, EndFeeAgreement(agreement=number, from_on=from_on))

    def withdraw(self, number: int, party: str = SELLER) -> None:
        self.give(party, WithdrawFeeAgreement(agreement=number))

    def when(
        self, name: str, do: FeeAgreementAction, by: GivenActor = SYSTEM
    ) -> Given[Agreements, FeeAgreementCommand]:
        """A party agrees, ends or withdraws a fee; what follows is kept."""
        command = FeeAgreementCommand(command_id=NO_ID, actor=by, party=name, do=do)
        stream = AGREEMENTS.given(state=self.agreements.get(name), related=self._related_streams()).when(
            command
        )
        if stream.state is not None:
            self.agreements[name] = stream.state
        return stream

    def give(self, name: str, do: FeeAgreementAction) -> tuple[EventData, ...]:
        """The facts that this leads to; raises the Refusal."""
        return self.when(name, do).made()

    def file(self, filed: FiledCase) -> None:
        self.cases[filed.reference] = filed

    def sell(self, sold: Package) -> None:
        """A package as it is now."""
        before = self.packages.get(sold.reference)
        version = before.version + 1 if before else 1
        self.packages[sold.reference] = Package(sold.reference, sold.licence, version, version)

    def changes(self, until: date = TODAY, only: str | None = None) -> Iterator[MemoChange]:
        """What the run finds."""
        looked = {name: known for name, known in self.agreements.items() if only in (None, name)}
        inspection = Inspection(until, looked, self.terms)
        for filed in self.cases.values():
            work = filed.work
            if work is not None:
                last = EventRef(case_stream_id(filed.reference), len(filed.facts))
                kept = self.memos.get(case_fees_stream_id(filed.reference), NO_MEMOS)
                yield from inspection.changes_of_case(work, last, kept)
        sold = {
            (one.seller, customer)
            for package in self.packages.values()
            for one in package.licence.assignments
            for customer in package.customers
        }
        for seller, customer in sorted(sold):
            if seller in looked:
                packages = [one for one in self.packages.values() if customer in one.customers]
                last = EventRef(package_stream_id(packages[-1].reference), packages[-1].version)
                kept = self.memos.get(customer_fees_stream_id(seller, customer), NO_MEMOS)
                yield from inspection.changes_of_customer(seller, customer, packages, last, kept)

    def run(
        self, until: date = TODAY, only: str | None = None, killed_after: int = 10**6
    ) -> list[MemoChange]:
        """The run, perhaps killed after some commands; returns what it has recorded."""
        changes = list(self.changes(until, only))[:killed_after]
        for change in changes:
            self.keep(change)
        return changes

    def when_kept(self, change: MemoChange, by: GivenActor = SYSTEM) -> Given[Memos, FeeMemoCommand]:
        """A memo is to be recorded or reversed; what follows is kept, and posted."""
        command = FeeMemoCommand(
            command_id=NO_ID,
            actor=by,
            number=change.number,
            fee=change.fee,
            caused_by=change.caused_by,
            do=change.do,
        )
        stream_id = memos_stream_id(change.fee)
        stream = MEMOS.given(state=self.memos.get(stream_id), related=self._related_streams()).when(command)
        if stream.state is not None:
            self.memos[stream_id] = stream.state
        for data in stream.decision.events:
            assert isinstance(data, FeeMemoEvent)
            self.position += 1
            self.posted.append((self.position, stream_id, data))
        return stream

    def keep(self, change: MemoChange) -> int:
        """The number of facts that this leads to; raises the Refusal."""
        return len(self.when_kept(change).made())

    def valid(self) -> list[Fee]:
        """The fees that are recorded and not reversed."""
        return [memo.fee for memos in self.memos.values() for memo in memos.all if not memo.is_reversed]

    def sums(self) -> dict[tuple[str, str], int]:
        """The net sum of each party with each customer, in cents."""
        found: dict[tuple[str, str], int] = {}
        for fee in self.valid():
            found[(fee.party, fee.customer)] = found.get((fee.party, fee.customer), 0) + fee.net_cents
        return found

    def _related_streams(self) -> dict[UUID, object]:
        known: dict[UUID, object] = {BILLING_TERMS: self.terms}
        known.update((party_stream_id(name), party(name, role)) for name, role in ROLES.items())
        known.update((fee_agreements_stream_id(name), found) for name, found in self.agreements.items())
        return known
