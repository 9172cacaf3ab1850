"""All pages, and all files that are fetched from them."""

from __future__ import annotations

from casecore.web.pages import account, case, cases, opening, work
from casecore.web.pages.engine_room import parked, room
from casecore.web.pages.files import AnyPageFile
from casecore.web.pages.money import catalogue as money
from casecore.web.pages.operations import behind, files, overview, packages, picture
from casecore.web.pages.page import AnyPage
from casecore.web.pages.service_levels import calendars, policies, promises, what_if

PAGES: tuple[AnyPage, ...] = (
    *account.PAGES,
    *opening.PAGES,
    *case.PAGES,
    *cases.PAGES,
    *parked.PAGES,
    *room.PAGES,
    *calendars.PAGES,
    *policies.PAGES,
    *promises.PAGES,
    *what_if.PAGES,
    *money.PAGES,
    *overview.PAGES,
    *picture.PAGES,
    *behind.PAGES,
    *packages.PAGES,
    *work.PAGES,
)
FILES: tuple[AnyPageFile, ...] = (*files.FILES,)
