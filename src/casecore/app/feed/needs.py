"""Which rules an event is seen by: for each event, what somebody must see to see it.

Only what the rules need is read of an event, in its wire form, so that what a newer program wrote is judged,
too. What cannot be judged is withheld from everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from casecore.contract.licences import Licence
from casecore.contract.streams import CASES, LICENCES, case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.licences.package import parts_on
from casecore.visibility import rules
from casecore.visibility.cases import parts_of
from casecore.visibility.messages import NOBODY, Addressed, rule_of
from casecore.visibility.rules import Rule

LastOf: TypeAlias = Callable[[Collection[UUID]], Mapping[UUID, StoredEvent]]
"""Looks up the last events of streams; one without events is missing."""


class Need(NamedTuple):
    """What somebody must see to see an event: a thing, by the rule for it."""

    rule: Rule
    thing: Mapping[str, object]


class Needs(NamedTuple):
    """What somebody must see to see an event: all of `whole`; and to see that it names one of `cases`, that.

    `cases` are by their references, those of which it is known who sees them.
    """

    whole: tuple[Need, ...]
    cases: Mapping[str, Need] = MappingProxyType({})


class NotJudged(Exception):
    """No rule can be applied to an event: it is not of a form that the rules know."""


class _Own(NamedTuple):
    """The rule for events that say themselves whose they are: the value at a path of their data."""

    rule: Rule
    path: tuple[str, ...] = ()


_CHARGE = _Own(rules.CHARGE, ("charge", "owed_by"))
_DOCUMENT = _Own(rules.DOCUMENT, ("buyer",))
_BUYER = _Own(rules.BUYER, ("buyer",))
_AGREEMENT = _Own(rules.FEE, ("party",))
_MEMO = _Own(rules.FEE, ("fee", "party"))

OWN_RULES: Mapping[str, _Own] = MappingProxyType(
    {
        "casecore.service_level.calendar_published": _Own(rules.CALENDAR, ("organisation",)),
        "casecore.service_level.policy_published": _Own(rules.POLICY, ("policy", "organisation")),
        "casecore.party.registered": _Own(rules.PARTY, ("party",)),
        "casecore.party.changed": _Own(rules.PARTY, ("party",)),
        "casecore.billing.maintenance_price_set": _Own(rules.TERMS),
        "casecore.billing.vat_rate_set": _Own(rules.TERMS),
        "casecore.billing.maintenance_fee_fell_due": _CHARGE,
        "casecore.billing.maintenance_fee_reversed": _CHARGE,
        "casecore.billing.maintenance_fee_billed": _CHARGE,
        "casecore.billing.maintenance_fee_credited": _CHARGE,
        "casecore.billing.document_issued": _DOCUMENT,
        "casecore.billing.document_correction_decided": _DOCUMENT,
        "casecore.billing.settlement_closed": _Own(rules.SETTLEMENT, ("seller",)),
        "casecore.billing.buyer_held": _BUYER,
        "casecore.billing.buyer_released": _BUYER,
        "casecore.billing.fee_agreed": _AGREEMENT,
        "casecore.billing.fee_agreement_ended": _AGREEMENT,
        "casecore.billing.fee_agreement_withdrawn": _AGREEMENT,
        "casecore.billing.fee_memo_recorded": _MEMO,
        "casecore.billing.fee_memo_reversed": _MEMO,
    }
)
"""By the type's name without its version. Events of cases and of licence packages are seen by whoever sees
the case or package as it is now, whatever their type is."""


class _CaseData(Addressed, frozen=True):
    duplicate_of: str | None = None


class _CaseFact(msgspec.Struct):
    data: _CaseData


class _PackageData(msgspec.Struct):
    licence: Licence


class _PackageFact(msgspec.Struct):
    data: _PackageData


class _OwnFact(msgspec.Struct):
    data: msgspec.Raw


_read_case = msgspec.json.Decoder(_CaseFact).decode
_read_package = msgspec.json.Decoder(_PackageFact).decode
_read_own = msgspec.json.Decoder(_OwnFact).decode
_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_text = msgspec.json.Decoder(str).decode


class StreamsNow:
    """The cases and packages that some events are about, as they are now."""

    def __init__(self, last_of: LastOf, events: Collection[StoredEvent], today: date) -> None:
        """Looks all of them up at once; `today` says who the seller of a package is."""
        wanted = {event.stream_id for event in events if event.type.startswith(_SHARED_STREAMS)}
        for event in events:
            if (other := _duplicate_of(event)) is not None:
                wanted.add(case_stream_id(other))
        self._last = last_of(wanted) if wanted else {}
        self._today = today

    def case(self, stream_id: UUID) -> Need:
        """What to see to see this case; raises NotJudged and msgspec.DecodeError."""
        return Need(rules.CASE, parts_of(self._body(stream_id)))

    def package(self, stream_id: UUID) -> Need:
        """What to see to see this package; raises NotJudged and msgspec.DecodeError."""
        licence = _read_package(self._body(stream_id)).data.licence
        return Need(rules.PACKAGE, parts_on(licence, self._today))

    def _body(self, stream_id: UUID) -> bytes:
        try:
            return self._last[stream_id].body
        except KeyError:
            raise NotJudged(f"the stream {stream_id} has no events") from None


_SHARED_STREAMS = (CASES.type_prefix, LICENCES.type_prefix)


def needs_of(event: StoredEvent, name: str, now: StreamsNow) -> Needs:
    """What to see to see an event of a type, named without its version.

    Raises NotJudged and msgspec.DecodeError where no rule can be applied.
    """
    if event.type.startswith(CASES.type_prefix):
        return _needs_of_case_event(event, now)
    if event.type.startswith(LICENCES.type_prefix):
        return Needs((now.package(event.stream_id),))
    own = OWN_RULES.get(name)
    if own is None:
        raise NotJudged(f"there is no rule for {name}")
    return Needs((Need(own.rule, _thing(own, event.body)),))


def _needs_of_case_event(event: StoredEvent, now: StreamsNow) -> Needs:
    case, said = now.case(event.stream_id), _read_case(event.body).data
    rule = rule_of(event.type, Addressed(said.audience, said.readers))
    if rule is NOBODY:
        raise NotJudged(f"a message for the audience {said.audience!r}")
    whole = (case,) if rule is None else (case, Need(rule, said.thing))
    if said.duplicate_of is None:
        return Needs(whole)
    try:
        return Needs(whole, {said.duplicate_of: now.case(case_stream_id(said.duplicate_of))})
    except (NotJudged, msgspec.DecodeError, UnicodeDecodeError):
        return Needs(whole)


def _thing(own: _Own, body: bytes) -> dict[str, object]:
    if not own.path:
        return {}
    found = _read_own(body).data
    for step in own.path:
        members = _read_members(found)
        if step not in members:
            raise NotJudged(f"its data has no {'.'.join(own.path)}")
        found = members[step]
    return {own.rule.fields[0]: _read_text(found)}


def _duplicate_of(event: StoredEvent) -> str | None:
    if b'"duplicate_of"' not in event.body or not event.type.startswith(CASES.type_prefix):
        return None
    try:
        return _read_case(event.body).data.duplicate_of
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
