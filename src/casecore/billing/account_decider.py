"""The account of a package as the command bus sees it: what fell due, was billed, or was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import replace

from casecore.billing.account import Account, evolve
from casecore.billing.charges import charge_for, difference
from casecore.billing.checks import check_actor, check_billing_day
from casecore.billing.commands import AccountCommand, MarkBilled, MarkCredited, RecordCharges
from casecore.billing.document_lines import billing_status
from casecore.billing.refusals import ChargeNotSo, NumberNotNext, UntilInTheFuture
from casecore.billing.series import document_number, document_place
from casecore.billing.terms import NO_TERMS, Terms
from casecore.billing.terms import evolve as evolve_terms
from casecore.contract.billing import (
    Billed,
    Charge,
    ChargeEvent,
    EventRef,
    MaintenanceFeeBilled,
    MaintenanceFeeCredited,
    MaintenanceFeeFellDue,
    MaintenanceFeeReversed,
)
from casecore.contract.streams import (
    BILLING_TERMS,
    DOCUMENT_SERIES,
    account_stream_id,
    package_stream_id,
)
from casecore.decider.business_day import day_of
from casecore.decider.decider import NOTHING, Context, Decider, Decision, Evolve
from casecore.licences.package import Package
from casecore.licences.package import evolve as evolve_package
from casecore.licences.refusals import PackageUnknown


def decide(account: Account | None, command: AccountCommand, context: Context) -> Decision:
    """The facts about a package's charges; none if all is recorded already. Raises a Refusal."""
    check_actor(command.actor, context.vendor)
    charges = account.charges if account else ()
    match command.do:
        case RecordCharges() as do:
            return _record(command.package, charges, do, context)
        case MarkBilled() as do:
            return _bill(command.package, charges, do)
        case MarkCredited() as do:
            return _credit(command.package, charges, do)


def _record(package: str, charges: tuple[Charge, ...], do: RecordCharges, context: Context) -> Decision:
    today = day_of(context.now)
    check_billing_day("until", do.until)
    if do.until > today:
        raise UntilInTheFuture(do.until.isoformat(), today.isoformat())
    known: Package | None = context.related_streams[package_stream_id(package)]
    if known is None:
        raise PackageUnknown(package)
    terms: Terms = context.related_streams[BILLING_TERMS] or NO_TERMS
    found = difference(known, terms, context.vendor, do.until, charges)
    reversals: list[ChargeEvent] = [
        MaintenanceFeeReversed(package=package, charge=replace(charge, is_reversed=True), caused_by=cause)
        for charge, cause in found.reversals
    ]
    fees = [
        MaintenanceFeeFellDue(package=package, charge=charge_for(fee, number), caused_by=cause)
        for number, (fee, cause) in enumerate(found.fees, start=len(charges) + 1)
    ]
    return Decision((*reversals, *fees))


def _bill(package: str, charges: tuple[Charge, ...], do: MarkBilled) -> Decision:
    issued = _issued_by(do.document)
    events = []
    for one in do.charges:
        charge = _charge(package, charges, one.charge, do.document, "bill")
        billed = Billed(do.document, one.category, one.percent)
        if charge.billed == billed:
            continue
        if charge.billed is not None:
            raise ChargeNotSo(package, one.charge, billing_status(charge), do.document, "bill")
        events.append(
            MaintenanceFeeBilled(package=package, charge=replace(charge, billed=billed), caused_by=issued)
        )
    return Decision(tuple(events))


def _credit(package: str, charges: tuple[Charge, ...], do: MarkCredited) -> Decision:
    issued = _issued_by(do.document)
    events = []
    for number in do.charges:
        charge = _charge(package, charges, number, do.document, "take back")
        if charge.billed is None or charge.billed.document != do.corrects:
            raise ChargeNotSo(package, number, billing_status(charge), do.document, "take back")
        events.append(
            MaintenanceFeeCredited(
                package=package,
                charge=replace(charge, billed=None),
                caused_by=issued,
                document=do.document,
                credited=charge.billed,
            )
        )
    return Decision(tuple(events))


def _charge(package: str, charges: tuple[Charge, ...], number: int, document: str, verb: str) -> Charge:
    if number > len(charges):
        raise ChargeNotSo(package, number, "not there", document, verb)
    return charges[number - 1]


def _issued_by(document: str) -> EventRef:
    place = document_place(document)
    if place is None:
        raise NumberNotNext(document, document_number(1))
    return EventRef(DOCUMENT_SERIES, place)


def stream_of(command: AccountCommand) -> UUID:
    """The stream that a command is for."""
    return account_stream_id(command.package)


def _related_streams(command: AccountCommand) -> Mapping[UUID, Evolve]:
    if not isinstance(command.do, RecordCharges):
        return NOTHING
    return {package_stream_id(command.package): evolve_package, BILLING_TERMS: evolve_terms}


ACCOUNTS = Decider[Account, AccountCommand](AccountCommand, stream_of, decide, evolve, _related_streams)
