"""What the pages of service levels share: the published book, as who looks sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from casecore.app.service_levels.policies_and_calendars import read_book
from casecore.contract.service_levels import Policy
from casecore.identity.identity import Scope
from casecore.service_levels.book import Book
from casecore.web.pages.page import Look

SECTION = "service_levels"
SCOPES = (Scope.AGENT, Scope.ANALYST)


def seen_book(look: Look) -> Book:
    """All that the organisation of who looks has published, as new as the store."""
    head = look.app.log.head()
    book = read_book(look.app, look.viewer)
    look.app.freshness.of_events(head, None)
    return book


def standing_of(policy: Policy, versions: Sequence[Policy], now: datetime) -> str:
    """Whether a version of a policy is in force, comes into force later, or is over."""
    if policy.in_force_from > now:
        return "later"
    begun = [one for one in versions if one.in_force_from <= now]
    is_last = begun[-1].version == policy.version
    is_over = policy.in_force_until is not None and policy.in_force_until <= now
    return "in_force" if is_last and not is_over else "over"
