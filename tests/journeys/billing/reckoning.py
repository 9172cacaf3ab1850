"""What fell due, who owes it and what was billed, reckoned a second time from what the business did.

It imports nothing of casecore or of the views. It walks through the calendar day by day, and reckons tax in
fractions. The steps come in the order in which they became known; amounts are in cents, rates in percent.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from tests.journeys.billing.due import FIRST_DAY, Fee, Packages
from tests.journeys.billing.steps import Charged, Invoiced, Rated, Registered, Released, Settled, Step

HOME = "DE"


Paper: TypeAlias = tuple[str, int]
"""A document: the buyer's n-th, from 1. Which buyer comes first the business does not say."""
Tax: TypeAlias = tuple[str, Fraction]
"""How a fee is taxed: standard or reverse_charge, and the rate."""


class Line(NamedTuple):
    package: str
    charge: int
    customer: str
    start: date
    end: date
    net: int
    tax: Tax
    late: bool


class Document(NamedTuple):
    """A correction's amounts are above zero; `taxes` has net and tax of each way of taxing."""

    kind: str
    year: int | None
    corrects: Paper | None
    reason: str | None
    lines: frozenset[Line]
    taxes: frozenset[tuple[Tax, int, int]]
    net: int
    vat: int
    gross: int


class Settlement(NamedTuple):
    """Amounts billed less those taken back."""

    fees: int
    credits: int
    documents: int
    net: int
    vat: int
    gross: int


@dataclass
class Charge:
    """The package's n-th charged fee, in its current state."""

    fee: Fee
    number: int
    is_reversed: bool = False
    billed: tuple[Paper, Tax] | None = None


@dataclass
class Reckoning:
    """The books after the steps so far."""

    charges: list[Charge] = field(default_factory=list)
    documents: dict[Paper, Document] = field(default_factory=dict)
    settlements: dict[tuple[str, int], Settlement] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    _packages: Packages = field(default_factory=Packages)
    _rates: dict[date, int] = field(
        default_factory=lambda: {FIRST_DAY: 19, date(2020, 7, 1): 16, date(2021, 1, 1): 19}
    )
    _countries: dict[str, str] = field(default_factory=dict)
    _resellers: list[str] = field(default_factory=list)
    _released: dict[str, str] = field(default_factory=dict)
    _taken_back: Counter[tuple[Paper, Tax]] = field(default_factory=Counter)
    _papers: Counter[str] = field(default_factory=Counter)

    def learn(self, step: Step) -> None:
        """What became known, or was done, next."""
        match step:
            case Registered(party, role, country):
                self._countries[party] = country
                self._resellers += [party] if role == "reseller" else []
            case Rated(percent, on):
                self._rates[on] = percent
            case Released(party, _, tax):
                self._released[party] = tax
                self.held.discard(party)
            case Charged(until):
                self._charge(until)
            case Settled(year):
                for seller in self._resellers:
                    self._settle(seller, year)
            case Invoiced():
                self._invoice()
            case _:
                self._packages.learn(step)

    def unbilled(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """What is to be billed and taken back, by debtor and role: how many of each, and net."""
        fees, reversals, net = (Counter[tuple[str, str]]() for _ in range(3))
        for charge in self.charges:
            key = (charge.fee.owed_by, charge.fee.obligor)
            if charge.billed is None and not charge.is_reversed:
                fees[key] += 1
                net[key] += charge.fee.net
            elif charge.billed is not None and charge.is_reversed:
                reversals[key] += 1
                net[key] -= charge.fee.net
        return {key: (fees[key], reversals[key], net[key]) for key in fees | reversals}

    def held_items(self) -> Counter[tuple[str, str, date]]:
        """What is not billed because its buyer is held: buyer, package, due date."""
        return Counter(
            (charge.fee.owed_by, charge.fee.package, charge.fee.start)
            for charge in self.charges
            if charge.fee.owed_by in self.held and charge.is_reversed == (charge.billed is not None)
        )

    def balances(self) -> dict[tuple[str, str], int]:
        """Each account's balance for each party, from charges and documents, not from postings; debits above
        zero."""
        found = Counter[tuple[str, str]]()
        for (owed_by, _), (_, _, net) in self.unbilled().items():
            found["unbilled_receivable", owed_by] += net
        for charge in self.charges:
            if not charge.is_reversed:
                found["revenue", charge.fee.owed_by] -= charge.fee.net
        for (buyer, _), document in self.documents.items():
            sign = -1 if document.kind == "correction" else 1
            found["receivable", buyer] += sign * document.gross
            found["vat", buyer] -= sign * document.vat
        return {key: cents for key, cents in found.items() if cents}

    def _charge(self, until: date) -> None:
        due = {(fee.package, fee.start): fee for fee in self._packages.due(until)}
        standing = set()
        for charge in self.charges:
            key = (charge.fee.package, charge.fee.start)
            if charge.is_reversed or charge.fee.start > until:
                continue
            if due.get(key) == charge.fee:
                standing.add(key)
            else:
                charge.is_reversed = True
        numbers = Counter(charge.fee.package for charge in self.charges)
        for key in sorted(due.keys() - standing):
            numbers[key[0]] += 1
            self.charges.append(Charge(due[key], numbers[key[0]]))

    def _right_tax(self, charge: Charge) -> Tax:
        buyer = charge.fee.owed_by
        if self._countries[buyer] != HOME and self._released[buyer] == "reverse_charge":
            return ("reverse_charge", Fraction(0))
        last = max(on for on in self._rates if on <= charge.fee.end)
        return ("standard", Fraction(self._rates[last]))

    def _wrong(self, charge: Charge) -> str | None:
        """Why the document that bills a charge is wrong about it."""
        if charge.billed is None:
            return None
        if charge.is_reversed:
            return "reversed"
        return None if charge.billed[1] == self._right_tax(charge) else "rate"

    def _open(self, buyer: str) -> list[Charge]:
        return [
            charge
            for charge in self.charges
            if charge.fee.owed_by == buyer
            and (not charge.is_reversed if charge.billed is None else self._wrong(charge))
        ]

    def _invoice(self) -> None:
        for buyer in sorted({charge.fee.owed_by for charge in self.charges}):
            found = [charge for charge in self._open(buyer) if charge.fee.obligor == "customer"]
            if found:
                self._issue(buyer, found, None)

    def _settle(self, seller: str, year: int) -> None:
        found = [
            charge
            for charge in self._open(seller)
            if charge.fee.obligor == "reseller" and charge.fee.start.year <= year
        ]
        is_open = (seller, year) not in self.settlements
        papers = self._issue(seller, found, year) if found and is_open else []
        if papers:
            signed = [(-1 if one.kind == "correction" else 1, one) for one in papers]
            net = sum(sign * one.net for sign, one in signed)
            vat = sum(sign * one.vat for sign, one in signed)
            fees = sum(len(one.lines) for sign, one in signed if sign > 0)
            reversals = sum(len(one.lines) for sign, one in signed if sign < 0)
            self.settlements[seller, year] = Settlement(fees, reversals, len(papers), net, vat, net + vat)

    def _issue(self, buyer: str, charges: list[Charge], year: int | None) -> list[Document]:
        """Corrections of one document after the other, a rate's before a reversal's; then what is owed."""
        if self._countries[buyer] != HOME and buyer not in self._released:
            self.held.add(buyer)
            return []
        wrong: defaultdict[tuple[Paper, str], list[Charge]] = defaultdict(list)
        for charge in charges:
            if charge.billed is not None:
                wrong[charge.billed[0], self._wrong(charge) or ""].append(charge)
        papers = []
        for (original, reason), taken_back in sorted(wrong.items(), key=lambda item: item[0]):
            papers.append(self._write("correction", buyer, taken_back, year, (original, reason)))
            for charge in taken_back:
                charge.billed = None
        owed = [charge for charge in charges if not charge.is_reversed]
        if owed:
            papers.append(self._write("invoice" if year is None else "settlement", buyer, owed, year))
        return papers

    def _write(
        self,
        kind: str,
        buyer: str,
        charges: list[Charge],
        year: int | None,
        corrected: tuple[Paper, str] | None = None,
    ) -> Document:
        self._papers[buyer] += 1
        paper = (buyer, self._papers[buyer])
        nets = Counter[Tax]()
        lines = []
        for charge in charges:
            tax = charge.billed[1] if charge.billed else self._right_tax(charge)
            late = corrected is None and year is not None and charge.fee.start.year < year
            fee = charge.fee
            lines.append(
                Line(fee.package, charge.number, fee.customer, fee.start, fee.end, fee.net, tax, late)
            )
            nets[tax] += fee.net
            charge.billed = (paper, tax)
        taxes = []
        for tax, net in nets.items():
            before = 0
            if corrected is not None:
                before = self._taken_back[corrected[0], tax]
                self._taken_back[corrected[0], tax] += net
            taxes.append((tax, net, _cents(before + net, tax) - _cents(before, tax)))
        vat = sum(tax for _, _, tax in taxes)
        net = sum(nets.values())
        original, reason = corrected or (None, None)
        document = Document(
            kind, year, original, reason, frozenset(lines), frozenset(taxes), net, vat, net + vat
        )
        self.documents[paper] = document
        return document


def _cents(net: int, tax: Tax) -> int:
    """The tax on an amount, in cents: half a cent is a whole one."""
    return math.floor(net * tax[1] / 100 + Fraction(1, 2))


def reckoned(steps: Iterable[Step]) -> Reckoning:
    """The books after all steps."""
    reckoning = Reckoning()
    for step in steps:
        reckoning.learn(step)
    return reckoning
