"""An identity: who somebody has shown to be, and for what they may use it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity.errors import SystemIsNotGiven


class Scope(Enum):
    """What an identity may be used for."""

    AGENT = "agent"
    """Work on cases: see those in which the organisation has a part, and give commands on them."""
    ACCOUNTANT = "accountant"
    """Fees, settlements and documents; closing a year, and deciding on buyers on hold."""
    OPERATOR = "operator"
    """The engine room: how the installation runs, and the quarantine, which shows and changes what every
    organisation sees. For the vendor's organisation alone."""
    ANALYST = "analyst"
    """Sums and reports over cases."""
    SERVICE = "service"
    """The event feed."""


class Identity(NamedTuple):
    """An actor, what it may be used for, and the id of the key or client by which it was shown."""

    actor: GivenActor
    scopes: frozenset[Scope]
    shown_by: str

    def has(self, scope: Scope) -> bool:
        """Whether it may be used for this."""
        return scope in self.scopes


def check_given(actor: GivenActor) -> GivenActor:
    """The actor; raises SystemIsNotGiven: the system's commands are those of the installation's own runs."""
    if actor.role is Role.SYSTEM:
        raise SystemIsNotGiven
    return actor
