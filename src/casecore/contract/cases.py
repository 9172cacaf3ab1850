"""The events of a case; each has the case's standing after it, so a reader needs no rules or look-ups."""

from __future__ import annotations

from uuid import UUID

import msgspec

from casecore.contract.enumeration import Enumeration
from casecore.contract.envelope import EventData, Instant
from casecore.contract.personal import Personal


class State(Enumeration):
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


class Level(Enumeration):
    """Who works on a case: the seller, the vendor, or a support partner."""

    LEVEL_0 = "level_0"
    LEVEL_1 = "level_1"
    PARTNER = "partner"


class Category(Enumeration):
    """Which kind of support a case asks for."""

    USER_SUPPORT = "user_support"
    TECHNICAL_SUPPORT = "technical_support"


class Priority(Enumeration):
    """How urgent a case is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Audience(Enumeration):
    """Who may read a message: the customer too, or only the organisations that it names."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Sender(Enumeration):
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
    """What every event of a case carries: its reference, its parties, and how it stands now.

    `standing` is what holds after the event. In an event that was recorded late it is the case's when it was
    recorded, not when it happened: of such an event only its own content belongs to that instant.
    """

    reference: str
    customer: str
    seller: str
    vendor: str
    partner: str | None = None
    standing: Standing


class CaseOpened(CaseEvent, frozen=True, kw_only=True):
    """A customer's case was opened; nobody works on it yet.

    When: `open`, by one of its parties, or implied by an import. It is each case's first event, and comes
    once.
    Why: a case begins with its first contact: the seller, or for user support the partner (rules 1 and 3).
    Then: that organisation, in `standing`, takes it, or it is escalated or cancelled. Where a policy for
    whole cases matches, `policy_pinned` follows by the same command; an import pins none.
    Fields: `licence_package` is the stream id of the package that it is about, as whoever opened it gave it.
    """

    subject: Personal | None = None
    licence_package: UUID | None = None


class CaseTaken(CaseEvent, frozen=True, kw_only=True):
    """The seller, or for user support the partner, began to work on it.

    When: `take`, by the organisation in the standing of an opened case; or implied by an import.
    Why: from here on somebody is responsible for it.
    Then: it is at that level. Without `standing.agent` it is in hand-over, until `assigned` names one. The
    first arrival at an organisation's level may pin a policy: `policy_pinned` follows by the same command.
    """


class CaseAssigned(CaseEvent, frozen=True, kw_only=True):
    """An agent was named at the level where the case is.

    When: `assign`, by that level, while the case is at work; also from one agent to another.
    Why: arriving at a level and being assigned there are two facts.
    Then: `standing.agent` stays, until another one is named or the case leaves the level. The hand-over ends.
    """


class CaseEscalated(CaseEvent, frozen=True, kw_only=True):
    """The case went to the vendor, level 1.

    When: `escalate`, by the seller that has it; of a level 1 topic also of an opened case, by the seller or
    the customer.
    Why: what the seller cannot solve, or need not (rules 1 and 2), the vendor does.
    Then: the vendor has it, in hand-over, and resolves it or hands it back. It does not wait any more. The
    first arrival may pin a policy of the vendor.
    """

    reason: Personal | None = None


class CaseHandedBack(CaseEvent, frozen=True, kw_only=True):
    """The vendor gave the case back to the seller, level 0.

    When: `hand_back`, by the vendor that has it.
    Why: the rest is the seller's to do, such as to install what the vendor made.
    Then: the seller has it, in hand-over; it resolves it, or escalates it once more. It does not wait any
    more.
    """

    reason: Personal | None = None


class WaitingStarted(CaseEvent, frozen=True, kw_only=True):
    """The case waits for the customer, until it is resumed, the customer writes, or it moves.

    When: `wait`, by the level that has it; not while it waits already.
    Why: the time until the customer answers is not that of whoever works on the case.
    Then: the clocks stand still whose policy says so. Only a waiting that is resumed has an event for its
    end: read `standing.waiting_since` of each event that follows, and count no pairs.
    """

    reason: Personal | None = None


class WaitingEnded(CaseEvent, frozen=True, kw_only=True):
    """The case was resumed.

    When: `resume`, by the level that has it, while it waits.
    Why: work goes on although the customer has not written here, as after a telephone call.
    Then: the clocks that stood still go on. A waiting that ends by a message or a move has no such event.
    """


class MessagePosted(CaseEvent, frozen=True, kw_only=True):
    """A message was written; one from the customer ends a waiting. `readers` is empty if it is public.

    When: `message`, by any party of the case. It happened between the opening and the end of the case, and
    may be recorded late, also after the end.
    Why: it is what the parties said to each other; the first public one of an agent is the first response.
    Then: one of the customer's waits for a reply, and ends a waiting that began before it. It never reopens a
    resolved case.
    Fields: of an internal message `readers` names the organisations for which it was written. Nothing but
    this says so: whoever may read the topic may read the text, and shows it to people of these organisations
    only.
    """

    sender: Sender
    audience: Audience
    readers: tuple[str, ...] = ()
    text: Personal


class PriorityChanged(CaseEvent, frozen=True, kw_only=True):
    """The case became more urgent, or less.

    When: `priority`, by the level whose turn it is, until the case has ended.
    Why: targets of clocks, and the order of work, follow the priority.
    Then: a clock that runs has another target, from its start or from now on, as its policy says. What was
    missed stays missed.
    """


class CaseReclassified(CaseEvent, frozen=True, kw_only=True):
    """Category, topic or partner changed; a case whose category changed is opened from scratch.

    When: `reclassify`, by the level whose turn it is, before the case is resolved.
    Why: what it is about turned out to be something else, for other people to solve (rule 3).
    Then: with another category, or another `partner` of user support, it is in `opened`, for that
    organisation to take, and does not wait any more. With another topic only, it stays where it is, also at
    the vendor.
    """


class EffortRecorded(CaseEvent, frozen=True, kw_only=True):
    """Somebody worked on the case: `minutes` this time, `total_minutes` of all so far.

    When: `effort`, by an agent of the seller, the vendor or the partner, whoever has the case; it may be
    recorded late, as a message may.
    Why: workload and fees by the hour are reckoned from it.
    Then: the case is as it was. A run may take back a fee, and record it again (`fee_memo_…`).
    Fields: `total_minutes` is of all organisations together, in the order in which efforts were recorded.
    """

    minutes: int
    total_minutes: int
    note: Personal | None = None


class CaseResolved(CaseEvent, frozen=True, kw_only=True):
    """The level in `standing` solved it.

    When: `resolve`, by the level that has it; or implied by an import, with the code `unstated`.
    Why: the one who works on it says that it is done; whether it is, the customer says.
    Then: the customer or that level closes it or reopens it. The clocks of the resolution and of the level
    stop. From the first one a fee may follow (`fee_memo_recorded`).
    Fields: `resolution_code` is `solved`, `workaround`, `explained`, `no_fault_found`, `cannot_be_solved` or
    `unstated`; `standing.level` and `standing.organisation` stay those that resolved it.
    """

    resolution_code: str
    summary: Personal | None = None


class CaseReopened(CaseEvent, frozen=True, kw_only=True):
    """The case went back to the level that had resolved it.

    When: `reopen`, by the customer or that level, before it is closed; or implied by an import.
    Why: it was not solved after all. A message alone does not say so.
    Then: that level has it, in hand-over. The clocks of the resolution and of the level go on.
    """

    reason: Personal | None = None


ARRIVALS = (CaseTaken, CaseEscalated, CaseHandedBack, CaseReopened)
"""The events by which a case comes to a level."""


class CaseClosed(CaseEvent, frozen=True, kw_only=True):
    """The case ended, resolved.

    When: `close`, by the customer or the level that resolved it.
    Why: the customer agrees, or has nothing more to say.
    Then: it never moves again. Events may follow that record late what happened before: messages, effort, a
    pinned policy, and what its clocks say.
    """


class CaseCancelled(CaseEvent, frozen=True, kw_only=True):
    """The case ended unresolved: for a reason, or as the duplicate of the case with that reference.

    When: `cancel`, by the customer or the level whose turn it is, before the case is resolved.
    Why: nobody has to solve it, or another case is about the same.
    Then: as after `closed`. Its clocks have ended, neither met nor missed, but for what was missed before.
    Fields: `reason` or `duplicate_of` is there; nobody has checked that there is a case `duplicate_of`.
    """

    reason: Personal | None = None
    duplicate_of: str | None = None


class ActivityNoted(CaseEvent, frozen=True, kw_only=True):
    """A row of another system's log that is no legal move; it changes nothing.

    When: an import, for each row to which its mapping gives no action, or none that could be made legal.
    Why: each row of a log is kept, in exactly one event.
    Then: nothing. `source` has the row. It may lie before other events of the case, or after its end.
    """
