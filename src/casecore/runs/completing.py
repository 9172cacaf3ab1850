"""Completing the documents of closed settlements, whichever run closed them, from the books as of then."""

from __future__ import annotations

from collections.abc import Callable

from casecore.billing.drafts import Draft, drafts_for, lines_sha256
from casecore.billing.refusals import NumberNotNext, PartNotNext
from casecore.billing.series import Series
from casecore.contract.billing import Obligor, SettlementClosed
from casecore.errors.kinds import CasecoreError, Kind
from casecore.runs.books import Books
from casecore.runs.errors import RunsCollide
from casecore.runs.issuing import MOST_ATTEMPTS, Issuer
from casecore.runs.open_charges import open_charges


class SettlementChanged(CasecoreError):
    """The lines of a closed settlement come out otherwise than when it was closed: this program is another
    one than the one that closed it. Let that one finish its documents."""

    kind = Kind.UNAVAILABLE


def complete(
    issuer: Issuer,
    seller: str,
    on_document: Callable[[str], None],
    drafted: tuple[Draft, ...] = (),
) -> None:
    """Issue the documents that the closed settlements of a seller still lack; `on_document` gets each number.

    `drafted` are the documents of a settlement that was closed just now, so that they are not made again.
    Raises SettlementChanged, RunsCollide, DatabaseUnavailable, and what `Issuer.issue` refuses.
    """
    known = lines_sha256(drafted)
    for settlement in issuer.books.now().buyer(seller).settlements:
        if not is_complete(settlement, issuer.series):
            drafts = drafted
            if settlement.lines_sha256 != known:
                drafts = _drafts_of(issuer.books.at(settlement.as_of_position), settlement)
            _document(issuer, settlement, drafts, on_document)


def _document(
    issuer: Issuer,
    settlement: SettlementClosed,
    drafts: tuple[Draft, ...],
    on_document: Callable[[str], None],
) -> None:
    for _ in range(MOST_ATTEMPTS + settlement.documents):
        part = _issued(issuer.series, settlement)
        if part == settlement.documents:
            return
        try:
            number = issuer.issue(drafts[part], settlement.seller, settlement.as_of_position, settlement.year)
        except (NumberNotNext, PartNotNext):
            issuer.catch_up()
        else:
            on_document(number)
    raise RunsCollide("issued documents", MOST_ATTEMPTS)


def is_complete(settlement: SettlementClosed, series: Series) -> bool:
    """Whether a series has all documents of a settlement."""
    return _issued(series, settlement) >= settlement.documents


def _issued(series: Series, settlement: SettlementClosed) -> int:
    return series.settled.get((settlement.seller, settlement.year), 0)


def _drafts_of(books: Books, settlement: SettlementClosed) -> tuple[Draft, ...]:
    """The documents of a closed settlement, from the books as of the position at which it was closed.

    Raises NewerThanProgram where this program cannot read all of them, and SettlementChanged.
    """
    terms = books.terms()
    charges = open_charges(
        books,
        terms,
        Obligor.RESELLER,
        lambda charge: charge.period_start_on.year <= settlement.year and charge.owed_by == settlement.seller,
    )
    books.check_complete(settlement.seller)
    # As it was decided then: a program that knew less of third countries closed with any decision.
    country = books.party(settlement.seller).details.address.country
    category = books.buyer(settlement.seller).decided_for(country)
    assert category is not None, "a settlement is closed with a seller whose tax was decided"
    drafts = drafts_for(charges[settlement.seller], category, terms, books.series().credited, settlement.year)
    if lines_sha256(drafts) != settlement.lines_sha256:
        raise SettlementChanged
    return drafts
