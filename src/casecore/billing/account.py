"""The account of a package: its maintenance charges, and their fold."""

from __future__ import annotations

import msgspec

from casecore.contract.billing import Charge, ChargeEvent
from casecore.contract.envelope import EventData, Fact


class Account(msgspec.Struct, frozen=True):
    """The charges of a package, the n-th with number n, as of the `version`-th event."""

    package: str
    charges: tuple[Charge, ...] = ()
    version: int = 0


def evolve(account: Account | None, fact: Fact[EventData]) -> Account:
    """The account after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, ChargeEvent):
        raise TypeError(f"{type(data).__name__} is not an event of a package's account")
    before = account or Account(data.package)
    place = data.charge.number - 1
    charges = (*before.charges[:place], data.charge, *before.charges[place + 1 :])
    return Account(data.package, charges, before.version + 1)
