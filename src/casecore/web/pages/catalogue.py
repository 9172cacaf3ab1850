"""All pages, and all files that are fetched from them."""

from __future__ import annotations

from casecore.web.pages import account, case, cases, opening, work
from casecore.web.pages.files import AnyPageFile
from casecore.web.pages.operations import behind, files, overview, picture
from casecore.web.pages.page import AnyPage

PAGES: tuple[AnyPage, ...] = (
    *account.PAGES,
    *opening.PAGES,
    *case.PAGES,
    *cases.PAGES,
    *overview.PAGES,
    *picture.PAGES,
    *behind.PAGES,
    *work.PAGES,
)
FILES: tuple[AnyPageFile, ...] = (*files.FILES,)
