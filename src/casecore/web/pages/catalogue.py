"""All pages."""

from __future__ import annotations

from casecore.web.pages import account, case, cases, opening, work
from casecore.web.pages.money import catalogue as money
from casecore.web.pages.page import AnyPage

PAGES: tuple[AnyPage, ...] = (
    *account.PAGES,
    *opening.PAGES,
    *case.PAGES,
    *cases.PAGES,
    *money.PAGES,
    *work.PAGES,
)
