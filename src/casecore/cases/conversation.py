"""Messages and effort: what may be recorded late, and what a customer's message does to a waiting."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from casecore.cases.commands import PostMessage, RecordEffort
from casecore.cases.facts import event, personal
from casecore.cases.refusals import (
    AfterEnd,
    BeforeOpening,
    CustomerWritesPublicly,
    ReaderNotInvolved,
    ReadersMissing,
    ReadersOfPublicMessage,
    SenderIsAnother,
)
from casecore.cases.state import Case
from casecore.contract.cases import Audience, EffortRecorded, MessagePosted, Sender
from casecore.contract.envelope import Role
from casecore.contract.personal import Plain
from casecore.decider.command import GivenActor


def check_late(case: Case, at: datetime) -> None:
    """Raise BeforeOpening or AfterEnd for what happened outside the case's life."""
    if at < case.opened_at:
        raise BeforeOpening(at.isoformat(), case.opened_at.isoformat())
    if case.ended_at is not None and at > case.ended_at:
        raise AfterEnd(case.ended_at.isoformat())


def post_message(case: Case, actor: GivenActor, do: PostMessage, at: datetime) -> MessagePosted:
    """A message. One from the customer ends a waiting, unless it was written before the waiting began."""
    from_customer = _sender(actor, do) is Sender.CUSTOMER
    _check_readers(case, from_customer, do)
    standing = case.standing
    if from_customer and standing.waiting_since is not None and at >= standing.waiting_since:
        standing = replace(standing, waiting_since=None)
    return event(
        MessagePosted,
        case,
        standing,
        sender=Sender.CUSTOMER if from_customer else Sender.AGENT,
        audience=do.audience,
        readers=do.readers,
        text=Plain(do.text),
    )


def _sender(actor: GivenActor, do: PostMessage) -> Sender:
    own = Sender.CUSTOMER if actor.role is Role.CUSTOMER else Sender.AGENT
    if do.sender is not None and do.sender is not own and actor.role is not Role.SYSTEM:
        raise SenderIsAnother(do.sender.value, actor.role.value)
    return do.sender or own


def record_effort(case: Case, do: RecordEffort) -> EffortRecorded:
    """Time spent on the case."""
    return event(
        EffortRecorded,
        case,
        case.standing,
        minutes=do.minutes,
        total_minutes=case.effort_minutes + do.minutes,
        note=personal(do.note),
    )


def _check_readers(case: Case, from_customer: bool, do: PostMessage) -> None:
    if do.audience is Audience.PUBLIC:
        if do.readers:
            raise CustomerWritesPublicly() if from_customer else ReadersOfPublicMessage()
        return
    if from_customer:
        raise CustomerWritesPublicly()
    involved = tuple(dict.fromkeys(p for p in (case.seller, case.vendor, case.partner) if p))
    if not do.readers:
        raise ReadersMissing(involved)
    for reader in do.readers:
        if reader not in involved:
            raise ReaderNotInvolved(reader, involved)
