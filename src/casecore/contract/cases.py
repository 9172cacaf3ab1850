"""The events of a case; each has the case's standing after it, so a reader needs no rules or look-ups."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import msgspec

from casecore.contract.envelope import EventData, Instant
from casecore.contract.personal import Personal


class State(Enum):
    """Where a case is in its life."""

    OPENED = "opened"
    RESELLER_L0 = "reseller_l0"
    ESCALATED_L1 = "escalated_l1"
    PARTNER_SUPPORT = "partner_support"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to work on a case in it: it is not resolved, closed or cancelled."""
        return self not in (State.RESOLVED, State.CLOSED, State.CANCELLED)


class Level(Enum):
    """Who works on a case: the seller, the vendor, or a support partner."""

    LEVEL_0 = "level_0"
    LEVEL_1 = "level_1"
    PARTNER = "partner"


class Category(Enum):
    """Which kind of support a case asks for."""

    USER_SUPPORT = "user_support"
    TECHNICAL_SUPPORT = "technical_support"


class Priority(Enum):
    """How urgent a case is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Audience(Enum):
    """Who may read a message: the customer too, or only the organisations that it names."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Sender(Enum):
    """Which side a message comes from."""

    CUSTOMER = "customer"
    AGENT = "agent"


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a case stands after an event.

    `organisation` is the one whose turn it is, or was last; `level` is where the case is or was last,
    and is absent while nobody has taken it; `agent` is absent while nobody is assigned.
    """

    state: State
    category: Category
    topic: str
    priority: Priority
    organisation: str
    level: Level | None = None
    agent: str | None = None
    waiting_since: Instant | None = None


class CaseEvent(EventData, frozen=True, kw_only=True):
    """What every event of a case carries: its reference, its parties, and how it stands now."""

    reference: str
    customer: str
    seller: str
    vendor: str
    partner: str | None = None
    standing: Standing


class CaseOpened(CaseEvent, frozen=True, kw_only=True):
    """A customer's case was opened; nobody works on it yet."""

    subject: Personal | None = None
    licence_package: UUID | None = None


class CaseTaken(CaseEvent, frozen=True, kw_only=True):
    """The seller, or for user support the partner, began to work on it."""


class CaseAssigned(CaseEvent, frozen=True, kw_only=True):
    """An agent was named at the level where the case is."""


class CaseEscalated(CaseEvent, frozen=True, kw_only=True):
    """The case went to the vendor, level 1."""

    reason: Personal | None = None


class CaseHandedBack(CaseEvent, frozen=True, kw_only=True):
    """The vendor gave the case back to the seller, level 0."""

    reason: Personal | None = None


class WaitingStarted(CaseEvent, frozen=True, kw_only=True):
    """The case waits for the customer, until it is resumed, the customer writes, or it moves."""

    reason: Personal | None = None


class WaitingEnded(CaseEvent, frozen=True, kw_only=True):
    """The case was resumed."""


class MessagePosted(CaseEvent, frozen=True, kw_only=True):
    """A message was written; one from the customer ends a waiting. `readers` is empty if it is public.

    Of an internal message `readers` names the organisations for which it was written. Nothing but this says
    so: whoever may read the topic may read the text, and shows it to people of these organisations only.
    """

    sender: Sender
    audience: Audience
    readers: tuple[str, ...] = ()
    text: Personal


class PriorityChanged(CaseEvent, frozen=True, kw_only=True):
    """The case became more urgent, or less."""


class CaseReclassified(CaseEvent, frozen=True, kw_only=True):
    """Category, topic or both changed; a case whose category changed is opened anew."""


class EffortRecorded(CaseEvent, frozen=True, kw_only=True):
    """Somebody worked on the case: `minutes` this time, `total_minutes` of all so far."""

    minutes: int
    total_minutes: int
    note: Personal | None = None


class CaseResolved(CaseEvent, frozen=True, kw_only=True):
    """The level in `standing` solved it."""

    resolution_code: str
    summary: Personal | None = None


class CaseReopened(CaseEvent, frozen=True, kw_only=True):
    """The case went back to the level that had resolved it."""

    reason: Personal | None = None


ARRIVALS = (CaseTaken, CaseEscalated, CaseHandedBack, CaseReopened)
"""The events by which a case comes to a level."""


class CaseClosed(CaseEvent, frozen=True, kw_only=True):
    """The case ended, resolved."""


class CaseCancelled(CaseEvent, frozen=True, kw_only=True):
    """The case ended unresolved: for a reason, or as the duplicate of the case with that reference."""

    reason: Personal | None = None
    duplicate_of: str | None = None


class ActivityNoted(CaseEvent, frozen=True, kw_only=True):
    """A row of another system's log that is no legal move; it changes nothing."""
