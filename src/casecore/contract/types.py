"""The closed table of event types: stable names with versions, and how an old version is read today."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from casecore.contract import billing, buyers, cases, fees, licences, parties, service_levels, terms
from casecore.contract.envelope import EventData, Fact
from casecore.contract.streams import StreamKind
from casecore.contract.words import NewerEvent, check_words

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class UnknownType(ValueError):
    """A wire name or a struct that is not an event type of this program: a reader skips it, a writer refuses
    it."""


class NewerVersion(NewerEvent):
    """A known event type in a version that is newer than this program."""


class EventType(NamedTuple):
    """One type: its name without a version, its current version and struct, and its upcasts.

    `upcasts[n]` turns the data of version n, as plain JSON values, into that of version n + 1.
    """

    name: str
    version: int
    struct: type[EventData]
    upcasts: Mapping[int, Upcast] = {}

    @property
    def wire_name(self) -> str:
        """The name on the wire, such as `casecore.case.opened.v1`."""
        return f"{self.name}.v{self.version}"


class EventTypes:
    """A table of event types, and the facts of each to and from JSON."""

    def __init__(self, types: Sequence[EventType]) -> None:
        self.all = tuple(types)
        self._by_name = {t.name: t for t in types}
        self._by_struct = {t.struct: t.wire_name for t in types}
        self._decoders = {
            t.wire_name: msgspec.json.Decoder(Fact[t.struct])  # type: ignore[name-defined]
            for t in types
        }
        self._encoder = msgspec.json.Encoder()
        if len(self._by_name) != len(types) or len(self._by_struct) != len(types):
            raise ValueError("a name or a struct is twice in the table of event types")

    def name_of(self, data: EventData) -> str:
        """The wire name of an event's type; raises UnknownType for a struct that is not in the table."""
        try:
            return self._by_struct[type(data)]
        except KeyError:
            raise UnknownType(f"{type(data).__name__} is not an event type of this program") from None

    def names_ever(self, struct: type[EventData]) -> tuple[str, ...]:
        """The wire names of a type in all its versions, the first one first."""
        known = next(one for one in self.all if one.struct is struct)
        return tuple(f"{known.name}.v{version}" for version in range(1, known.version + 1))

    def encode(self, fact: Fact[EventData]) -> bytes:
        """The JSON that is stored, and sent."""
        return self._encoder.encode(fact)

    def decode(self, wire_name: str, body: bytes) -> Fact[EventData]:
        """Read a fact of any version up to today's, upcast to today's.

        Raises UnknownType, NewerVersion, NewerWord, or msgspec.ValidationError for a body that is not of its
        type.
        """
        decoder = self._decoders.get(wire_name)
        try:
            if decoder is None:
                return self._decode_old(wire_name, body)
            fact: Fact[EventData] = decoder.decode(body)
            return fact
        except msgspec.ValidationError:
            if decoder is not None:
                check_words(wire_name, decoder.type, body)
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise msgspec.ValidationError(f"the body of {wire_name} is not JSON: {error}") from None

    def _decode_old(self, wire_name: str, body: bytes) -> Fact[EventData]:
        name, version = split_wire_name(wire_name)
        known = self._by_name.get(name)
        if known is None:
            raise UnknownType(f"{wire_name} is not an event type of this program")
        if version > known.version:
            raise NewerVersion(f"{wire_name} is newer than this program, which knows v{known.version}")
        raw = msgspec.json.decode(body, type=dict[str, Any])
        for old in range(version, known.version):
            if old not in known.upcasts:
                raise UnknownType(f"{wire_name} has no upcast from v{old}")
            try:
                raw["data"] = known.upcasts[old](raw["data"])
            except (LookupError, TypeError, AttributeError) as error:
                raise msgspec.ValidationError(f"the body is not a {wire_name}: {error!r}") from None
        fact_type = self._decoders[known.wire_name].type
        try:
            upcast: Fact[EventData] = msgspec.convert(raw, fact_type)
        except msgspec.ValidationError:
            check_words(wire_name, fact_type, msgspec.json.encode(raw))
            raise
        return upcast


def names_of(kind: StreamKind) -> frozenset[str]:
    """The names of all event types of a kind of stream, without their versions."""
    return frozenset(t.name for t in EVENT_TYPES.all if t.name.startswith(kind.type_prefix))


def split_wire_name(wire_name: str) -> tuple[str, int]:
    """`casecore.case.opened.v2` gives (`casecore.case.opened`, 2); raises UnknownType for another form."""
    # Long names are never ours, and would fill the cache.
    return _split(wire_name) if len(wire_name) <= 200 else _split.__wrapped__(wire_name)


@lru_cache(256)  # many times the number of types
def _split(wire_name: str) -> tuple[str, int]:
    name, dot_v, version = wire_name.rpartition(".v")
    # At most four digits: a type has a few versions, and int() raises an error of its own for thousands of
    # digits.
    if not dot_v or not re.fullmatch(r"[1-9][0-9]{0,3}", version):
        raise UnknownType(f"{wire_name[:200]!r} is not an event type: its form is NAME.vNUMBER")
    return name, int(version)


EVENT_TYPES = EventTypes(
    (
        EventType("casecore.case.opened", 1, cases.CaseOpened),
        EventType("casecore.case.taken", 1, cases.CaseTaken),
        EventType("casecore.case.assigned", 1, cases.CaseAssigned),
        EventType("casecore.case.escalated", 1, cases.CaseEscalated),
        EventType("casecore.case.handed_back", 1, cases.CaseHandedBack),
        EventType("casecore.case.waiting_started", 1, cases.WaitingStarted),
        EventType("casecore.case.waiting_ended", 1, cases.WaitingEnded),
        EventType("casecore.case.message_posted", 1, cases.MessagePosted),
        EventType("casecore.case.priority_changed", 1, cases.PriorityChanged),
        EventType("casecore.case.reclassified", 1, cases.CaseReclassified),
        EventType("casecore.case.effort_recorded", 1, cases.EffortRecorded),
        EventType("casecore.case.resolved", 1, cases.CaseResolved),
        EventType("casecore.case.reopened", 1, cases.CaseReopened),
        EventType("casecore.case.closed", 1, cases.CaseClosed),
        EventType("casecore.case.cancelled", 1, cases.CaseCancelled),
        EventType("casecore.case.activity_noted", 1, cases.ActivityNoted),
        EventType("casecore.case.policy_pinned", 1, service_levels.PolicyPinned),
        EventType("casecore.case.service_level_warned", 1, service_levels.ServiceLevelWarned),
        EventType("casecore.case.service_level_missed", 1, service_levels.ServiceLevelMissed),
        EventType("casecore.case.service_level_miss_withdrawn", 1, service_levels.ServiceLevelMissWithdrawn),
        EventType("casecore.service_level.calendar_published", 1, service_levels.CalendarPublished),
        EventType("casecore.service_level.policy_published", 1, service_levels.PolicyPublished),
        EventType("casecore.party.registered", 1, parties.PartyRegistered),
        EventType("casecore.party.changed", 1, parties.PartyChanged),
        EventType("casecore.licence.activated", 1, licences.LicenceActivated),
        EventType("casecore.licence.changed", 1, licences.LicenceChanged),
        EventType("casecore.licence.activation_corrected", 1, licences.LicenceActivationCorrected),
        EventType("casecore.licence.assigned", 1, licences.LicenceAssigned),
        EventType("casecore.licence.transferred", 1, licences.LicenceTransferred),
        EventType("casecore.licence.cancelled", 1, licences.LicenceCancelled),
        EventType("casecore.licence.cancellation_withdrawn", 1, licences.LicenceCancellationWithdrawn),
        EventType("casecore.licence.voided", 1, licences.LicenceVoided),
        EventType("casecore.billing.maintenance_price_set", 1, terms.MaintenancePriceSet),
        EventType("casecore.billing.vat_rate_set", 1, terms.VatRateSet),
        EventType("casecore.billing.maintenance_fee_fell_due", 1, billing.MaintenanceFeeFellDue),
        EventType("casecore.billing.maintenance_fee_reversed", 1, billing.MaintenanceFeeReversed),
        EventType("casecore.billing.maintenance_fee_billed", 1, billing.MaintenanceFeeBilled),
        EventType("casecore.billing.maintenance_fee_credited", 1, billing.MaintenanceFeeCredited),
        EventType("casecore.billing.document_issued", 1, billing.DocumentIssued),
        EventType("casecore.billing.settlement_closed", 1, billing.SettlementClosed),
        EventType("casecore.billing.buyer_held", 1, buyers.BuyerHeld),
        EventType("casecore.billing.buyer_released", 1, buyers.BuyerReleased),
        EventType("casecore.billing.fee_agreed", 1, fees.FeeAgreed),
        EventType("casecore.billing.fee_agreement_ended", 1, fees.FeeAgreementEnded),
        EventType("casecore.billing.fee_agreement_withdrawn", 1, fees.FeeAgreementWithdrawn),
        EventType("casecore.billing.fee_memo_recorded", 1, fees.FeeMemoRecorded),
        EventType("casecore.billing.fee_memo_reversed", 1, fees.FeeMemoReversed),
        EventType("casecore.billing.document_correction_decided", 1, billing.DocumentCorrectionDecided),
    )
)
