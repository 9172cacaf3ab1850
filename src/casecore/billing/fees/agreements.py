"""What a party charges a customer on a day: its agreements, their fold, and which one applies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from casecore.contract.billing import EventRef
from casecore.contract.envelope import EventData, Fact
from casecore.contract.fees import FeeAgreed, FeeAgreement, FeeAgreementEvent, FeeService, YearlyFee
from casecore.contract.streams import fee_agreements_stream_id


class Agreed(msgspec.Struct, frozen=True):
    """An agreement as it is now, and the event of its party's stream that agreed it."""

    agreement: FeeAgreement
    version: int


class Agreements(msgspec.Struct, frozen=True):
    """All agreements of a party, the n-th with number n, after the `version`-th event of its stream."""

    party: str
    all: tuple[Agreed, ...] = ()
    version: int = 0

    def valid(self) -> Iterator[Agreed]:
        """The agreements that were not withdrawn."""
        return (agreed for agreed in self.all if not agreed.agreement.is_withdrawn)

    def of(self, service: FeeService, customer: str | None) -> list[Agreed]:
        """The agreements with one customer, or (None) those for all customers, in the order of their days."""
        found = [
            agreed
            for agreed in self.valid()
            if agreed.agreement.service is service and agreed.agreement.customer == customer
        ]
        return sorted(found, key=lambda agreed: agreed.agreement.from_on)

    def event_of(self, agreed: Agreed) -> EventRef:
        """The event that agreed it."""
        return EventRef(fee_agreements_stream_id(self.party), agreed.version)

    def last_event(self) -> EventRef:
        """The last event of all its agreements."""
        return EventRef(fee_agreements_stream_id(self.party), self.version)


class PriceList:
    """A party's agreements for one service, indexed by customer."""

    def __init__(self, agreements: Agreements, service: FeeService) -> None:
        self.agreements = agreements
        self._general = agreements.of(service, None)
        self._own: dict[str, list[Agreed]] = {}
        for agreed in sorted(agreements.valid(), key=lambda one: one.agreement.from_on):
            customer = agreed.agreement.customer
            if customer is not None and agreed.agreement.service is service:
                self._own.setdefault(customer, []).append(agreed)

    def on(self, customer: str, day: date) -> Agreed | None:
        """The agreement that applies to a customer on a day: its own, or else the one for all."""
        return _applying(self._own.get(customer, ()), day) or _applying(self._general, day)

    def change_days(self, customer: str) -> set[date]:
        """The days on which another agreement may begin to apply to a customer."""
        agreements = [agreed.agreement for agreed in (*self._own.get(customer, ()), *self._general)]
        ends = {one.ended_from_on for one in agreements if one.ended_from_on is not None}
        return ends.union(one.from_on for one in agreements)


def has_yearly(agreements: Agreements) -> bool:
    """Whether any agreement is, or was before it was withdrawn, by the year."""
    return any(isinstance(agreed.agreement.terms, YearlyFee) for agreed in agreements.all)


def evolve(agreements: Agreements | None, fact: Fact[EventData]) -> Agreements:
    """The agreements after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, FeeAgreementEvent):
        raise TypeError(f"{type(data).__name__} is not an event of a party's agreements")
    before = agreements or Agreements(data.party)
    version = before.version + 1
    if isinstance(data, FeeAgreed):
        return Agreements(data.party, (*before.all, Agreed(data.agreement, version)), version)
    place = data.agreement.number - 1
    changed = Agreed(data.agreement, before.all[place].version)
    return Agreements(data.party, (*before.all[:place], changed, *before.all[place + 1 :]), version)


def _applying(agreements: list[Agreed] | tuple[()], day: date) -> Agreed | None:
    """The last one that has begun, unless it has ended: an earlier one, once replaced, does not come back."""
    begun = [agreed for agreed in agreements if agreed.agreement.from_on <= day]
    if not begun:
        return None
    ended_from_on = begun[-1].agreement.ended_from_on
    return begun[-1] if ended_from_on is None or day < ended_from_on else None
