"""The run that settles a year with resellers, for good, and issues the settlements' documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from casecore.billing.buyer import Buyer
from casecore.billing.commands import BuyerCommand, CloseSettlement
from casecore.billing.drafts import Draft, OpenCharge, drafts_for, lines_sha256
from casecore.billing.refusals import (
    EarlierYearOpen,
    LaterYearSettled,
    NotAReseller,
    SettledMeanwhile,
    YearNotOver,
)
from casecore.billing.series import Series
from casecore.billing.terms import Terms
from casecore.commands.finding_ids import Finding, finding_id
from casecore.contract.billing import DocumentKind, Obligor, SettlementClosed
from casecore.contract.parties import PartyRole
from casecore.decider.business_day import day_of
from casecore.decider.own_runs import BILLING_RUN
from casecore.decider.refusal import Refusal
from casecore.runs.books import Books
from casecore.runs.charging import charge
from casecore.runs.completing import complete, is_complete
from casecore.runs.correcting import complete_corrections
from casecore.runs.errors import RunsCollide
from casecore.runs.issuing import MOST_ATTEMPTS, Issuer
from casecore.runs.open_charges import OpenCharges, open_charges
from casecore.runs.treatment import treatment


@dataclass
class SettledYear:
    """What a run has done: settlements by seller, also those that were closed before; the numbers of the
    documents issued now; sellers with nothing to settle; sellers on hold; and sellers whose year could not be
    closed, each with the reason. `left_out` are the packages and parties to which a newer program wrote: a
    year is not closed with the sellers of such a package, since that is for good."""

    settlements: dict[str, SettlementClosed] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)
    on_hold: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def close_year(
    issuer: Issuer,
    year: int,
    seller: str | None = None,
    on_progress: Callable[[SettledYear], None] = lambda _: None,
) -> SettledYear:
    """Close the settlement of a year with every reseller, or with one; a closed one is returned as it is.

    First the fees that fell due until the year's end are charged. The settlement holds what fell due in the
    year or before and is not settled, up to the position of the log at which the run reads. It may be
    repeated at will, killed, and run by several processes at once. A seller whose year cannot be closed or
    documented does not keep others from it. `on_progress` gets the result so far, after each document. Raises
    YearNotOver, RunsCollide, and DatabaseUnavailable.
    """
    _check_over(year)
    charge(issuer.books, issuer.bus, issuer.vendor, date(year, 12, 31))
    closing = _YearClosing(issuer, year, on_progress)
    waiting = _resellers(issuer.books.now()) if seller is None else [seller]
    everyone = seller is None
    for _ in range(MOST_ATTEMPTS):
        waiting = closing.close(waiting, everyone)
        everyone = False
        if not waiting:
            closing.settled.left_out = issuer.books.left_out.names()
            return closing.settled
    raise RunsCollide(f"settled with {', '.join(waiting)}", MOST_ATTEMPTS)


class _OpenBooks(NamedTuple):
    """The books as of one position, and what was read of them for all sellers.

    `marked` is the series up to which all marks were complete before the books were read.
    """

    books: Books
    terms: Terms
    marked: Series
    charges: OpenCharges


class _YearClosing:
    """One year, closed with one seller after the other."""

    def __init__(self, issuer: Issuer, year: int, on_progress: Callable[[SettledYear], None]) -> None:
        self.settled = SettledYear()
        self._issuer = issuer
        self._year = year
        self._on_progress = on_progress

    def close(self, sellers: list[str], everyone: bool) -> list[str]:
        """Close the year with these sellers, or with every party that owes fees as a reseller, even if it
        does not have that role now.

        Returns those with which another run has settled meanwhile.
        """
        issuer, year, failed = self._issuer, self._year, self.settled.failed
        issuer.catch_up()
        buyers = None if everyone else sellers
        failed.update(complete_corrections(issuer, buyers, self._note_document))
        for seller in sellers:
            with self._failures_of(seller):
                complete(issuer, seller, self._note_document)
        marked = issuer.series
        books = issuer.books.now()
        terms = books.terms()
        charges = open_charges(
            books,
            terms,
            Obligor.RESELLER,
            lambda charge: charge.period_start_on.year <= year and (everyone or charge.owed_by in sellers),
        )
        known = _OpenBooks(books, terms, marked, charges)
        meanwhile: list[str] = []
        for seller in sorted({*sellers, *charges}.difference(failed)):
            try:
                with self._failures_of(seller):
                    drafted = self._close_with(seller, known)
                    complete(issuer, seller, self._note_document, drafted)
            except SettledMeanwhile:
                meanwhile.append(seller)
        return meanwhile

    def _close_with(self, seller: str, known: _OpenBooks) -> tuple[Draft, ...]:
        """Close the year with a seller, unless it is closed, on hold, or nothing is open; returns the drafts.

        The books show what is open only if all earlier settlements are documented, and marked, in them: if
        their documents were in the series before the books were read. Raises SettledMeanwhile if they were
        not.
        """
        books, charges = known.books, known.charges.get(seller, [])
        if not books.party(seller).is_a(PartyRole.RESELLER) and not charges:
            raise NotAReseller(seller)
        drafts: tuple[Draft, ...] = ()
        buyer = books.buyer(seller)
        if buyer.settlement(self._year) is None:
            if not all(is_complete(one, known.marked) for one in buyer.settlements):
                raise SettledMeanwhile(seller, len(buyer.settlements))
            _check_order(buyer, seller, self._year, charges)
            books.check_complete(seller)
            if not charges:
                self.settled.nothing.append(seller)
                return drafts
            category = treatment(books, self._issuer.bus, seller)
            if category is None:
                self.settled.on_hold.append(seller)
                return drafts
            drafts = drafts_for(charges, category, known.terms, books.series().credited, self._year)
            settled_before = len(buyer.settlements)
            self._issuer.bus.give(close_command(seller, self._year, settled_before, books.position, drafts))
        self.settled.settlements[seller] = self._stored_settlement(seller)
        return drafts

    def _stored_settlement(self, seller: str) -> SettlementClosed:
        """The settlement as it is stored: another run may have been the first to close it."""
        settlement = self._issuer.books.now().buyer(seller).settlement(self._year)
        assert settlement is not None, "it was closed just now, by this run or by another one"
        return settlement

    def _note_document(self, number: str) -> None:
        self.settled.documents.append(number)
        self._on_progress(self.settled)

    @contextmanager
    def _failures_of(self, seller: str) -> Iterator[None]:
        """A refusal is the reason why the seller's year could not be closed."""
        try:
            yield
        except SettledMeanwhile:
            raise
        except Refusal as refusal:
            self.settled.failed[seller] = str(refusal)


def _check_over(year: int) -> None:
    if day_of(datetime.now(UTC)).year <= year:
        raise YearNotOver(year, f"{year + 1}-01-01")


def _resellers(books: Books) -> list[str]:
    return sorted(party.id for page in books.parties() for party in page if party.is_a(PartyRole.RESELLER))


def _check_order(buyer: Buyer, seller: str, year: int, charges: list[OpenCharge]) -> None:
    last = buyer.settlements[-1].year if buyer.settlements else 0
    if year < last:
        raise LaterYearSettled(seller, year, last)
    years = {one.charge.period_start_on.year for one in charges}
    earlier = [one for one in years if last < one < year]
    if earlier:
        raise EarlierYearOpen(seller, min(earlier), year)


def close_command(
    seller: str, year: int, settled_before: int, position: int, drafts: Sequence[Draft]
) -> BuyerCommand:
    """The command that closes a year with a seller, read at a position of the log."""
    taken_back = [draft for draft in drafts if draft.kind is DocumentKind.CORRECTION]
    billed = [draft for draft in drafts if draft.kind is not DocumentKind.CORRECTION]

    def balance(of: Callable[[Draft], int]) -> int:
        return sum(map(of, billed)) - sum(map(of, taken_back))

    settlement = CloseSettlement(
        year=year,
        settled_before=settled_before,
        as_of_position=position,
        fees=sum(len(draft.lines) for draft in billed),
        credits=sum(len(draft.lines) for draft in taken_back),
        documents=len(drafts),
        net_cents=balance(lambda draft: draft.totals.net_cents),
        vat_cents=balance(lambda draft: draft.totals.vat_cents),
        gross_cents=balance(lambda draft: draft.totals.gross_cents),
        lines_sha256=lines_sha256(drafts),
    )
    command_id = finding_id(Finding.SETTLEMENT, f"{seller}/{year}/{position}/{settlement.lines_sha256}")
    return BuyerCommand(command_id=command_id, actor=BILLING_RUN, buyer=seller, do=settlement)
