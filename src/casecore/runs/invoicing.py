"""The run that issues invoices and corrections to the vendor's own customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from casecore.billing.drafts import drafts_for
from casecore.billing.refusals import NumberNotNext
from casecore.commands.interface import Bus
from casecore.contract.billing import Obligor
from casecore.decider.refusal import Refusal
from casecore.runs.books import Books
from casecore.runs.issuing import Issuer
from casecore.runs.open_charges import open_charges
from casecore.runs.treatment import treatment

MOST_ATTEMPTS = 100
"""How often a run reads the books anew because another one has issued a document meanwhile."""


@dataclass
class Issued:
    """What a run has done: the documents, in order; who is held; and who got nothing, with the reason."""

    documents: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def invoice(
    database: str,
    bus: Bus,
    issuer: Issuer,
    customer: str | None = None,
    told: Callable[[Issued], None] = lambda _: None,
) -> Issued:
    """Issue to each direct customer, or to one, what is open with it: corrections, then invoices.

    It may be run at will, killed, and by several at once: a number is given once, and who comes second reads
    the books anew. A customer whose particulars do not allow a document keeps nobody else from getting his.
    Raises PartyUnknown for a customer that is none, and DatabaseUnavailable.
    """
    if customer is not None:
        with Books(database) as books:
            books.party(customer)
    issued = Issued()
    for _ in range(MOST_ATTEMPTS):
        issuer.catch_up()
        try:
            _issue_all(database, bus, issuer, customer, issued, told)
            return issued
        except NumberNotNext:
            continue
    raise RuntimeError(f"other runs issued documents {MOST_ATTEMPTS} times meanwhile: run it again")


def _issue_all(
    database: str,
    bus: Bus,
    issuer: Issuer,
    customer: str | None,
    issued: Issued,
    told: Callable[[Issued], None],
) -> None:
    with Books(database) as books:
        terms = books.terms()
        charges = open_charges(
            books, terms, Obligor.CUSTOMER, lambda charge: customer in (None, charge.owed_by)
        )
        for buyer, open_with in sorted(charges.items()):
            if buyer in issued.failed or buyer in issued.held:
                continue
            try:
                category = treatment(books, bus, buyer)
                if category is None:
                    issued.held.append(buyer)
                    continue
                for draft in drafts_for(open_with, category, terms, issuer.series.credited):
                    issued.documents.append(issuer.issue(draft, buyer, books.position))
                    told(issued)
            except NumberNotNext:
                raise
            except Refusal as refusal:
                issued.failed[buyer] = str(refusal)
