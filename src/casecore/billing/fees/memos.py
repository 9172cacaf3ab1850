"""Memos: the recorded fees of a case, or of a customer's years, and their fold."""

from __future__ import annotations

import msgspec

from casecore.contract.envelope import EventData, Fact
from casecore.contract.fees import CustomerYear, Fee, FeeMemoEvent, FeeMemoReversed, ResolvedCase


class Memo(msgspec.Struct, frozen=True):
    """A memo: its fee, and whether it was reversed."""

    fee: Fee
    is_reversed: bool = False


class Memos(msgspec.Struct, frozen=True):
    """The memos of a stream, the n-th with number n."""

    all: tuple[Memo, ...] = ()


def subject_of(fee: Fee) -> tuple[object, ...]:
    """What a fee is for, in its stream: of the memos for one subject at most one is not reversed."""
    match fee.covers:
        case ResolvedCase():
            return (fee.service, fee.party)
        case CustomerYear(start_on=start_on):
            return (fee.service, fee.party, start_on)


def evolve(memos: Memos | None, fact: Fact[EventData]) -> Memos:
    """The memos after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, FeeMemoEvent):
        raise TypeError(f"{type(data).__name__} is not an event of fee memos")
    before = memos.all if memos else ()
    place = data.number - 1
    memo = Memo(data.fee, isinstance(data, FeeMemoReversed))
    return Memos((*before[:place], memo, *before[place + 1 :]))
