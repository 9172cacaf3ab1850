"""How events of a case are put together: its parties, how it stands, and the content."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from casecore.cases.lifecycle import LEVEL_AT
from casecore.cases.state import Case
from casecore.contract.cases import CaseEvent, Category, Standing, State
from casecore.contract.personal import Plain

EventT = TypeVar("EventT", bound=CaseEvent)


def event(kind: type[EventT], case: Case | CaseEvent, standing: Standing, **content: Any) -> EventT:
    """An event of that kind, after which the case stands so; content is the kind's own fields.

    The parties are those of the case, or of another event of it.
    """
    return kind(
        reference=case.reference,
        customer=case.customer,
        seller=case.seller,
        vendor=case.vendor,
        partner=case.partner,
        standing=standing,
        **content,
    )


def personal(text: str | None) -> Plain | None:
    """Free text as personal data."""
    return None if text is None else Plain(text)


def first_organisation(category: Category, seller: str, partner: str | None) -> str:
    """Whose turn it is when a case is opened: the seller, or for user support the partner (rules 1 and 3)."""
    return partner or "" if category is Category.USER_SUPPORT else seller


def moved(case: Case, state: State, agent: str | None = None) -> Standing:
    """How the case stands after a move: a move ends waiting and assignment, and may name an agent."""
    before = case.standing
    match state:
        case State.OPENED:
            organisation = first_organisation(before.category, case.seller, case.partner)
        case State.RESELLER_L0:
            organisation = case.seller
        case State.ESCALATED_L1:
            organisation = case.vendor
        case State.PARTNER_SUPPORT:
            organisation = case.partner or ""
        case State.RESOLVED | State.CLOSED | State.CANCELLED:
            organisation = before.organisation
    stays = state in (State.RESOLVED, State.CLOSED, State.CANCELLED)
    return replace(
        before,
        state=state,
        level=before.level if stays else LEVEL_AT.get(state),
        organisation=organisation,
        agent=agent,
        waiting_since=None,
    )
