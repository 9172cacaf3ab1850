"""My work: what waits for somebody, and for their organisation, and what falls due next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from casecore.app.seen.resolutions import SeenResolution, look_at_resolutions
from casecore.app.seen.subjects import look_at_subjects
from casecore.contract.cases import State
from casecore.contract.envelope import Role
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.web.pages.needs import NeededCases, by_need, needed_cases, next_clocks
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.pages.ticking import ticking_now
from casecore.web.rendering.countdown import TickingClock
from casecore.web.rendering.words import N_
from projections.sla.open_clocks import standing_still
from projections.sla.queries import ClockAnswer, DueFilter, due_next
from projections.workload.case_list import CaseFilter, CaseOrder, count_cases, list_cases
from projections.workload.tables import CaseRow

_FIRST, _MOST = 50, 800
"""Rows of each kind: at first, and where more are asked for again and again."""
_SOON = timedelta(days=3)
_NOBODY = NeededCases([], 0)


class WorkOf(PageAsked, frozen=True):
    """How many rows of each kind at most."""

    most: int = 0


class OpenCases(NamedTuple):
    """Open cases of an organisation by need, the first of each kind.

    Of an agent's organisation it is those whose turn it is with that: what the agent has, what nobody has,
    and what the others have. Of a customer it is all: `mine` wait for its answer, and `resolved`, which are
    not open, for its word that they are done.
    """

    mine: NeededCases
    unassigned: NeededCases
    others: NeededCases
    resolved: NeededCases

    @property
    def kinds(self) -> tuple[NeededCases, ...]:
        """All of them."""
        return (self.mine, self.unassigned, self.others, self.resolved)


class DueClocks(NamedTuple):
    """Clocks by when they fall due: in the next three days, later, and those that stand still, which fall
    due at no known time. `has_more` is whether some are left out."""

    soon: Sequence[TickingClock]
    later: Sequence[TickingClock]
    still: Sequence[TickingClock]
    has_more: bool


class Work(NamedTuple):
    """Open cases, and clocks by when they fall due.

    `all` is the address of all of these cases, `more` that of this page with more rows, each None where
    nothing is left out. `nearest` is the next clock of each case that has one, `subjects` what each is about,
    if that was said, and `resolutions` how it was resolved.
    """

    is_customer: bool
    cases: OpenCases
    due: DueClocks
    nearest: Mapping[str, TickingClock]
    subjects: Mapping[str, str]
    resolutions: Mapping[str, SeenResolution]
    more: str | None
    all: str | None


def load_work(look: Look, asked: WorkOf) -> Shown:
    """The cases of who looks, those that nobody of the organisation has, and what is due."""
    actor, most = look.identity.actor, _most(asked)
    is_customer = actor.role is Role.CUSTOMER
    cases, clocks = _cases(look, most)
    due, still = _clocks(look, most)
    shown = [case for kind in cases.kinds for case in kind.cases]
    ticks = ticking_now(look, [*clocks, *due, *still])
    nearest = {one.clock.reference: one for one in ticks[: len(clocks)]}
    listed = {one.reference for one in shown} | {one.clock.reference for one in ticks}
    whose = {"customer" if is_customer else "organisation": actor.organisation}
    every = "/cases?" + urlencode({**whose, "sort": "-priority"})
    falls_due = _due(ticks[len(clocks) :], look, most)
    has_more = falls_due.has_more or any(kind.number > len(kind.cases) for kind in cases.kinds)
    resolved = [one.reference for one in cases.resolved.cases]
    return Shown(
        title=N_("My work"),
        content=Work(
            is_customer=is_customer,
            cases=cases,
            due=falls_due,
            nearest=nearest,
            subjects=look_at_subjects(look.app, listed, look.viewer),
            resolutions=look_at_resolutions(look.app, resolved, look.viewer),
            more=f"/work?most={2 * most}" if has_more and most < _MOST else None,
            all=every if has_more else None,
        ),
        api=f"/v1{every}",
        also=(f"/v1/service-levels/due?limit={most}",),
        about="cases",
    )


def _most(asked: WorkOf) -> int:
    if asked.most and not _FIRST <= asked.most <= _MOST:
        raise InvalidRequest(f"most is {asked.most}: give a number from {_FIRST} to {_MOST}")
    return asked.most or _FIRST


def _cases(look: Look, most: int) -> tuple[OpenCases, list[ClockAnswer]]:
    """The cases in their order, and the next clock of each that has one."""
    found = _of_customer(look, most) if look.identity.actor.role is Role.CUSTOMER else _of_agent(look, most)
    clocks = next_clocks(look, (case for kind in found.kinds[:3] for case in kind.cases))
    mine, unassigned, others = (kind._replace(cases=by_need(kind.cases, clocks)) for kind in found.kinds[:3])
    return OpenCases(mine, unassigned, others, found.resolved), list(clocks.values())


def _of_agent(look: Look, most: int) -> OpenCases:
    actor = look.identity.actor
    turn = CaseFilter(organisation=actor.organisation)
    return OpenCases(
        mine=needed_cases(look, turn._replace(agent=actor.person), most),
        unassigned=needed_cases(look, turn._replace(has_agent=False), most),
        others=needed_cases(look, turn._replace(other_than=actor.person), most),
        resolved=_NOBODY,
    )


def _of_customer(look: Look, most: int) -> OpenCases:
    its = CaseFilter(customer=look.identity.actor.organisation)
    return OpenCases(
        mine=needed_cases(look, its._replace(waiting=True), most),
        unassigned=_NOBODY,
        others=needed_cases(look, its._replace(waiting=False), most),
        resolved=_resolved(look, its, most),
    )


def _resolved(look: Look, its: CaseFilter, most: int) -> NeededCases:
    """What was resolved and is not closed, that of today first."""
    asked = its._replace(state=State.RESOLVED.value, order=CaseOrder("last_move_at"), limit=most + 1)
    found: list[CaseRow] = look.app.ask(list_cases, asked, look.viewer)
    number = len(found) if len(found) <= most else look.app.ask(count_cases, asked, look.viewer)
    return NeededCases(found[:most], number)


def _clocks(look: Look, most: int) -> tuple[list[ClockAnswer], list[ClockAnswer]]:
    due = look.app.ask(due_next, DueFilter(limit=most + 1), None, look.viewer)
    return due, look.app.ask(standing_still, most + 1, None, look.viewer)


def _due(ticks: Sequence[TickingClock], look: Look, most: int) -> DueClocks:
    until = look.now + _SOON
    due = [(one, one.clock.due_at) for one in ticks if one.clock.due_at is not None]
    still = [one for one in ticks if one.clock.due_at is None]
    return DueClocks(
        soon=[one for one, due_at in due[:most] if due_at <= until],
        later=[one for one, due_at in due[:most] if due_at > until],
        still=still[:most],
        has_more=max(len(due), len(still)) > most,
    )


PAGES: tuple[AnyPage, ...] = (SitePage("/work", "work", (Scope.AGENT,), WorkOf, "work.html", load_work),)
