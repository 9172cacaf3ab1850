"""The run that settles a year with resellers, once and for all, and issues the settlements' documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

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
from casecore.commands.interface import Bus
from casecore.contract.billing import DocumentKind, Obligor, SettlementClosed
from casecore.contract.parties import PartyRole
from casecore.decider.business_day import day_of
from casecore.decider.refusal import Refusal
from casecore.runs.actor import BILLING_RUN
from casecore.runs.books import Books
from casecore.runs.charging import charge
from casecore.runs.completing import complete, is_complete
from casecore.runs.invoicing import MOST_ATTEMPTS
from casecore.runs.issuing import Issuer
from casecore.runs.open_charges import open_charges
from casecore.runs.treatment import treatment


@dataclass
class SettledYear:
    """What a run has done: settlements by seller, also those that were closed before; documents issued now;
    sellers with nothing to settle; who is held; and whose year could not be closed, with the reason."""

    settlements: dict[str, SettlementClosed] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def close_year(
    database: str,
    bus: Bus,
    issuer: Issuer,
    year: int,
    seller: str | None = None,
    told: Callable[[SettledYear], None] = lambda _: None,
) -> SettledYear:
    """Close the settlement of a year with every reseller, or with one; a closed one is returned as it is.

    First what fell due until the year's end is charged. The settlement holds what fell due in the year or
    before and is not settled, up to the position of the log at which the run reads. It may be run at will,
    killed, and by several at once. A seller whose year cannot be closed or documented keeps nobody else from
    it. Raises YearNotOver, and DatabaseUnavailable.
    """
    _check_over(year)
    charge(database, bus, issuer.vendor, date(year, 12, 31))
    settled = SettledYear()
    waiting = _resellers(database) if seller is None else [seller]
    everyone = seller is None
    for _ in range(MOST_ATTEMPTS):
        waiting = _close_all(database, bus, issuer, year, waiting, everyone, settled, told)
        everyone = False
        if not waiting:
            return settled
    raise RuntimeError(f"other runs settled with {waiting} {MOST_ATTEMPTS} times meanwhile: run it again")


def _close_all(
    database: str,
    bus: Bus,
    issuer: Issuer,
    year: int,
    sellers: list[str],
    everyone: bool,
    settled: SettledYear,
    told: Callable[[SettledYear], None],
) -> list[str]:
    """Close the year with these sellers, or with everyone who owes fees as one, also without the role by now.

    Returns those with whom another run has settled meanwhile.
    """

    def tell(number: str) -> None:
        settled.documents.append(number)
        told(settled)

    issuer.catch_up()
    for one in sellers:
        with _failing(settled, one):
            complete(database, issuer, one, tell)
    marked = issuer.series
    meanwhile: list[str] = []
    with Books(database) as books:
        terms = books.terms()
        charges = open_charges(
            books,
            terms,
            Obligor.RESELLER,
            lambda charge: charge.period_start_on.year <= year and (everyone or charge.owed_by in sellers),
        )
        for one in sorted({*sellers, *charges}):
            if one in settled.failed:
                continue
            try:
                with _failing(settled, one):
                    drafted = _close(books, bus, marked, one, year, charges.get(one, []), terms, settled)
                    complete(database, issuer, one, tell, drafted)
            except SettledMeanwhile:
                meanwhile.append(one)
    return meanwhile


@contextmanager
def _failing(settled: SettledYear, seller: str) -> Iterator[None]:
    """What is refused is the reason why the seller's year could not be closed."""
    try:
        yield
    except SettledMeanwhile:
        raise
    except Refusal as refusal:
        settled.failed[seller] = str(refusal)


def _check_over(year: int) -> None:
    if day_of(datetime.now(UTC)).year <= year:
        raise YearNotOver(year, f"{year + 1}-01-01")


def _resellers(database: str) -> list[str]:
    with Books(database) as books:
        found = [party.id for page in books.parties() for party in page if party.is_a(PartyRole.RESELLER)]
    return sorted(found)


def _close(
    books: Books,
    bus: Bus,
    marked: Series,
    seller: str,
    year: int,
    charges: list[OpenCharge],
    terms: Terms,
    settled: SettledYear,
) -> tuple[Draft, ...]:
    """Close the year with a seller, unless it is closed, held, or nothing is open; returns what was drafted.

    The books show what is open only if all earlier settlements are documented, and marked, in them: if their
    documents were in the series before the books were opened. Raises SettledMeanwhile if they were not.
    """
    if not books.party(seller).is_a(PartyRole.RESELLER) and not charges:
        raise NotAReseller(seller)
    drafts: tuple[Draft, ...] = ()
    buyer = books.buyer(seller)
    if buyer.settlement(year) is None:
        if not all(is_complete(one, marked) for one in buyer.settlements):
            raise SettledMeanwhile(seller, len(buyer.settlements))
        _check_order(buyer, seller, year, charges)
        if not charges:
            settled.nothing.append(seller)
            return drafts
        category = treatment(books, bus, seller)
        if category is None:
            settled.held.append(seller)
            return drafts
        drafts = drafts_for(charges, category, terms, books.series().credited, year)
        bus.give(close_command(seller, year, len(buyer.settlements), books.position, drafts))
    settled.settlements[seller] = _settlement(books.database, seller, year)
    return drafts


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


def _settlement(database: str, seller: str, year: int) -> SettlementClosed:
    """The settlement as it is stored: another run may have been the first to close it."""
    with Books(database) as books:
        settlement = books.buyer(seller).settlement(year)
    assert settlement is not None, "it was closed just now, by this run or by another one"
    return settlement
