"""Memos as the command bus sees them: each is recorded once, and taken back once."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from casecore.billing.checks import check_billing_day
from casecore.billing.commands import MOST_CENTS
from casecore.billing.fees import agreements
from casecore.billing.fees.agreements import Agreements
from casecore.billing.fees.commands import FeeMemoCommand
from casecore.billing.fees.memos import Memo, Memos, evolve, subject_of
from casecore.billing.fees.refusals import FeeMemoMovedOn, FeeNotDue, FeeOutOfRange, MemosAreDecided
from casecore.contract.envelope import Role
from casecore.contract.fees import CustomerYear, Fee, FeeMemoRecorded, FeeMemoReversed, ResolvedCase
from casecore.contract.streams import case_fees_stream_id, customer_fees_stream_id, fee_agreements_stream_id
from casecore.decider.business_day import day_of
from casecore.decider.decider import Context, Decider, Decision, Evolve

_UNCHANGED = Decision(())


def decide(memos: Memos | None, command: FeeMemoCommand, context: Context) -> Decision:
    """The fact about a memo; none if it changes nothing. Raises a Refusal.

    A number names one memo for ever, so that of several runs with the same finding only one records it.
    """
    if command.actor.role is not Role.SYSTEM:
        raise MemosAreDecided(command.actor.role.value)
    known = memos.all if memos else ()
    if command.do == "record":
        return _record(known, command, context)
    return _reverse(known, command)


def _record(known: tuple[Memo, ...], command: FeeMemoCommand, context: Context) -> Decision:
    number, fee = command.number, command.fee
    if number <= len(known) and known[number - 1] == Memo(fee):
        return _UNCHANGED
    if number != len(known) + 1:
        raise FeeMemoMovedOn(number, "recorded", f"not the next, which is {len(known) + 1}")
    if any(subject_of(memo.fee) == subject_of(fee) for memo in known if not memo.is_reversed):
        raise FeeMemoMovedOn(number, "recorded", "recorded under another number")
    check_billing_day("fee.due_on", fee.due_on)
    today = day_of(context.now)
    if fee.due_on > today:
        raise FeeNotDue(fee.due_on.isoformat(), today.isoformat())
    if not 0 < fee.net_cents <= MOST_CENTS:
        raise FeeOutOfRange("fee.net_cents", fee.net_cents, MOST_CENTS)
    if not _has_agreement(fee, context.related_streams[fee_agreements_stream_id(fee.party)]):
        raise FeeMemoMovedOn(number, "recorded", "without a valid agreement of the party")
    return Decision((FeeMemoRecorded(number=number, fee=fee, caused_by=command.caused_by),))


def _reverse(known: tuple[Memo, ...], command: FeeMemoCommand) -> Decision:
    number = command.number
    if number > len(known) or known[number - 1].fee != command.fee:
        raise FeeMemoMovedOn(number, "reversed", "not recorded with this fee")
    if known[number - 1].is_reversed:
        return _UNCHANGED
    return Decision((FeeMemoReversed(number=number, fee=command.fee, caused_by=command.caused_by),))


def _has_agreement(fee: Fee, known: Agreements | None) -> bool:
    return known is not None and any(known.event_of(agreed) == fee.agreement for agreed in known.valid())


def stream_of(command: FeeMemoCommand) -> UUID:
    """The stream that a command is for: the case's, or that of the party's customer."""
    return memos_stream_id(command.fee)


def memos_stream_id(fee: Fee) -> UUID:
    """The stream of the memos of a fee."""
    match fee.covers:
        case ResolvedCase(case=case):
            return case_fees_stream_id(case)
        case CustomerYear():
            return customer_fees_stream_id(fee.party, fee.customer)


def related_streams(command: FeeMemoCommand) -> Mapping[UUID, Evolve]:
    """A memo names an agreement of its party."""
    return {fee_agreements_stream_id(command.fee.party): agreements.evolve}


FEE_MEMOS = Decider[Memos, FeeMemoCommand](FeeMemoCommand, stream_of, decide, evolve, related_streams)
