"""All pages."""

from __future__ import annotations

from casecore.web.pages import case, cases, work
from casecore.web.pages.page import AnyPage

PAGES: tuple[AnyPage, ...] = (*work.PAGES, *cases.PAGES, *case.PAGES)
