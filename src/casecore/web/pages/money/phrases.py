"""What events of packages, charges, documents and terms say, as texts to translate with their values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from casecore.contract import billing as b
from casecore.contract import licences as lic
from casecore.contract.envelope import EventData
from casecore.contract.parties import PartyRegistered
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.web.rendering.amounts import euros_in, percent_in
from casecore.web.rendering.times import LocalTimes
from casecore.web.rendering.words import N_

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Phrase(NamedTuple):
    """A text to translate, with the values for its %(names)s."""

    text: str
    given: Mapping[str, str] = _NOTHING


def phrase_of(data: EventData, times: LocalTimes) -> Phrase:
    """What an event says, in one line."""
    match data:
        case lic.LicenceEvent():
            return _of_package(data, times)
        case b.ChargeEvent():
            return _of_charge(data, times)
        case b.DocumentIssued():
            return Phrase(
                N_("document %(number)s issued to %(buyer)s"), {"number": data.number, "buyer": data.buyer}
            )
        case b.SettlementClosed():
            given = {"year": str(data.year), "seller": data.seller}
            return Phrase(N_("%(year)s is settled with %(seller)s"), given)
        case MaintenancePriceSet():
            given = {"price": euros_in(times.language, data.net_cents), "day": times.day(data.from_on)}
            return Phrase(N_("the price is %(price)s from %(day)s"), given)
        case VatRateSet():
            given = {
                "country": data.country,
                "rate": percent_in(times.language, data.percent),
                "day": times.day(data.from_on),
            }
            return Phrase(N_("the rate of %(country)s is %(rate)s from %(day)s"), given)
        case PartyRegistered():
            return Phrase(N_("registered"))
        case _:
            return Phrase(N_("changed"))


def _of_package(data: lic.LicenceEvent, times: LocalTimes) -> Phrase:
    licence = data.licence

    def at(day: date, **more: str) -> Mapping[str, str]:
        return {"day": times.day(day), **more}

    match data:
        case lic.LicenceAssigned():
            return Phrase(N_("%(seller)s is the seller from %(day)s"), at(data.from_on, seller=data.seller))
        case lic.LicenceTransferred():
            given = at(data.from_on, customer=data.customer)
            return Phrase(N_("%(customer)s is the customer from %(day)s"), given)
        case lic.LicenceCancelled():
            return Phrase(N_("cancelled from %(day)s"), at(data.from_on))
        case lic.LicenceActivationCorrected():
            given = at(licence.activated_on, other=times.day(data.corrected_from_on))
            return Phrase(N_("activated on %(day)s, not on %(other)s"), given)
        case lic.LicenceCancellationWithdrawn():
            return Phrase(N_("the cancellation from %(day)s is withdrawn"), at(data.cancelled_from_on))
        case lic.LicenceVoided():
            return Phrase(N_("void: it should never have existed"))
        case lic.LicenceChanged():
            given = {
                "type": licence.licence_type,
                "version": licence.program_version,
                "seats": str(licence.seats or 1),
            }
            return Phrase(N_("licence %(type)s, version %(version)s, seats: %(seats)s"), given)
        case _:
            given = at(licence.activated_on, customer=licence.customer, seller=licence.assignments[0].seller)
            return Phrase(N_("activated on %(day)s for %(customer)s, sold by %(seller)s"), given)


def _of_charge(data: b.ChargeEvent, times: LocalTimes) -> Phrase:
    charge = data.charge
    number = {"number": str(charge.number)}
    match data:
        case b.MaintenanceFeeReversed():
            return Phrase(N_("charge %(number)s: reversed, it was not due so"), number)
        case b.MaintenanceFeeCredited():
            given = {**number, "document": data.document, "credited": data.credited.document}
            return Phrase(N_("charge %(number)s: taken back from %(credited)s by %(document)s"), given)
        case b.MaintenanceFeeBilled() if charge.billed:
            given = {
                **number,
                "document": charge.billed.document,
                "rate": percent_in(times.language, charge.billed.percent),
            }
            return Phrase(N_("charge %(number)s: billed by %(document)s at %(rate)s"), given)
        case _:
            given = {**number, "day": times.day(charge.period_start_on), "who": charge.owed_by}
            return Phrase(N_("charge %(number)s: fell due on %(day)s, %(who)s owes it"), given)
