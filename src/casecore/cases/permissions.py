"""Who may do what to a case, as a table; nobody acts on another organisation's case (domain.md)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from casecore.cases.refusals import CaseUnknown, NotPermitted, NotYourCase
from casecore.cases.state import Case
from casecore.contract.cases import Category, Level, Standing, State
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor


class When(Enum):
    """When a role may act."""

    ALWAYS = "always"
    ON_TURN = "while the case is at the role's own level, or was resolved there"
    WHILE_OPENED = "while nobody has taken the case"


class Parties(NamedTuple):
    """The organisation in each role of a case."""

    customer: str
    seller: str
    vendor: str
    partner: str | None

    @classmethod
    def of(cls, case: Case) -> Parties:
        """The parties of a case."""
        return cls(customer=case.customer, seller=case.seller, vendor=case.vendor, partner=case.partner)

    def first_contact(self, category: Category) -> str:
        """Whose turn an opened case is: the seller's, or for user support the partner's (rules 1 and 3)."""
        return (self.partner or "") if category is Category.USER_SUPPORT else self.seller

    def in_role(self, role: Role) -> str | None:
        """The organisation in a role, if any; the system belongs to none."""
        match role:
            case Role.CUSTOMER:
                return self.customer
            case Role.SELLER:
                return self.seller
            case Role.VENDOR:
                return self.vendor
            case Role.PARTNER:
                return self.partner
            case Role.SYSTEM:
                return None


_LEVELS = {Role.SELLER: When.ON_TURN, Role.VENDOR: When.ON_TURN, Role.PARTNER: When.ON_TURN}
_SYSTEM = {Role.SYSTEM: When.ALWAYS}
_EVERYONE = dict.fromkeys(Role, When.ALWAYS)

PERMISSIONS: Mapping[str, Mapping[Role, When]] = {
    "open": _EVERYONE,
    "take": {Role.SELLER: When.ON_TURN, Role.PARTNER: When.ON_TURN, **_SYSTEM},
    "assign": {**_LEVELS, **_SYSTEM},
    "escalate": {Role.CUSTOMER: When.WHILE_OPENED, Role.SELLER: When.ON_TURN, **_SYSTEM},
    "hand_back": {Role.VENDOR: When.ON_TURN, **_SYSTEM},
    "wait": {**_LEVELS, **_SYSTEM},
    "resume": {**_LEVELS, **_SYSTEM},
    "message": _EVERYONE,
    "priority": {**_LEVELS, **_SYSTEM},
    "reclassify": {**_LEVELS, **_SYSTEM},
    "effort": dict.fromkeys((Role.SELLER, Role.VENDOR, Role.PARTNER, Role.SYSTEM), When.ALWAYS),
    "resolve": {**_LEVELS, **_SYSTEM},
    "reopen": {Role.CUSTOMER: When.ALWAYS, **_LEVELS, **_SYSTEM},
    "close": {Role.CUSTOMER: When.ALWAYS, **_LEVELS, **_SYSTEM},
    "cancel": {Role.CUSTOMER: When.ALWAYS, **_LEVELS, **_SYSTEM},
    "policy": {Role.SELLER: When.ALWAYS, Role.VENDOR: When.ALWAYS, Role.PARTNER: When.ALWAYS, **_SYSTEM},
    "service_level": _SYSTEM,
    "import": _SYSTEM,
}

_ROLE_AT = {Level.LEVEL_0: Role.SELLER, Level.LEVEL_1: Role.VENDOR, Level.PARTNER: Role.PARTNER}


def turn_of(standing: Standing) -> Role:
    """The role whose turn it is: that of the level that has the case or resolved it, or is to take it."""
    if standing.level is not None:
        return _ROLE_AT[standing.level]
    return Role.PARTNER if standing.category is Category.USER_SUPPORT else Role.SELLER


def check_party(actor: GivenActor, parties: Parties) -> None:
    """Raise NotYourCase unless the actor's organisation has the actor's role in the case.

    The system belongs to no party.
    """
    if actor.role is not Role.SYSTEM and parties.in_role(actor.role) != actor.organisation:
        raise NotYourCase(actor.organisation, actor.role.value)


def check_involved(actor: GivenActor, case: Case) -> None:
    """As `check_party`, of a case that exists; raises CaseUnknown for an organisation without a part in it.

    So a stranger hears the same whether there is such a case or not.
    """
    if not is_involved(actor, case):
        raise CaseUnknown(case.reference)
    check_party(actor, Parties.of(case))


def is_involved(actor: GivenActor, case: Case) -> bool:
    """Whether the actor's organisation has any part in a case; the system may do something in all of them."""
    return actor.role is Role.SYSTEM or actor.organisation in Parties.of(case)


def check_only_the_system(action: str, actor: GivenActor, case: Case | None) -> None:
    """Raise NotPermitted unless the system acts, to which this action belongs; a stranger does not hear whose
    turn it is in the case."""
    check_permission(action, actor.role, case.standing if case and is_involved(actor, case) else None)


def check_permission(action: str, role: Role, standing: Standing | None) -> None:
    """Raise NotPermitted unless the role may do this to a case with this standing (None: not opened yet)."""
    allowed = PERMISSIONS[action]
    turn = turn_of(standing) if standing else None
    if not _may(allowed.get(role), role, turn, standing):
        roles = tuple(role.value for role, when in allowed.items() if _may(when, role, turn, standing))
        raise NotPermitted(role.value, action, turn.value if turn else "nobody", roles)


def _may(when: When | None, role: Role, turn: Role | None, standing: Standing | None) -> bool:
    match when:
        case None:
            return False
        case When.ALWAYS:
            return True
        case When.ON_TURN:
            return role is turn
        case When.WHILE_OPENED:
            return standing is not None and standing.state is State.OPENED
