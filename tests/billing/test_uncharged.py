"""Why there is nothing to bill: what no charging run has recorded yet, by customer."""

from __future__ import annotations

from datetime import date

from casecore.contract.streams import account_stream_id
from casecore.licences.package import Package
from casecore.runs.books import PackageAndAccount
from casecore.runs.uncharged import Uncharged, UnchargedCustomer, uncharged
from tests.billing.bookkeeping import TODAY, VENDOR, Paper, business


def found(paper: Paper, customer: str | None = None) -> Uncharged:
    """What a run up to today would record, for the vendor's customers."""
    packages = [
        PackageAndAccount(one, paper.states.get(account_stream_id(one.reference)))
        for one in paper.states.values()
        if isinstance(one, Package)
    ]
    return uncharged([packages], paper.terms(), VENDOR, TODAY, customer)


def test_fees_that_no_run_has_charged_are_named_by_customer_with_their_packages() -> None:
    # Given three direct sales of which one is charged, and a reseller's package, which is not invoiced
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 5, 1))
    paper.activate("L-2", "praxis", VENDOR, date(2026, 6, 1))
    paper.activate("L-3", "klinik", VENDOR, date(2026, 6, 1))
    paper.activate("L-4", "klinik", "nord", date(2026, 6, 1))
    paper.charge("L-3")
    praxis = UnchargedCustomer("praxis", ("L-1", "L-2"), 3, 0, date(2025, 5, 1), 29_700)
    assert found(paper) == Uncharged(TODAY, has_price=True, customers=(praxis,))
    assert found(paper, "praxis").customers == (praxis,)
    assert found(paper, "klinik").customers == ()


def test_what_is_billed_and_not_owed_any_more_is_to_be_reversed() -> None:
    # Given an invoice, a package that should never have existed, and one that is not billed yet
    paper = business()
    paper.activate("L-1", "praxis", VENDOR, date(2025, 5, 1))
    paper.charge("L-1")
    paper.invoice("praxis")
    paper.void("L-1")
    paper.activate("L-2", "klinik", VENDOR, date(2025, 5, 1))
    paper.charge("L-2")
    paper.void("L-2")
    # Then what the invoice bills is to be reversed
    assert found(paper).customers == (UnchargedCustomer("praxis", ("L-1",), 0, 2, date(2025, 5, 1), -19_800),)
    for package in ("L-1", "L-2"):
        paper.charge(package)
    assert found(paper).customers == ()


def test_without_a_price_no_fee_falls_due() -> None:
    assert uncharged([], Paper().terms(), VENDOR, TODAY) == Uncharged(TODAY, False, ())
