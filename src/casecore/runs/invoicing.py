"""The run that issues invoices and corrections to the vendor's own customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from casecore.billing.drafts import drafts_for
from casecore.billing.refusals import NumberNotNext
from casecore.contract.billing import Obligor
from casecore.decider.business_day import day_of
from casecore.decider.refusal import Refusal
from casecore.runs.correcting import complete_corrections
from casecore.runs.errors import RunsCollide
from casecore.runs.issuing import MOST_ATTEMPTS, Issuer
from casecore.runs.open_charges import open_charges
from casecore.runs.treatment import treatment
from casecore.runs.uncharged import Uncharged, uncharged


@dataclass
class Issued:
    """What a run has done: the numbers of the documents, in order; buyers on hold; and buyers that got no
    document, each with the reason. `left_out` are packages whose accounts only a newer program can read.

    `uncharged` is what no charging run has recorded up to today, where there was nothing to bill: else it was
    not looked for, and is None.
    """

    documents: list[str] = field(default_factory=list)
    on_hold: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    uncharged: Uncharged | None = None


def invoice(
    issuer: Issuer,
    customer: str | None = None,
    on_progress: Callable[[Issued], None] = lambda _: None,
) -> Issued:
    """Issue to each direct customer, or to one, what is open with it: corrections, then invoices.

    It may be repeated at will, killed, and run by several processes at once. A number is given once; the
    process that comes second reads the books again. A customer whose particulars do not allow a document does
    not keep others from theirs. `on_progress` gets the result so far, after each document. Raises
    PartyUnknown for a customer that is not registered, RunsCollide, and DatabaseUnavailable.
    """
    if customer is not None:
        issuer.books.now().party(customer)
    issued = Issued()
    for _ in range(MOST_ATTEMPTS):
        issuer.catch_up()
        _complete_corrections(issuer, customer, issued, on_progress)
        try:
            _issue_all(issuer, customer, issued, on_progress)
            if not (issued.documents or issued.on_hold or issued.failed):
                issued.uncharged = _uncharged(issuer, customer)
            issued.left_out = issuer.books.left_out.names()
            return issued
        except NumberNotNext:
            continue
    raise RunsCollide("issued documents", MOST_ATTEMPTS)


def _complete_corrections(
    issuer: Issuer, customer: str | None, issued: Issued, on_progress: Callable[[Issued], None]
) -> None:
    def note(number: str) -> None:
        issued.documents.append(number)
        on_progress(issued)

    buyers = None if customer is None else {customer}
    issued.failed.update(complete_corrections(issuer, buyers, note))


def _issue_all(
    issuer: Issuer, customer: str | None, issued: Issued, on_progress: Callable[[Issued], None]
) -> None:
    books = issuer.books.now()
    terms = books.terms()
    charges = open_charges(books, terms, Obligor.CUSTOMER, lambda charge: customer in (None, charge.owed_by))
    for buyer, open_with in sorted(charges.items()):
        if buyer in issued.failed or buyer in issued.on_hold:
            continue
        try:
            category = treatment(books, issuer.bus, buyer)
            if category is None:
                issued.on_hold.append(buyer)
                continue
            for draft in drafts_for(open_with, category, terms, issuer.series.credited):
                issued.documents.append(issuer.issue(draft, buyer, books.position))
                on_progress(issued)
        except NumberNotNext:
            raise
        except Refusal as refusal:
            issued.failed[buyer] = str(refusal)


def _uncharged(issuer: Issuer, customer: str | None) -> Uncharged:
    books, today = issuer.books.now(), day_of(datetime.now(UTC))
    return uncharged(books.packages(), books.terms(), issuer.vendor, today, customer)
