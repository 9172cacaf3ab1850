"""My work: what waits for somebody, and for their organisation, and what falls due next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from casecore.identity.identity import Scope
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.ticking import ticking_now
from casecore.web.rendering.countdown import TickingClock
from casecore.web.rendering.words import N_
from projections.sla.queries import DueFilter, due_next
from projections.workload.case_list import CaseFilter, CaseOrder, list_cases
from projections.workload.tables import CaseRow

_MOST = 50
_SOON = timedelta(days=3)
_LONGEST_FIRST = CaseOrder("last_move_at", descending=False)


class WorkOf(PageAsked, frozen=True):
    """Nothing: it is of who looks."""


class Work(NamedTuple):
    """Cases whose turn it is with the organisation, and clocks by when they fall due.

    `nearest` is the next clock of each case that has one.
    """

    mine: list[CaseRow]
    unassigned: list[CaseRow]
    others: list[CaseRow]
    due: list[TickingClock]
    nearest: Mapping[str, TickingClock]


def load_work(look: Look, _: WorkOf) -> Shown:
    """The cases of who looks, those that nobody of the organisation has, and what is due."""
    actor = look.identity.actor
    mine = _cases(look, CaseFilter(organisation=actor.organisation, agent=actor.person, open_only=True))
    turn = _cases(look, CaseFilter(organisation=actor.organisation, open_only=True))
    due = ticking_now(look, look.app.ask(due_next, DueFilter(within=_SOON, limit=_MOST), None, look.viewer))
    nearest: dict[str, TickingClock] = {}
    for one in due:
        nearest.setdefault(one.clock.reference, one)
    return Shown(
        title=N_("My work"),
        content=Work(
            mine=mine,
            unassigned=[case for case in turn if case.agent is None],
            others=[case for case in turn if case.agent not in (None, actor.person)],
            due=due,
            nearest=nearest,
        ),
        api=f"/v1/service-levels/due?within_seconds={_SOON.total_seconds():.0f}&limit={_MOST}",
        about="cases",
    )


def _cases(look: Look, which: CaseFilter) -> list[CaseRow]:
    return look.app.ask(list_cases, which._replace(order=_LONGEST_FIRST, limit=_MOST), look.viewer)


PAGES: tuple[AnyPage, ...] = (SitePage("/work", "work", (Scope.AGENT,), WorkOf, "work.html", load_work),)
