"""How an action on a case becomes an event, or a refusal. Pure: the time comes with the context."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias, assert_never

from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.cases import refusals
from casecore.cases.conversation import check_late, post_message, record_effort
from casecore.cases.facts import event, moved, personal
from casecore.cases.lifecycle import AT_WORK, ENDED, state_after
from casecore.cases.opening import check_topic, open_case
from casecore.cases.permissions import Parties, check_party, check_permission
from casecore.cases.pinning import pin_policy
from casecore.cases.state import Case
from casecore.contract import cases as e
from casecore.contract.cases import Category, State
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context

Move: TypeAlias = c.TakeCase | c.EscalateCase | c.HandBackCase | c.ResolveCase | c.ReopenCase | c.CloseCase
Flag: TypeAlias = c.AssignCase | c.WaitForCustomer | c.ResumeCase
Known: TypeAlias = (
    Move | Flag | c.PostMessage | c.RecordEffort | c.ChangePriority | c.ReclassifyCase | c.CancelCase
)


def decide_action(
    case: Case | None, reference: str, actor: GivenActor, do: c.PlainAction | c.PinPolicy, context: Context
) -> e.CaseEvent | None:
    """The event that an action leads to, or None if it changes nothing; raises a Refusal."""
    if isinstance(do, c.OpenCase):
        return open_case(case, reference, actor, do, context.vendor)
    if case is None:
        raise refusals.CaseUnknown(reference)
    check_party(actor, Parties(case.customer, case.seller, case.vendor, case.partner))
    if isinstance(do, c.PinPolicy):
        return pin_policy(case, actor, do, context)
    if isinstance(do, c.PostMessage | c.RecordEffort):
        check_late(case, context.occurred_at)
    elif context.occurred_at < case.changed_at:
        raise refusals.OutOfOrder(context.occurred_at.isoformat(), case.changed_at.isoformat())
    made = _decide_known(case, actor, do, context.occurred_at)
    # Last, so that what nobody can do is not refused as what only others may do.
    check_permission(do.verb, actor.role, case.standing)
    return made


def _decide_known(case: Case, actor: GivenActor, do: Known, at: datetime) -> e.CaseEvent | None:
    match do:
        case c.PostMessage():
            return post_message(case, actor, do, at)
        case c.RecordEffort():
            return record_effort(case, do)
        case c.AssignCase() | c.WaitForCustomer() | c.ResumeCase():
            return _set_flag(case, do, at)
        case c.ChangePriority(priority=priority):
            return _change_priority(case, do, priority)
        case c.ReclassifyCase():
            return _reclassify(case, do)
        case c.CancelCase():
            return _cancel(case, do)
        case _:
            return _move(case, do)


def _move(case: Case, do: Move) -> e.CaseEvent:
    state = state_after(case.standing, do.verb)
    match do:
        case c.TakeCase(agent=agent):
            return event(e.CaseTaken, case, moved(case, state, agent))
        case c.EscalateCase(reason=reason):
            return event(e.CaseEscalated, case, moved(case, state), reason=personal(reason))
        case c.HandBackCase(reason=reason):
            return event(e.CaseHandedBack, case, moved(case, state), reason=personal(reason))
        case c.ResolveCase(resolution_code=code, summary=summary):
            return event(
                e.CaseResolved,
                case,
                moved(case, state),
                resolution_code=code,
                summary=personal(summary),
            )
        case c.ReopenCase(reason=reason):
            return event(e.CaseReopened, case, moved(case, state), reason=personal(reason))
        case c.CloseCase():
            return event(e.CaseClosed, case, moved(case, state))
        case _:
            assert_never(do)


def _set_flag(case: Case, do: Flag, at: datetime) -> e.CaseEvent | None:
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


def _change_priority(case: Case, do: c.ChangePriority, priority: e.Priority) -> e.CaseEvent | None:
    if case.standing.state in ENDED:
        raise refusals.AlreadyEnded(do.verb, case.standing.state.value)
    if priority is case.standing.priority:
        return None
    return event(e.PriorityChanged, case, replace(case.standing, priority=priority))


def _reclassify(case: Case, do: c.ReclassifyCase) -> e.CaseEvent | None:
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
        standing = moved(changed, state_after(before, "reclassify"))
    return event(e.CaseReclassified, changed, standing)


def _cancel(case: Case, do: c.CancelCase) -> e.CaseEvent:
    state = state_after(case.standing, do.verb)
    if do.reason is None and do.duplicate_of is None:
        raise refusals.CancelReasonMissing()
    if do.duplicate_of == case.reference:
        raise refusals.DuplicateOfItself(case.reference)
    return event(
        e.CaseCancelled,
        case,
        moved(case, state),
        reason=personal(do.reason),
        duplicate_of=do.duplicate_of,
    )
