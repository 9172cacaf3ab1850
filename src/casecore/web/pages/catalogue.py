"""All pages."""

from __future__ import annotations

from casecore.web.pages import account, case, cases, opening, work
from casecore.web.pages.engine_room import parked, room
from casecore.web.pages.page import AnyPage

PAGES: tuple[AnyPage, ...] = (
    *account.PAGES,
    *opening.PAGES,
    *case.PAGES,
    *cases.PAGES,
    *parked.PAGES,
    *room.PAGES,
    *work.PAGES,
)
