"""What each organisation may see of the business with accounts: found by walking its events.

It is written apart from the program's own rules and queries.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from casecore.contract.billing import (
    Charge,
    ChargeEvent,
    DocumentIssued,
    DocumentKind,
    MaintenanceFeeFellDue,
    MaintenanceFeeReversed,
    SettlementClosed,
)
from casecore.contract.buyers import BuyerHeld
from casecore.contract.fees import Fee, FeeMemoEvent
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyEvent
from casecore.contract.types import EVENT_TYPES
from casecore.store.log import LogReader
from tests.api.accounts import TODAY, VENDOR


class Posting(NamedTuple):
    """What an event posts: cents by account, debits above zero."""

    position: int
    party: str
    cents: dict[str, int]


class Reference:
    """What each organisation may see, by the events."""

    def __init__(self, database: str) -> None:
        """Walk the whole log."""
        self.parties: dict[str, PartyEvent] = {}
        self.packages: dict[str, LicenceEvent] = {}
        self.charges: dict[tuple[str, int], Charge] = {}
        self.account_events: list[tuple[str, int, str]] = []
        self.documents: dict[str, DocumentIssued] = {}
        self.settlements: dict[tuple[str, int], SettlementClosed] = {}
        self.held: set[str] = set()
        self.memos: list[Fee] = []
        self.postings: list[Posting] = []
        with LogReader(database) as log:
            for stored in log.read(0, 100_000):
                self._walk(stored.position, EVENT_TYPES.decode(stored.type, stored.body).data)

    def _walk(self, position: int, data: Any) -> None:
        match data:
            case PartyEvent():
                self.parties[data.party] = data
            case LicenceEvent():
                self.packages[data.package] = data
            case ChargeEvent():
                self.charges[data.package, data.charge.number] = data.charge
                self.account_events.append((data.package, position, data.charge.owed_by))
            case DocumentIssued():
                self.documents[data.number] = data
            case SettlementClosed():
                self.settlements[data.seller, data.year] = data
            case BuyerHeld():
                self.held.add(data.buyer)
            case FeeMemoEvent():
                self.memos.append(data.fee)
            case _:
                pass
        self._post(position, data)

    def _post(self, position: int, data: Any) -> None:
        def post(party: str, **cents: int) -> None:
            self.postings.append(Posting(position, party, cents))

        match data:
            case MaintenanceFeeFellDue(charge=charge):
                post(charge.owed_by, unbilled_receivable=charge.net_cents, revenue=-charge.net_cents)
            case MaintenanceFeeReversed(charge=charge):
                post(charge.owed_by, unbilled_receivable=-charge.net_cents, revenue=charge.net_cents)
            case DocumentIssued(buyer=buyer):
                sign = -1 if data.kind is DocumentKind.CORRECTION else 1
                post(
                    buyer,
                    receivable=sign * data.gross_cents,
                    unbilled_receivable=-sign * data.net_cents,
                    vat=-sign * data.vat_cents,
                )

    def memos_of(self, viewer: str) -> list[Fee]:
        """What a party charges is its own, and nobody else's, nor the vendor's."""
        return [fee for fee in self.memos if fee.party == viewer]

    def parties_of(self, viewer: str) -> set[str]:
        """The vendor sees all parties, others themselves."""
        return {party for party in self.parties if viewer in (VENDOR, party)}

    def packages_of(self, viewer: str) -> set[str]:
        """The vendor sees all packages, others those whose customer or seller they are today."""
        return {name for name in self.packages if viewer in (VENDOR, *self.holders(name))}

    def holders(self, package: str) -> tuple[str, str]:
        """The customer and the seller of a package today."""
        licence = self.packages[package].licence
        sellers = [one.seller for one in licence.assignments if one.from_on <= TODAY]
        customers = [one.customer for one in licence.customers if one.from_on <= TODAY]
        return (customers or [licence.customer])[-1], sellers[-1]

    def charges_of(self, viewer: str) -> set[tuple[str, int]]:
        """The vendor sees all charges, others those that they owe."""
        return {key for key, charge in self.charges.items() if viewer in (VENDOR, charge.owed_by)}

    def account_events_of(self, viewer: str, package: str) -> set[int]:
        """The positions of the events of a package's charges that the viewer sees."""
        return {
            position
            for name, position, owed_by in self.account_events
            if name == package and viewer in (VENDOR, owed_by)
        }

    def unbilled_of(self, viewer: str) -> set[tuple[str, int]]:
        """Those of them that no document bills, and those that are reversed and still billed."""
        charges = self.charges
        return {
            key for key in self.charges_of(viewer) if charges[key].is_reversed == bool(charges[key].billed)
        }

    def held_of(self, viewer: str) -> set[tuple[str, int]]:
        """The vendor sees what is on hold, and nobody else."""
        charges = self.charges if viewer == VENDOR else {}
        return {key for key in self.unbilled_of(viewer) if charges and charges[key].owed_by in self.held}

    def documents_of(self, viewer: str) -> set[str]:
        """The vendor sees all documents, others those issued to them."""
        return {number for number, one in self.documents.items() if viewer in (VENDOR, one.buyer)}

    def settlements_of(self, viewer: str) -> set[tuple[str, int]]:
        """The vendor sees all settlements, a reseller its own."""
        return {key for key in self.settlements if viewer in (VENDOR, key[0])}

    def postings_of(self, viewer: str) -> list[Posting]:
        """The vendor sees all postings, others those to their own account."""
        return [one for one in self.postings if viewer in (VENDOR, one.party)]

    def balance_of(self, viewer: str) -> dict[str, int]:
        """The sums of the accounts over these; a debit is above zero."""
        sums: Counter[str] = Counter()
        for posting in self.postings_of(viewer):
            sums.update(posting.cents)
        return dict(sums)
