"""From each action on a case to its event, or a refusal, in the order of a case's life. Pure.

Times come with the context. The opening (`opening`), service levels in a case (`service_levels`) and the
import of another system's log (`imported`) have pages of their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias, assert_never

from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.cases import refusals
from casecore.cases.events import event, personal
from casecore.cases.lifecycle import AT_WORK, ENDED, LEVEL_AT, state_after
from casecore.cases.opening import open_case
from casecore.cases.permissions import Parties, check_involved, check_permission
from casecore.cases.state import Case
from casecore.cases.topics import check_topic
from casecore.contract import cases as e
from casecore.contract.cases import Audience, Category, Sender, Standing, State
from casecore.contract.envelope import Role
from casecore.contract.personal import Plain
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context

Move: TypeAlias = c.TakeCase | c.EscalateCase | c.HandBackCase | c.ResolveCase | c.ReopenCase | c.CloseCase
AtWork: TypeAlias = c.AssignCase | c.WaitForCustomer | c.ResumeCase
OnOpened: TypeAlias = (
    Move | AtWork | c.PostMessage | c.RecordEffort | c.ChangePriority | c.ReclassifyCase | c.CancelCase
)


def decide_action(
    case: Case | None, reference: str, actor: GivenActor, do: c.PlainAction, context: Context
) -> e.CaseEvent | None:
    """The event that an action leads to, or None if it changes nothing; raises a Refusal."""
    if isinstance(do, c.OpenCase):
        return open_case(case, reference, actor, do, context)
    if case is None:
        raise refusals.CaseUnknown(reference)
    check_involved(actor, case)
    _check_time(case, do, context.occurred_at)
    made = _decide_on_opened(case, actor, do, context.occurred_at)
    # Last, so that what nobody can do is not refused as what only others may do.
    check_permission(do.verb, actor.role, case.standing)
    return made


def _decide_on_opened(case: Case, actor: GivenActor, do: OnOpened, at: datetime) -> e.CaseEvent | None:
    match do:
        case c.AssignCase() | c.WaitForCustomer() | c.ResumeCase():
            return _at_work(case, do, at)
        case c.PostMessage():
            return _post_message(case, actor, do, at)
        case c.RecordEffort():
            return _record_effort(case, do)
        case c.ChangePriority():
            return _change_priority(case, do)
        case c.ReclassifyCase():
            return _reclassify(case, do)
        case c.CancelCase():
            return _cancel(case, do)
        case _:
            return _move(case, do)


def _check_time(case: Case, do: OnOpened, at: datetime) -> None:
    """Messages and effort may be recorded late; nothing else precedes the case's last change."""
    if not isinstance(do, c.PostMessage | c.RecordEffort):
        if at < case.changed_at:
            raise refusals.OutOfOrder(at.isoformat(), case.changed_at.isoformat())
    elif at < case.opened_at:
        raise refusals.BeforeOpening(at.isoformat(), case.opened_at.isoformat())
    elif case.ended_at is not None and at > case.ended_at:
        raise refusals.AfterEnd(case.ended_at.isoformat())


# From level to level, to its resolution and its end.


def _move(case: Case, do: Move) -> e.CaseEvent:
    state = state_after(case.standing, do.verb)
    match do:
        case c.TakeCase(agent=agent):
            return event(e.CaseTaken, case, _moved(case, state, agent))
        case c.EscalateCase(reason=reason):
            return event(e.CaseEscalated, case, _moved(case, state), reason=personal(reason))
        case c.HandBackCase(reason=reason):
            return event(e.CaseHandedBack, case, _moved(case, state), reason=personal(reason))
        case c.ResolveCase(resolution_code=code, summary=summary):
            standing = _moved(case, state)
            return event(e.CaseResolved, case, standing, resolution_code=code, summary=personal(summary))
        case c.ReopenCase(reason=reason):
            return event(e.CaseReopened, case, _moved(case, state), reason=personal(reason))
        case c.CloseCase():
            return event(e.CaseClosed, case, _moved(case, state))
        case _:
            assert_never(do)


def _moved(case: Case, state: State, agent: str | None = None) -> Standing:
    """The standing after a move, which ends waiting and the assignment, and may name an agent."""
    before = case.standing
    level = LEVEL_AT.get(state)
    match state:
        case State.OPENED:
            organisation = Parties.of(case).first_contact(before.category)
        case State.RESELLER_L0:
            organisation = case.seller
        case State.ESCALATED_L1:
            organisation = case.vendor
        case State.PARTNER_SUPPORT:
            organisation = case.partner or ""
        case State.RESOLVED | State.CLOSED | State.CANCELLED:
            organisation, level = before.organisation, before.level
    return replace(
        before, state=state, level=level, organisation=organisation, agent=agent, waiting_since=None
    )


# While somebody works on it.


def _at_work(case: Case, do: AtWork, at: datetime) -> e.CaseEvent | None:
    before = case.standing
    if before.state not in AT_WORK:
        raise refusals.NotAtWork(do.verb, before.state.value)
    match do:
        case c.AssignCase(agent=agent):
            if agent == before.agent:
                return None
            return event(e.CaseAssigned, case, replace(before, agent=agent))
        case c.WaitForCustomer(reason=reason):
            if before.waiting_since is not None:
                return None
            waiting = replace(before, waiting_since=at)
            return event(e.WaitingStarted, case, waiting, reason=personal(reason))
        case c.ResumeCase():
            if before.waiting_since is None:
                return None
            return event(e.WaitingEnded, case, replace(before, waiting_since=None))
        case _:
            assert_never(do)


def _post_message(case: Case, actor: GivenActor, do: c.PostMessage, at: datetime) -> e.MessagePosted:
    """A customer's message ends a waiting, unless it was written before the waiting began."""
    sender = _sender(actor, do)
    _check_readers(case, sender, do)
    standing = case.standing
    since = standing.waiting_since
    if sender is Sender.CUSTOMER and since is not None and at >= since:
        standing = replace(standing, waiting_since=None)
    text = Plain(do.text)
    return event(
        e.MessagePosted, case, standing, sender=sender, audience=do.audience, readers=do.readers, text=text
    )


def _sender(actor: GivenActor, do: c.PostMessage) -> Sender:
    own = Sender.CUSTOMER if actor.role is Role.CUSTOMER else Sender.AGENT
    if do.sender is not None and do.sender is not own and actor.role is not Role.SYSTEM:
        raise refusals.SenderIsAnother(do.sender.value, actor.role.value)
    return do.sender or own


def _check_readers(case: Case, sender: Sender, do: c.PostMessage) -> None:
    is_internal = do.audience is Audience.INTERNAL
    if sender is Sender.CUSTOMER and (is_internal or do.readers):
        raise refusals.CustomerWritesPublicly()
    if not is_internal:
        if do.readers:
            raise refusals.ReadersOfPublicMessage()
        return
    involved = tuple(dict.fromkeys(party for party in (case.seller, case.vendor, case.partner) if party))
    if not do.readers:
        raise refusals.ReadersMissing(involved)
    for reader in do.readers:
        if reader not in involved:
            raise refusals.ReaderNotInvolved(reader, involved)


def _record_effort(case: Case, do: c.RecordEffort) -> e.EffortRecorded:
    total, note = case.effort_minutes + do.minutes, personal(do.note)
    return event(e.EffortRecorded, case, case.standing, minutes=do.minutes, total_minutes=total, note=note)


# What kind of case it is, and how urgent.


def _change_priority(case: Case, do: c.ChangePriority) -> e.CaseEvent | None:
    before = case.standing
    if before.state in ENDED:
        raise refusals.AlreadyEnded(do.verb, before.state.value)
    if do.priority is before.priority:
        return None
    return event(e.PriorityChanged, case, replace(before, priority=do.priority))


def _reclassify(case: Case, do: c.ReclassifyCase) -> e.CaseEvent | None:
    """With another category, or another partner for user support, the case goes back to `opened`."""
    before = case.standing
    if before.state is not State.OPENED and before.state not in AT_WORK:
        raise refusals.AlreadySolved(do.verb, before.state.value)
    partner = do.partner or case.partner
    check_topic(do.category, do.topic, partner)
    if (before.category, before.topic, case.partner) == (do.category, do.topic, partner):
        return None
    standing = replace(before, category=do.category, topic=do.topic)
    changed = replace(case, partner=partner, standing=standing)
    handed_on = do.category is Category.USER_SUPPORT and partner != case.partner
    if before.category is not do.category or handed_on:
        standing = _moved(changed, state_after(before, "reclassify"))
    return event(e.CaseReclassified, changed, standing)


# Its end without a resolution.


def _cancel(case: Case, do: c.CancelCase) -> e.CaseEvent:
    state = state_after(case.standing, do.verb)
    if do.reason is None and do.duplicate_of is None:
        raise refusals.CancelReasonMissing()
    if do.duplicate_of == case.reference:
        raise refusals.DuplicateOfItself(case.reference)
    reason, standing = personal(do.reason), _moved(case, state)
    return event(e.CaseCancelled, case, standing, reason=reason, duplicate_of=do.duplicate_of)
