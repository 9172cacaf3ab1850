"""Who may do what to a licence package: the vendor and the system everything, a seller to what it sells."""

from __future__ import annotations

from datetime import date

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.licences.package import Package, parts_on
from casecore.licences.refusals import NotYourPackage, PackageUnknown

SELLERS_ACTIONS = frozenset({"activate", "change", "cancel", "uncancel"})
"""What a package's seller may do; the vendor decides who sells it, and whether it exists."""


def check_involved(actor: GivenActor, package: Package, vendor: str, today: date) -> None:
    """Raise PackageUnknown for an organisation that has no part in the package today.

    So a stranger hears the same whether there is such a package or not, and a former seller neither who
    sells it now, nor what it is now.
    """
    if not is_involved(actor, package, vendor, today):
        raise PackageUnknown(package.reference)


def is_involved(actor: GivenActor, package: Package, vendor: str, today: date) -> bool:
    """Whether the actor's organisation has a part in a package today."""
    if actor.is_for_the_vendor(vendor) or actor.organisation == vendor:
        return True
    return actor.organisation in parts_on(package.licence, today).values()


def check_permission(actor: GivenActor, action: str, seller: str, vendor: str) -> None:
    """Raise NotYourPackage unless the actor may do this to a package that `seller` sells."""
    if actor.is_for_the_vendor(vendor):
        return
    sellers = action in SELLERS_ACTIONS
    if sellers and actor.role is Role.SELLER and actor.organisation == seller:
        return
    allowed = (f"the vendor ({vendor})", *((f"the seller ({seller})",) if sellers else ()))
    raise NotYourPackage(actor.organisation, actor.role.value, action, allowed)
