"""Who may do what to a licence package: the vendor and the system everything, a seller to what it sells."""

from __future__ import annotations

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.licences.package import Package
from casecore.licences.refusals import NotYourPackage, PackageUnknown

SELLERS_ACTIONS = frozenset({"activate", "change", "cancel", "uncancel"})
"""What a package's seller may do; the vendor decides who sells it, and whether it exists."""


def check_involved(actor: GivenActor, package: Package, vendor: str) -> None:
    """Raise PackageUnknown for an organisation that has nothing to do with the package, and never had.

    So a stranger hears the same whether there is such a package or not.
    """
    if not is_involved(actor, package, vendor):
        raise PackageUnknown(package.reference)


def is_involved(actor: GivenActor, package: Package, vendor: str) -> bool:
    """Whether the actor's organisation has, or had, anything to do with a package."""
    if actor.is_for_the_vendor(vendor) or actor.organisation == vendor:
        return True
    sellers = {one.seller for one in package.licence.assignments}
    return actor.organisation in package.customers | sellers


def check_permission(actor: GivenActor, action: str, seller: str, vendor: str) -> None:
    """Raise NotYourPackage unless the actor may do this to a package that `seller` sells."""
    if actor.is_for_the_vendor(vendor):
        return
    sellers = action in SELLERS_ACTIONS
    if sellers and actor.role is Role.SELLER and actor.organisation == seller:
        return
    allowed = (f"the vendor ({vendor})", *((f"the seller ({seller})",) if sellers else ()))
    raise NotYourPackage(actor.organisation, actor.role.value, action, allowed)
