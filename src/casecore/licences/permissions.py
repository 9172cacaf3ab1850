"""Who may do what to a licence package: the vendor and the system everything, a seller to what it sells."""

from __future__ import annotations

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.licences.refusals import NotYourPackage

SELLERS_ACTIONS = frozenset({"activate", "change", "cancel", "uncancel"})
"""What a package's seller may do; the vendor decides who sells it, and whether it exists."""


def check_permission(actor: GivenActor, action: str, seller: str, vendor: str) -> None:
    """Raise NotYourPackage unless the actor may do this to a package that `seller` sells."""
    if actor.is_for_the_vendor(vendor):
        return
    sellers = action in SELLERS_ACTIONS
    if sellers and actor.role is Role.SELLER and actor.organisation == seller:
        return
    allowed = ("the system", f"the vendor ({vendor})", *((f"the seller ({seller})",) if sellers else ()))
    raise NotYourPackage(actor.organisation, actor.role.value, action, allowed)
