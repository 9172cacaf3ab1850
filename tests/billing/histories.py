"""Facts of billing as runs record them: charges, documents whose lines match, settlements, buyers on hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec.structs import replace

from casecore.contract import billing as e
from casecore.contract import fees as f
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.envelope import Actor, EventData, Fact, Role
from casecore.contract.personal import Plain
from casecore.contract.streams import (
    BILLING_TERMS,
    DOCUMENT_SERIES,
    account_stream_id,
    buyer_stream_id,
    customer_fees_stream_id,
    fee_agreements_stream_id,
    package_stream_id,
)
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.money.vat import part_vat_cents, vat_cents

BEGAN_AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
VENDOR = "vendor"
OWED_BY = {
    "P-1": ("nord", e.Obligor.RESELLER),
    "P-2": ("nord", e.Obligor.RESELLER),
    "P-3": ("wien", e.Obligor.RESELLER),
    "P-4": ("practice", e.Obligor.CUSTOMER),
    "P-5": ("practice", e.Obligor.CUSTOMER),
}
"""A few packages, and who owes their fees."""

_ACTOR = Actor("run", VENDOR, Role.SYSTEM)
_TaxedAs = tuple[e.VatCategory, Decimal]


class Books:
    """The events of billing, in the order of the log."""

    def __init__(self) -> None:
        self.events: list[StoredEvent] = []
        self.charges: dict[tuple[str, int], e.Charge] = {}
        self.documents: list[e.DocumentIssued] = []
        self.settlements: list[e.SettlementClosed] = []
        self.net_cents = 9_900
        self.percent = Decimal("19")
        self._versions: dict[UUID, int] = {}
        self._numbers: dict[str, int] = {}
        self._memos: dict[tuple[str, int], f.Fee] = {}
        self._credited: dict[tuple[str, _TaxedAs], int] = {}

    def price(self, net_cents: int) -> None:
        """Another price is set."""
        self.net_cents = net_cents
        self._add(BILLING_TERMS, MaintenancePriceSet(from_on=date(2020, 1, 1), net_cents=net_cents))

    def rate(self, percent: Decimal) -> None:
        """Another rate of tax is set."""
        self.percent = percent
        self._add(BILLING_TERMS, VatRateSet(country="DE", from_on=date(2020, 1, 1), percent=percent))

    def fall_due(
        self, package: str, year: int = 2024, owed_by: str = "", obligor: e.Obligor = e.Obligor.CUSTOMER
    ) -> int:
        """A package's fee of a year falls due on 1 March. Returns the charge's number."""
        if not owed_by:
            owed_by, obligor = OWED_BY[package]
        number = self._numbers[package] = self._numbers.get(package, 0) + 1
        charge = e.Charge(
            number=number,
            period=max(1, year - 2019),
            period_start_on=date(year, 3, 1),
            period_end_on=date(year + 1, 2, 28),
            rule=e.PeriodRule.ANNIVERSARY,
            customer=owed_by if obligor is e.Obligor.CUSTOMER else f"customer of {package}",
            seller=owed_by if obligor is e.Obligor.RESELLER else VENDOR,
            obligor=obligor,
            owed_by=owed_by,
            net_cents=self.net_cents,
            price_from_on=date(2020, 1, 1),
            price_version=1,
        )
        self._charge(package, e.MaintenanceFeeFellDue, charge, e.EventRef(package_stream_id(package), 1))
        return number

    def reverse(self, package: str, number: int = 1) -> None:
        """A charge turns out not to be due."""
        charge = replace(self.charges[package, number], is_reversed=True)
        self._charge(package, e.MaintenanceFeeReversed, charge, e.EventRef(package_stream_id(package), 2))

    def bill(self, buyer: str, settles_year: int | None = None) -> None:
        """A document bills all that the buyer owes and that is not billed yet."""
        found = [
            key
            for key, charge in self.charges.items()
            if charge.owed_by == buyer and not charge.is_reversed and charge.billed is None
        ]
        if not found:
            return
        kind = e.DocumentKind.INVOICE if settles_year is None else e.DocumentKind.SETTLEMENT
        taxed_as = (e.VatCategory.STANDARD, self.percent)
        lines = tuple(self._line(key, taxed_as, settles_year) for key in found)
        net = sum(line.net_cents for line in lines)
        vat = (e.VatTotal(category=taxed_as[0], percent=taxed_as[1], net_cents=net, vat_cents=0),)
        vat = (replace(vat[0], vat_cents=vat_cents(net, self.percent)),)
        document, cause = self._issue(kind, buyer, lines, vat, settles_year=settles_year)
        for package, number in found:
            charge = replace(self.charges[package, number], billed=e.Billed(document, *taxed_as))
            self._charge(package, e.MaintenanceFeeBilled, charge, cause)

    def correct(self, reason: e.CorrectionReason, settles_year: int | None = None) -> None:
        """Correct the documents that bill what was reversed, or that bill at an outdated rate."""
        to_correct: dict[str, list[tuple[str, int]]] = {}
        for key, charge in self.charges.items():
            if charge.billed is not None and (
                charge.is_reversed
                if reason is e.CorrectionReason.REVERSED
                else not charge.is_reversed and charge.billed.percent != self.percent
            ):
                to_correct.setdefault(charge.billed.document, []).append(key)
        for document, keys in to_correct.items():
            self._correct(document, keys, reason, settles_year)

    def _correct(
        self,
        corrects: str,
        keys: Sequence[tuple[str, int]],
        reason: e.CorrectionReason,
        settles_year: int | None,
    ) -> None:
        billed = self.charges[keys[0]].billed
        assert billed is not None
        taxed_as = (billed.category, billed.percent)
        lines = tuple(self._line(key, taxed_as, None) for key in keys)
        net = sum(line.net_cents for line in lines)
        before = self._credited.get((corrects, taxed_as), 0)
        self._credited[corrects, taxed_as] = before + net
        tax = part_vat_cents(before, net, billed.percent)
        vat = (e.VatTotal(category=taxed_as[0], percent=taxed_as[1], net_cents=net, vat_cents=tax),)
        document, cause = self._issue(
            e.DocumentKind.CORRECTION,
            self.charges[keys[0]].owed_by,
            lines,
            vat,
            corrects=corrects,
            correction_reason=reason,
            settles_year=settles_year,
        )
        for package, number in keys:
            charge = replace(self.charges[package, number], billed=None)
            more = {"document": document, "credited": billed}
            self._charge(package, e.MaintenanceFeeCredited, charge, cause, **more)

    def settle(self, seller: str, year: int) -> None:
        """A reseller's year is closed, with the documents that follow; not twice."""
        if any((known.seller, known.year) == (seller, year) for known in self.settlements):
            return
        closed = e.SettlementClosed(
            seller=seller, year=year, as_of_position=len(self.events), fees=0, credits=0, documents=0,
            net_cents=0, vat_cents=0, gross_cents=0, lines_sha256="0" * 64,
        )  # fmt: skip
        place = len(self.events)
        self._add(buyer_stream_id(seller), closed)
        first = len(self.documents)
        self.bill(seller, settles_year=year)
        issued = self.documents[first:]
        closed = replace(
            closed,
            fees=sum(len(document.lines) for document in issued),
            documents=len(issued),
            net_cents=sum(document.net_cents for document in issued),
            vat_cents=sum(document.vat_cents for document in issued),
            gross_cents=sum(document.gross_cents for document in issued),
        )
        self.settlements.append(closed)
        # Its totals are known before it is closed: its event has them, and comes before its documents.
        self.events[place] = self.events[place]._replace(body=self._body(closed))

    def hold(self, buyer: str, country: str = "AT") -> None:
        """A buyer outside Germany is put on hold."""
        self._add(buyer_stream_id(buyer), BuyerHeld(buyer=buyer, country=country))

    def release(self, buyer: str, country: str = "AT") -> None:
        """Someone decides that the buyer taxes its fees itself."""
        released = BuyerReleased(
            buyer=buyer, country=country, category=e.VatCategory.REVERSE_CHARGE, reason=Plain("a talk")
        )
        self._add(buyer_stream_id(buyer), released)

    def memo(self, party: str, customer: str, year: int = 2024, net_cents: int = 5_000) -> None:
        """A seller's yearly fee for a customer is recorded as a memo."""
        stream_id = customer_fees_stream_id(party, customer)
        number = self._numbers[customer] = self._numbers.get(customer, 0) + 1
        fee = f.Fee(
            party=party,
            customer=customer,
            service=f.FeeService.LEVEL_0,
            covers=f.CustomerYear(date(year, 5, 1), date(year + 1, 4, 30)),
            due_on=date(year, 5, 1),
            net_cents=net_cents,
            vat_percent=self.percent,
            agreement=e.EventRef(fee_agreements_stream_id(party), 1),
        )
        self._memos[customer, number] = fee
        cause = e.EventRef(package_stream_id("P-1"), 1)
        self._add(stream_id, f.FeeMemoRecorded(number=number, fee=fee, caused_by=cause))

    def take_memo_back(self, customer: str, number: int) -> None:
        """A memo is reversed."""
        fee = self._memos[customer, number]
        cause = e.EventRef(package_stream_id("P-1"), 2)
        stream_id = customer_fees_stream_id(fee.party, customer)
        self._add(stream_id, f.FeeMemoReversed(number=number, fee=fee, caused_by=cause))

    def _line(self, key: tuple[str, int], taxed_as: _TaxedAs, settles_year: int | None) -> e.DocumentLine:
        charge = self.charges[key]
        return e.DocumentLine(
            package=key[0],
            charge=key[1],
            customer=charge.customer,
            period_start_on=charge.period_start_on,
            period_end_on=charge.period_end_on,
            net_cents=charge.net_cents,
            category=taxed_as[0],
            percent=taxed_as[1],
            late=settles_year is not None and charge.period_start_on.year < settles_year,
        )

    def _issue(
        self,
        kind: e.DocumentKind,
        buyer: str,
        lines: tuple[e.DocumentLine, ...],
        vat: tuple[e.VatTotal, ...],
        **more: object,
    ) -> tuple[str, e.EventRef]:
        version = self._versions.get(DOCUMENT_SERIES, 0) + 1
        number = f"R-{version:06}"
        net, tax = sum(line.net_cents for line in lines), sum(each.vat_cents for each in vat)
        issued = e.DocumentIssued(
            number=number, kind=kind, issued_on=date(2026, 1, 2) + timedelta(days=version), buyer=buyer,
            buyer_version=1, seller=VENDOR, seller_version=1, terms_version=1, lines=lines, vat=vat,
            net_cents=net, vat_cents=tax, gross_cents=net + tax, as_of_position=len(self.events),
            sha256=hashlib.sha256(number.encode()).hexdigest(), **more,  # type: ignore[arg-type]
        )  # fmt: skip
        self.documents.append(issued)
        self._add(DOCUMENT_SERIES, issued)
        return number, e.EventRef(DOCUMENT_SERIES, version)

    def _charge(
        self,
        package: str,
        kind: type[e.ChargeEvent],
        charge: e.Charge,
        caused_by: e.EventRef,
        **more: object,
    ) -> None:
        self.charges[package, charge.number] = charge
        self._add(
            account_stream_id(package), kind(package=package, charge=charge, caused_by=caused_by, **more)
        )

    def _add(self, stream_id: UUID, data: EventData) -> None:
        version = self._versions[stream_id] = self._versions.get(stream_id, 0) + 1
        self.events.append(
            StoredEvent(
                position=3 * len(self.events) + 1,  # with gaps, as in the log
                stream_id=stream_id,
                version=version,
                type=EVENT_TYPES.name_of(data),
                recorded_at=BEGAN_AT + timedelta(seconds=len(self.events)),
                body=self._body(data),
            )
        )

    def _body(self, data: EventData) -> bytes:
        command_id = uuid5(NAMESPACE_URL, f"{len(self.events)}")
        fact = Fact(
            occurred_at=BEGAN_AT + timedelta(seconds=len(self.events)),
            actor=_ACTOR,
            command_id=command_id,
            correlation_id=command_id,
            data=data,
        )
        return EVENT_TYPES.encode(fact)


def charged(packages: Iterable[str], years: Iterable[int]) -> Books:
    """Direct customers' packages whose fees of some years fell due, each owed by its own customer."""
    books = Books()
    of = list(packages)
    for year in years:
        for package in of:
            books.fall_due(package, year, f"customer of {package}")
    return books
