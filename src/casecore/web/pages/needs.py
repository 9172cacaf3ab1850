"""Open cases by need: what missed a target or is nearest to one first, then by priority, then the oldest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from casecore.contract.cases import Priority
from casecore.web.pages.page import Look
from projections.sla.open_clocks import NearestFilter, nearest_cases, open_clocks_of
from projections.sla.queries import ClockAnswer
from projections.workload.case_list import CaseFilter, CaseOrder, count_cases, list_cases
from projections.workload.tables import CaseRow

_URGENT_AND_OLD_FIRST = CaseOrder("priority", descending=True, then="opened_at")
_NEVER = datetime.max.replace(tzinfo=UTC)
_URGENCY = {priority.value: place for place, priority in enumerate(Priority)}


class NeededCases(NamedTuple):
    """The first cases of a kind, and how many there are of it in all."""

    cases: list[CaseRow]
    number: int


def needed_cases(look: Look, which: CaseFilter, most: int) -> NeededCases:
    """The open cases of a kind that need somebody most, not yet in order: at most so many."""
    asked = which._replace(open_only=True, order=_URGENT_AND_OLD_FIRST, limit=most + 1)
    found = look.app.ask(list_cases, asked, look.viewer)
    if len(found) <= most:
        return NeededCases(found, len(found))
    nearest = look.app.ask(nearest_cases, _nearest(which, most), look.viewer)
    first = look.app.ask(list_cases, asked._replace(cases=nearest), look.viewer)
    taken = {one.case_id for one in first}
    rest = [one for one in found if one.case_id not in taken]
    number = look.app.ask(count_cases, asked, look.viewer)
    return NeededCases([*first, *rest][:most], number)


def next_clocks(look: Look, cases: Iterable[CaseRow]) -> dict[UUID, ClockAnswer]:
    """Of each case the clock that falls due first, or else one that stands still; none of one without any."""
    found = look.app.ask(open_clocks_of, [one.case_id for one in cases], None, look.viewer)
    nearest: dict[UUID, ClockAnswer] = {}
    for clock in found:
        nearest.setdefault(clock.case_id, clock)
    return nearest


def by_need(cases: Iterable[CaseRow], clocks: Mapping[UUID, ClockAnswer]) -> list[CaseRow]:
    """Cases in the order of need."""

    def need(case: CaseRow) -> tuple[datetime, int, datetime, str]:
        clock = clocks.get(case.case_id)
        due_at = clock.due_at if clock else None
        return (due_at or _NEVER, -_URGENCY.get(case.priority, -1), case.opened_at, case.reference)

    return sorted(cases, key=need)


def _nearest(which: CaseFilter, most: int) -> NearestFilter:
    return NearestFilter(
        organisation=which.organisation,
        agent=which.agent,
        other_than=which.other_than,
        has_agent=which.has_agent,
        customer=which.customer,
        limit=most,
    )
