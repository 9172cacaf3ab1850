"""How a command on a licence package becomes a fact, or a refusal. Pure: the time comes with the context."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

from msgspec.structs import replace

from casecore.contract import licences as e
from casecore.contract.envelope import Role
from casecore.contract.licences import Assignment, Licence
from casecore.contract.parties import PartyRole
from casecore.contract.personal import Plain
from casecore.contract.streams import party_stream_id
from casecore.decider.business_day import day_of
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context, Decision
from casecore.licences import commands as c
from casecore.licences import refusals
from casecore.licences.assigning import assigned
from casecore.licences.correcting import correct_activation, withdraw_cancellation
from casecore.licences.customers import transferred
from casecore.licences.days import check_day
from casecore.licences.package import Package
from casecore.licences.permissions import check_involved, check_permission, is_involved

_Later: TypeAlias = (
    c.ChangeLicence
    | c.AssignLicence
    | c.TransferLicence
    | c.CancelLicence
    | c.WithdrawCancellation
    | c.CorrectActivation
    | c.VoidLicence
)
"""What is done to a package that is there."""


def decide(package: Package | None, command: c.LicenceCommand, context: Context) -> Decision:
    """The fact that a command leads to; none if it changes nothing. Raises a LicenceRefusal."""
    do, today = command.do, day_of(context.now)
    if isinstance(do, c.ActivateLicence):
        check_permission(command.actor, do.verb, do.seller, context.vendor)
        if package is not None and not is_involved(command.actor, package, context.vendor, today):
            # A stranger hears that the reference is taken, and nothing of what has it.
            raise refusals.PackageAlreadyActivated(command.package, ("seller",))
        made: e.LicenceEvent | None = _activate(package, command.package, do, context)
        return Decision((made,) if made else ())
    if package is None:
        raise refusals.PackageUnknown(command.package)
    check_involved(command.actor, package, context.vendor, today)
    check_permission(command.actor, do.verb, package.seller_on(today), context.vendor)
    if package.licence.is_void and not isinstance(do, c.VoidLicence):
        raise refusals.PackageVoid(package.reference)
    made = _what_happens(package, do, command.actor, context)
    return Decision((made,) if made else ())


def _what_happens(package: Package, do: _Later, actor: GivenActor, context: Context) -> e.LicenceEvent | None:
    match do:
        case c.ChangeLicence():
            return _change(package, do, day_of(context.occurred_at))
        case c.CorrectActivation():
            return correct_activation(package, do, context)
        case c.AssignLicence():
            return _assign(package, do, context)
        case c.TransferLicence():
            return _transfer(package, do, context)
        case c.CancelLicence():
            _check_notice(actor, do, context)
            return _cancel(package, do, context)
        case c.WithdrawCancellation():
            return withdraw_cancellation(package, actor, context)
        case c.VoidLicence():
            return _void(package, do)
        case _:
            assert_never(do)


def _check_notice(actor: GivenActor, do: c.CancelLicence, context: Context) -> None:
    """A seller cancels from today on: only the vendor takes back what was owed before, and may be settled."""
    today = day_of(context.now)
    if actor.role is Role.SELLER and do.from_on < today:
        raise refusals.CancelledTooLate(do.from_on.isoformat(), today.isoformat())


def _activate(
    package: Package | None, reference: str, do: c.ActivateLicence, context: Context
) -> e.LicenceActivated | None:
    if package is not None:
        _check_is_same(package, do)
        return None
    check_day("effective_on", do.effective_on, context.now)
    _check_customer(do.customer, context)
    _check_seller(do.seller, context)
    licence = Licence(
        customer=do.customer,
        licence_type=do.licence_type,
        program_version=do.program_version,
        activated_on=do.effective_on,
        assignments=(Assignment(do.effective_on, do.seller),),
        seats=do.seats,
    )
    return e.LicenceActivated(package=reference, licence=licence)


def _check_is_same(package: Package, do: c.ActivateLicence) -> None:
    """Raise unless the activation agrees with the package as it is now, and with its first customer and
    its first seller.

    A cancelled package is in another state than the one asked for, whether its day has come or not.
    """
    licence = package.licence
    if licence.is_void:
        raise refusals.PackageVoid(package.reference)
    both = {
        "customer": (do.customer, package.customer_on(licence.activated_on)),
        "seller": (do.seller, licence.assignments[0].seller),
        "licence_type": (do.licence_type, licence.licence_type),
        "program_version": (do.program_version, licence.program_version),
        "seats": (do.seats, licence.seats),
        "effective_on": (do.effective_on, licence.activated_on),
    }
    differs = tuple(field for field, (given, known) in both.items() if given != known)
    if differs:
        raise refusals.PackageAlreadyActivated(package.reference, differs)
    if licence.cancelled_from_on is not None:
        raise refusals.PackageCancelled(package.reference, licence.cancelled_from_on.isoformat())


def _change(package: Package, do: c.ChangeLicence, day: date) -> e.LicenceChanged | None:
    if do.single and do.seats is not None:
        raise refusals.SeatsOfASingleLicence()
    if not do.single and (do.licence_type, do.program_version, do.seats) == (None, None, None):
        raise refusals.ChangeNamesNothing()
    before = package.licence
    after = replace(
        before,
        licence_type=do.licence_type or before.licence_type,
        program_version=do.program_version or before.program_version,
        seats=None if do.single else do.seats or before.seats,
    )
    if after == before:
        return None
    cancelled_from_on = before.cancelled_from_on
    if cancelled_from_on is not None and day >= cancelled_from_on:
        raise refusals.ChangedAfterCancellation(day.isoformat(), cancelled_from_on.isoformat())
    return e.LicenceChanged(package=package.reference, licence=after)


def _assign(package: Package, do: c.AssignLicence, context: Context) -> e.LicenceAssigned | None:
    check_day("from_on", do.from_on, context.now)
    assignments = assigned(package.licence, package.reference, do.seller, do.from_on)
    if assignments is None:
        return None
    _check_seller(do.seller, context)
    after = replace(package.licence, assignments=assignments)
    return e.LicenceAssigned(package=package.reference, licence=after, seller=do.seller, from_on=do.from_on)


def _transfer(package: Package, do: c.TransferLicence, context: Context) -> e.LicenceTransferred | None:
    check_day("from_on", do.from_on, context.now)
    after = transferred(package.licence, package.reference, do.customer, do.from_on)
    if after is None:
        return None
    _check_customer(do.customer, context)
    return e.LicenceTransferred(
        package=package.reference, licence=after, customer=do.customer, from_on=do.from_on
    )


def _cancel(package: Package, do: c.CancelLicence, context: Context) -> e.LicenceCancelled | None:
    check_day("from_on", do.from_on, context.now)
    before = package.licence
    if do.from_on < before.activated_on:
        raise refusals.BeforeActivation(do.from_on.isoformat(), before.activated_on.isoformat())
    if do.from_on == before.cancelled_from_on:
        return None
    after = replace(before, cancelled_from_on=do.from_on)
    return e.LicenceCancelled(package=package.reference, licence=after, from_on=do.from_on)


def _void(package: Package, do: c.VoidLicence) -> e.LicenceVoided | None:
    if package.licence.is_void:
        return None
    reason = None if do.reason is None else Plain(do.reason)
    after = replace(package.licence, is_void=True)
    return e.LicenceVoided(package=package.reference, licence=after, reason=reason)


def _check_customer(name: str, context: Context) -> None:
    party = context.related_streams[party_stream_id(name)]
    if party is None or not party.is_a(PartyRole.CUSTOMER):
        raise refusals.CustomerUnknown(name)


def _check_seller(seller: str, context: Context) -> None:
    """The vendor needs no registration to sell (domain.md, "Who"); any other seller is a reseller."""
    party = context.related_streams[party_stream_id(seller)]
    if seller != context.vendor and (party is None or not party.is_a(PartyRole.RESELLER)):
        raise refusals.SellerUnknown(seller, context.vendor)
