"""What an organisation may see of a log, found by walking its events, apart from the program's own rules.

And the same log without what it may not see: its twin.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from casecore.contract import billing as b
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.cases import Audience, CaseCancelled, CaseEvent, MessagePosted
from casecore.contract.envelope import EventData
from casecore.contract.fees import FeeAgreementEvent, FeeMemoEvent
from casecore.contract.licences import LicenceEvent
from casecore.contract.parties import PartyEvent
from casecore.contract.personal import legible
from casecore.contract.service_levels import CalendarPublished, PolicyPinned, PolicyPublished
from casecore.contract.streams import case_stream_id
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from tests.api.accounts import TODAY
from tests.visibility.worlds import VENDOR

Data = dict[str, Any]

_TERMS = (MaintenancePriceSet, VatRateSet)
_NOT_FOR_THE_VENDOR = (FeeAgreementEvent, FeeMemoEvent, CalendarPublished, PolicyPublished)
_NAMES = ("customer", "seller", "partner", "owed_by", "buyer", "package")
"""Fields that name an organisation or a package in what is altered."""


def data_of(event: StoredEvent) -> EventData:
    """What an event says."""
    return EVENT_TYPES.decode(event.type, event.body).data


class Walk:
    """What each organisation may see of a log."""

    def __init__(self, log: Sequence[StoredEvent]) -> None:
        """Walk the whole log."""
        self.log = log
        self.data = {event.position: data_of(event) for event in log}
        self.last = {event.stream_id: self.data[event.position] for event in log}

    def sees(self, event: StoredEvent, organisation: str) -> bool:
        """Whether an organisation may see an event."""
        data = self.data[event.position]
        if isinstance(data, CaseEvent):
            return self.has_part(event.stream_id, organisation) and _is_for(data, organisation)
        if isinstance(data, LicenceEvent):
            return organisation in (VENDOR, *self._holders(event.stream_id))
        if isinstance(data, _NOT_FOR_THE_VENDOR):
            return organisation == _whose(data)
        return organisation in (VENDOR, _whose(data))

    def has_part(self, case: UUID, organisation: str) -> bool:
        """Whether a case is there, and an organisation has a part in it now."""
        data = self.last.get(case)
        return isinstance(data, CaseEvent) and organisation in (
            data.customer,
            data.seller,
            data.partner,
            data.vendor,
        )

    def cases_of(self, organisation: str) -> set[str]:
        """The cases in which an organisation has a part now."""
        return {
            data.reference
            for stream_id, data in self.last.items()
            if isinstance(data, CaseEvent) and self.has_part(stream_id, organisation)
        }

    def words_for(self, organisation: str | None) -> frozenset[str]:
        """The words of cases that an organisation may see; all of them, for None."""
        seen = (one for one in self.log if organisation is None or self.sees(one, organisation))
        return frozenset().union(*(_words_of(self.data[event.position]) for event in seen))

    def events_of(self, organisation: str) -> set[str]:
        """The ids of the events that an organisation may see, as the feed has them."""
        return {f"{one.stream_id}/{one.version}" for one in self.log if self.sees(one, organisation)}

    def twin(self, organisation: str) -> list[StoredEvent]:
        """The log in which all is missing, or is another, that an organisation may not see.

        A stream of which it sees nothing is missing, and so is what came after the last event that it sees.
        Those between them that it does not see say something else: the versions have gaps, as docs/api.md
        says. Prices and rates are the same, of another actor: what is owed says by which it was charged.
        """
        last = {event.stream_id: event.version for event in self.log if self.sees(event, organisation)}
        return [
            self._as_twin(event, organisation)
            for event in self.log
            if event.version <= last.get(event.stream_id, 0) or isinstance(self.data[event.position], _TERMS)
        ]

    def _as_twin(self, event: StoredEvent, organisation: str) -> StoredEvent:
        data, is_seen = self.data[event.position], self.sees(event, organisation)
        change: Callable[[Data], None] | None = None
        if not is_seen:
            change = _alter_message if isinstance(data, MessagePosted) else _alter
        elif isinstance(data, CaseCancelled) and data.duplicate_of is not None:
            if not self.has_part(case_stream_id(data.duplicate_of), organisation):
                change = _alter_duplicate
        elif isinstance(data, PolicyPinned) and data.policy.organisation != organisation:
            change = _alter_match
        fact = json.loads(event.body)
        asked_for_it = fact.get("on_behalf_of")
        is_anothers = asked_for_it is not None and organisation not in (VENDOR, asked_for_it["organisation"])
        if change is None and not is_anothers:
            return event
        if not is_seen:
            fact["actor"]["person"] = "somebody"
        if is_anothers:
            fact["on_behalf_of"] = {"person": "somebody", "organisation": "elsewhere", "role": "partner"}
        if change is not None and not isinstance(data, _TERMS):
            change(fact["data"])
        return event._replace(body=json.dumps(fact, ensure_ascii=False, separators=(",", ":")).encode())

    def _holders(self, package: UUID) -> tuple[str, str]:
        data = self.last[package]
        assert isinstance(data, LicenceEvent)
        sellers = [one.seller for one in data.licence.assignments if one.from_on <= TODAY]
        customers = [one.customer for one in data.licence.customers if one.from_on <= TODAY]
        return (customers or [data.licence.customer])[-1], sellers[-1]


def _whose(data: EventData) -> str:
    """Whom an event is about that is one organisation's own."""
    match data:
        case PartyEvent(party=whose) | FeeAgreementEvent(party=whose) | b.SettlementClosed(seller=whose):
            return whose
        case b.DocumentIssued(buyer=whose) | BuyerHeld(buyer=whose) | BuyerReleased(buyer=whose):
            return whose
        case b.ChargeEvent():
            return data.charge.owed_by
        case FeeMemoEvent():
            return data.fee.party
        case CalendarPublished(organisation=whose):
            return whose
        case PolicyPublished():
            return data.policy.organisation
        case MaintenancePriceSet() | VatRateSet():
            return VENDOR
    raise AssertionError(f"who may see {EVENT_TYPES.name_of(data)}? say so here")


def _is_for(data: CaseEvent, organisation: str) -> bool:
    if isinstance(data, MessagePosted) and data.audience is Audience.INTERNAL:
        return organisation in data.readers
    return True


def _words_of(data: EventData) -> set[str]:
    """The words by which an event of a case is known again: its case, and what somebody wrote."""
    if not isinstance(data, CaseEvent):
        return set()
    given = [getattr(data, name, None) for name in ("text", "reason", "summary", "note", "subject")]
    return {data.reference, *(text for one in given if (text := legible(one)) is not None)}


def _alter(data: Data) -> None:
    """Let it name others, and be of three times the money; and a promise be another one of another."""
    for owner in (data, data.get("policy", {}), data.get("calendar", {})):
        if "organisation" in owner:
            owner["organisation"] += "-other"
        if owner is not data and "id" in owner:
            owner["id"] += "-other"
    if "policy" in data:
        data["policy"]["calendar"]["id"] += "-other"
    for one in (data, data.get("charge", {}), *data.get("lines", ()), *data.get("vat", ())):
        for name, value in one.items():
            if name in _NAMES and (one is not data or name != "package") and value != VENDOR:
                one[name] = f"{value}-other"
            elif name.endswith("_cents"):
                one[name] = 3 * value


def _alter_message(data: Data) -> None:
    data["text"]["text"] = "something else"
    data["readers"] = ["somebody"]


def _alter_duplicate(data: Data) -> None:
    data["duplicate_of"] = "K-OTHER"


def _alter_match(data: Data) -> None:
    """Let the policy be for other customers and sellers, too, but for those of the case."""
    match = data["policy"].get("match", {})
    for names, own in (("customers", "customer"), ("sellers", "seller")):
        if names in match:
            match[names] = [name if name == data[own] else f"{name}-other" for name in match[names]]
