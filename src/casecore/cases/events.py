"""How an event of a case is put together: its parties, the case's standing after it, and its own content."""

from __future__ import annotations

from typing import Any, TypeVar

from casecore.cases.state import Case
from casecore.contract.cases import CaseEvent, Standing
from casecore.contract.personal import Plain

EventT = TypeVar("EventT", bound=CaseEvent)


def event(kind: type[EventT], case: Case | CaseEvent, standing: Standing, **content: Any) -> EventT:
    """An event of that kind; `standing` is the case's after it, `content` the kind's own fields.

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
