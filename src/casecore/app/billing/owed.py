"""What was due, billed and owed of each party on a day, by what was recorded by then: from the events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from casecore.app.application import Application
from casecore.contract.billing import (
    DocumentIssued,
    DocumentKind,
    MaintenanceFeeFellDue,
    MaintenanceFeeReversed,
)
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut, fact_of
from casecore.store.streams import read_of_types

_POSTED = (MaintenanceFeeFellDue, MaintenanceFeeReversed, DocumentIssued)
_NAMES = frozenset(known.name for known in EVENT_TYPES.all if known.struct in _POSTED)


class Owed(NamedTuple):
    """What a party owed; amounts in cents.

    `due_net_cents` is what fell due, less what turned out not to be due. Of that `billed_net_cents` was
    billed, less what corrections took back, and `unbilled_net_cents` was to be billed yet. With its
    `vat_cents`, what was billed is `owed_gross_cents`: payments are not known.
    """

    party: str
    due_net_cents: int
    billed_net_cents: int
    unbilled_net_cents: int
    vat_cents: int
    owed_gross_cents: int


class OwedOnDay(NamedTuple):
    """What the parties owed on a day, by their names, and in sum; `left_out` has a newer program recorded."""

    on: date
    recorded_by: datetime | None
    parties: list[Owed]
    total: Owed
    left_out: tuple[str, ...]


@dataclass
class _Sums:
    due: int = 0
    billed: int = 0
    vat: int = 0
    gross: int = 0

    def owed(self, party: str) -> Owed:
        return Owed(party, self.due, self.billed, self.due - self.billed, self.vat, self.gross)


def owed_on(
    app: Application, on: date, recorded_by: datetime | None = None, party: str | None = None
) -> OwedOnDay:
    """What parties owed, or one of them, at the end of a day; a fee by its due date, a document by its own.

    By all that was recorded by an instant, None for now; all is read at one position of the log. A party
    for which nothing was posted by then is left out. Raises TablesMissing and DatabaseUnavailable.
    """
    head = app.log.head()
    up_to = head.position if recorded_by is None else app.log.last_recorded_by(recorded_by)
    left_out = LeftOut()
    found = owed_by(read_of_types(app.database, _NAMES, up_to), on, left_out)
    app.freshness.of_events(head, recorded_by)
    asked = [owed for owed in found if party in (None, owed.party)]
    return OwedOnDay(on, recorded_by, asked, _total(asked), left_out.names())


def owed_by(stored: Iterable[StoredEvent], on: date, left_out: LeftOut) -> list[Owed]:
    """What parties owed at the end of a day, by their names, from the events in any order."""
    parties: dict[str, _Sums] = {}
    for event in stored:
        fact = left_out.read_or_leave_out(partial(fact_of, event))
        if fact is None:
            continue
        data = fact.data
        match data:
            case MaintenanceFeeFellDue(charge=charge) if charge.period_start_on <= on:
                parties.setdefault(charge.owed_by, _Sums()).due += charge.net_cents
            case MaintenanceFeeReversed(charge=charge) if charge.period_start_on <= on:
                parties.setdefault(charge.owed_by, _Sums()).due -= charge.net_cents
            case DocumentIssued() if data.issued_on <= on:
                _add_document(parties.setdefault(data.buyer, _Sums()), data)
    return [sums.owed(party) for party, sums in sorted(parties.items())]


def _total(found: Iterable[Owed]) -> Owed:
    total = _Sums()
    for owed in found:
        total.due += owed.due_net_cents
        total.billed += owed.billed_net_cents
        total.vat += owed.vat_cents
        total.gross += owed.owed_gross_cents
    return total.owed("")


def _add_document(sums: _Sums, issued: DocumentIssued) -> None:
    sign = -1 if issued.kind is DocumentKind.CORRECTION else 1
    sums.billed += sign * issued.net_cents
    sums.vat += sign * issued.vat_cents
    sums.gross += sign * issued.gross_cents
