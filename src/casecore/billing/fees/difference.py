"""How the fees that follow differ from the recorded memos, and the cause of each difference. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from msgspec.structs import replace

from casecore.billing.fees.agreements import Agreements, PriceList
from casecore.billing.fees.case_work import CaseWork, Giver
from casecore.billing.fees.followed import Followed, fees_of_case, fees_of_customer
from casecore.billing.fees.memos import Memos, subject_of
from casecore.billing.terms import Terms
from casecore.contract.billing import EventRef
from casecore.contract.fees import Fee, FeeService
from casecore.contract.streams import BILLING_TERMS
from casecore.licences.package import Package

NO_MEMOS = Memos()


class MemoChange(NamedTuple):
    """A memo to record, or to take back, and the event that led to it."""

    do: Literal["record", "reverse"]
    number: int
    fee: Fee
    caused_by: EventRef


class Inspection:
    """What memos are compared with: the agreements of some parties, and the rates of tax, up to a day.

    Memos of other parties and of later days are left alone. A memo that differs from its fee is reversed, and
    the fee recorded again: a memo is never changed.
    """

    def __init__(self, until: date, agreements: Mapping[str, Agreements], terms: Terms) -> None:
        self._until = until
        self._agreements = agreements
        self._terms = terms
        self._prices: dict[Giver, PriceList] = {
            (service, party): PriceList(known, service)
            for party, known in agreements.items()
            for service in FeeService
        }

    def concerns(self, work: CaseWork) -> bool:
        """Whether a fee of one of the parties may follow from the case."""
        return any(giver in self._prices for giver in work.resolutions)

    def changes_of_case(self, work: CaseWork, last_event: EventRef, kept: Memos) -> list[MemoChange]:
        """What is to be recorded of a case with this last event and these memos; reversals first."""
        followed = fees_of_case(work, self._prices, self._terms, self._until)
        return self._changes(kept, followed, last_event)

    def changes_of_customer(
        self, party: str, customer: str, packages: Sequence[Package], last_event: EventRef, kept: Memos
    ) -> list[MemoChange]:
        """What is to be recorded of the years of a seller's customer; `packages` are all that the seller sold
        to it.

        `last_event` is the last one of these packages.
        """
        prices = self._prices[(FeeService.LEVEL_0, party)]
        followed = fees_of_customer(customer, packages, prices, self._terms, self._until)
        return self._changes(kept, followed, last_event)

    def _changes(self, kept: Memos, followed: Iterator[Followed], facts: EventRef) -> list[MemoChange]:
        due = {subject_of(one.fee): one for one in followed}
        reversals = []
        for number, memo in enumerate(kept.all, start=1):
            is_looked_at = memo.fee.due_on <= self._until and memo.fee.party in self._agreements
            if memo.is_reversed or not is_looked_at:
                continue
            now = due.get(subject_of(memo.fee))
            if now is not None and now.fee == memo.fee:
                del due[subject_of(memo.fee)]
            else:
                reversals.append(MemoChange("reverse", number, memo.fee, self._cause(memo.fee, now, facts)))
        numbered = enumerate(due.values(), start=len(kept.all) + 1)
        return [
            *reversals,
            *(MemoChange("record", number, one.fee, one.caused_by) for number, one in numbered),
        ]

    def _cause(self, kept: Fee, now: Followed | None, facts: EventRef) -> EventRef:
        """Why a recorded fee does not follow any more: another rate, another agreement, or other facts."""
        if now is not None and replace(kept, vat_percent=now.fee.vat_percent) == now.fee:
            assert now.rate_version is not None  # where no tax is charged, another agreement says so
            return EventRef(BILLING_TERMS, now.rate_version)
        agreements = self._agreements[kept.party]
        agreed = self._prices[(kept.service, kept.party)].on(kept.customer, kept.due_on)
        if agreed is None or agreements.event_of(agreed) != kept.agreement:
            return agreements.last_event()
        return facts
