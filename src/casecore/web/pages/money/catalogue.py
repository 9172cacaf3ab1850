"""All pages about money."""

from __future__ import annotations

from casecore.web.pages.money import (
    buyers,
    charges,
    confirming,
    customers,
    documents,
    explanation,
    fees,
    ledger,
    overview,
    packages,
    parties,
    runs,
    settlements,
)
from casecore.web.pages.page import AnyPage

# Those that name a kind of run come before those of any run.
PAGES: tuple[AnyPage, ...] = (
    *buyers.PAGES,
    *charges.PAGES,
    *confirming.PAGES,
    *customers.PAGES,
    *documents.PAGES,
    *explanation.PAGES,
    *fees.PAGES,
    *ledger.PAGES,
    *overview.PAGES,
    *packages.PAGES,
    *parties.PAGES,
    *runs.PAGES,
    *settlements.PAGES,
)
