"""What the write side remembers of a case, and the fold that keeps it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from casecore.contract.cases import (
    ActivityNoted,
    CaseCancelled,
    CaseClosed,
    CaseEvent,
    EffortRecorded,
    MessagePosted,
    Standing,
)
from casecore.contract.envelope import EventData, Fact


class Case(msgspec.Struct, frozen=True):
    """A case as a decision sees it; `changed_at` is when its last event occurred that may not come late."""

    reference: str
    customer: str
    seller: str
    vendor: str
    partner: str | None
    standing: Standing
    opened_at: datetime
    changed_at: datetime
    ended_at: datetime | None = None
    effort_minutes: int = 0


def evolve(case: Case | None, fact: Fact[EventData]) -> Case:
    """The case after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, CaseEvent):
        raise TypeError(f"{type(data).__name__} is no event of a case")
    at = fact.occurred_at
    changed_at = case.changed_at if case else at
    if case is None or _changes(case, data):
        changed_at = max(changed_at, at)
    ended = isinstance(data, (CaseClosed, CaseCancelled))
    return Case(
        data.reference,
        data.customer,
        data.seller,
        data.vendor,
        data.partner,
        data.standing,
        opened_at=case.opened_at if case else at,
        changed_at=changed_at,
        ended_at=at if ended else case.ended_at if case else None,
        effort_minutes=_effort_after(case, data),
    )


def _changes(case: Case, data: CaseEvent) -> bool:
    if isinstance(data, MessagePosted):  # it changes the case only if it ended a waiting
        return data.standing.waiting_since != case.standing.waiting_since
    return not isinstance(data, (EffortRecorded, ActivityNoted))


def _effort_after(case: Case | None, data: CaseEvent) -> int:
    if isinstance(data, EffortRecorded):
        return data.total_minutes
    return case.effort_minutes if case else 0
