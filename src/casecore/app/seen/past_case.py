"""A case as it stood at an instant, with the names that a case has as it is."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from casecore.clocks.instants import instant, maybe_instant
from casecore.evaluation.known_case import CaseByThen


class PastCase(NamedTuple):
    """How a case stood; its fields have the names, and the meaning, that they have in a case as it is."""

    reference: str
    customer: str
    seller: str
    partner: str | None
    vendor: str
    category: str
    topic: str
    priority: str
    state: str
    is_open: bool
    level: str | None
    organisation: str
    agent: str | None
    waiting_since: datetime | None
    opened_at: datetime
    effort_minutes: int


def past_case(known: CaseByThen) -> PastCase:
    """A case as far as it was known."""
    standing = known.standing
    return PastCase(
        reference=known.reference,
        customer=known.customer,
        seller=known.seller,
        partner=known.partner,
        vendor=known.vendor,
        category=known.category.value,
        topic=known.topic,
        priority=standing.priority.value,
        state=standing.state.value,
        is_open=standing.state.is_open,
        level=standing.level.value if standing.level else None,
        organisation=standing.organisation,
        agent=standing.agent,
        waiting_since=maybe_instant(standing.waiting_since),
        opened_at=instant(known.evaluation.life.opened_at),
        effort_minutes=known.effort_minutes,
    )
