"""My work: what waits for somebody, and for their organisation, and what falls due next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from casecore.app.seen.subjects import look_at_subjects
from casecore.contract.envelope import Role
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


class OpenCases(NamedTuple):
    """Open cases of an organisation, those that moved longest ago first, so many of each kind at most.

    Of an agent's organisation it is those whose turn it is with that: what the agent has, what nobody has,
    and what the others have. Of a customer it is all: `mine` wait for its answer. `has_more` is whether some
    are left out.
    """

    mine: list[CaseRow]
    unassigned: list[CaseRow]
    others: list[CaseRow]
    has_more: bool


class Work(NamedTuple):
    """Open cases, and clocks by when they fall due.

    `all` is the address of all of these cases, `most` how many of each kind are here at most. `nearest` is
    the next clock of each case that has one, `subjects` what each is about, if that was said.
    """

    is_customer: bool
    cases: OpenCases
    due: list[TickingClock]
    nearest: Mapping[str, TickingClock]
    subjects: Mapping[str, str]
    most: int
    all: str


def load_work(look: Look, _: WorkOf) -> Shown:
    """The cases of who looks, those that nobody of the organisation has, and what is due."""
    actor = look.identity.actor
    is_customer = actor.role is Role.CUSTOMER
    cases = _of_customer(look) if is_customer else _of_agent(look)
    due = ticking_now(look, look.app.ask(due_next, DueFilter(within=_SOON, limit=_MOST), None, look.viewer))
    nearest: dict[str, TickingClock] = {}
    for one in due:
        nearest.setdefault(one.clock.reference, one)
    listed = {one.reference for one in (*cases.mine, *cases.unassigned, *cases.others)}
    whose = {"customer" if is_customer else "organisation": actor.organisation}
    every = "/cases?" + urlencode({**whose, "sort": _LONGEST_FIRST.column})
    return Shown(
        title=N_("My work"),
        content=Work(
            is_customer=is_customer,
            cases=cases,
            due=due,
            nearest=nearest,
            subjects=look_at_subjects(look.app, listed | nearest.keys(), look.viewer),
            most=_MOST,
            all=every,
        ),
        api=f"/v1{every}",
        also=(f"/v1/service-levels/due?within_seconds={_SOON // timedelta(seconds=1)}&limit={_MOST}",),
        about="cases",
    )


def _of_agent(look: Look) -> OpenCases:
    actor = look.identity.actor
    turn = CaseFilter(organisation=actor.organisation)
    kinds = (
        turn._replace(agent=actor.person),
        turn._replace(has_agent=False),
        turn._replace(other_than=actor.person),
    )
    found = [_cases(look, which) for which in kinds]
    mine, unassigned, others = (cases[:_MOST] for cases in found)
    return OpenCases(mine, unassigned, others, has_more=max(map(len, found)) > _MOST)


def _of_customer(look: Look) -> OpenCases:
    customer = look.identity.actor.organisation
    mine = _cases(look, CaseFilter(customer=customer, waiting=True))
    others = _cases(look, CaseFilter(customer=customer, waiting=False))
    return OpenCases(mine[:_MOST], [], others[:_MOST], has_more=max(len(mine), len(others)) > _MOST)


def _cases(look: Look, which: CaseFilter) -> list[CaseRow]:
    asked = which._replace(open_only=True, order=_LONGEST_FIRST, limit=_MOST + 1)
    return look.app.ask(list_cases, asked, look.viewer)


PAGES: tuple[AnyPage, ...] = (SitePage("/work", "work", (Scope.AGENT,), WorkOf, "work.html", load_work),)
