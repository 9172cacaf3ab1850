"""Every action, role and turn, against a table written by hand from the business rules."""

from __future__ import annotations

import typing
from functools import cache
from itertools import product

import msgspec
import pytest

from casecore.cases import commands as c
from casecore.cases.permissions import PERMISSIONS
from casecore.cases.refusals import CaseUnknown, NotPermitted, NotYourCase
from casecore.cases.state import Case
from casecore.contract.cases import CaseOpened, CaseResolved, CaseTaken, Priority
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.decider.refusal import Refusal
from tests.cases.promises import book, policy
from tests.cases.steps import (
    LEVEL_1_TOPIC,
    PARTNER,
    PRACTICE,
    REFERENCE,
    SELLER,
    SELLERS_AGENT,
    SPEC,
    TECHNICAL,
    USE_TOPIC,
    USER_SUPPORT,
    VENDOR,
    VENDORS_AGENT,
    Step,
    cancel,
    close,
    escalate,
    given,
    hand_back,
    import_row,
    note,
    opened,
    opened_for_use,
    partner_takes,
    publishing,
    reclassify,
    resolve,
    step,
    take,
)

# Who may: "yes" at any time; "turn" while the case is at the role's own level or was resolved there;
# "first" while nobody has taken it; "no" never.
TABLE = """
    action      customer  seller  vendor  partner  system
    open        yes       yes     yes     yes      yes
    take        no        turn    no      turn     yes
    assign      no        turn    turn    turn     yes
    escalate    first     turn    no      no       yes
    hand_back   no        no      turn    no       yes
    wait        no        turn    turn    turn     yes
    resume      no        turn    turn    turn     yes
    message     yes       yes     yes     yes      yes
    priority    no        turn    turn    turn     yes
    reclassify  no        turn    turn    turn     yes
    effort      no        yes     yes     yes      yes
    resolve     no        turn    turn    turn     yes
    reopen      yes       turn    turn    turn     yes
    close       yes       turn    turn    turn     yes
    cancel      yes       turn    turn    turn     yes
    policy      no        yes     yes     yes      yes
    import      no        no      no      no       yes
    service_level  no     no      no      no       yes
"""
_HEAD, *_ROWS = [line.split() for line in TABLE.strip().splitlines()]
MAY = {(row[0], role): may for row in _ROWS for role, may in zip(_HEAD[1:], row[1:], strict=True)}

TECHNICAL_CASE = opened(LEVEL_1_TOPIC, partner=PARTNER)
WITH_SELLER = (TECHNICAL_CASE, take())
WITH_VENDOR = (*WITH_SELLER, escalate())
WITH_PARTNER = (opened_for_use(), partner_takes())
VENDOR_RESOLVES = resolve().by(VENDORS_AGENT)

# A history, and whose turn it is after it.
SITUATIONS: dict[str, tuple[tuple[Step, ...], str]] = {
    "opened, technical": ((TECHNICAL_CASE,), "seller"),
    "opened, user support": ((opened_for_use(),), "partner"),
    "at level 0": (WITH_SELLER, "seller"),
    "at level 1": (WITH_VENDOR, "vendor"),
    "straight to level 1": ((TECHNICAL_CASE, escalate()), "vendor"),
    "handed back": ((*WITH_VENDOR, hand_back()), "seller"),
    "with the partner": (WITH_PARTNER, "partner"),
    "resolved at level 0": ((*WITH_SELLER, resolve()), "seller"),
    "resolved at level 1": ((*WITH_VENDOR, VENDOR_RESOLVES), "vendor"),
    "resolved by the partner": ((*WITH_PARTNER, resolve().by(partner_takes().actor)), "partner"),
    "closed after level 1": ((*WITH_VENDOR, VENDOR_RESOLVES, close()), "vendor"),
    "cancelled at level 0": ((*WITH_SELLER, cancel()), "seller"),
    "became technical": ((*WITH_PARTNER, reclassify("recovery").by(partner_takes().actor)), "seller"),
}
FIRST = ("opened, technical", "opened, user support", "became technical")
CASES_BY_NAME = {name: given(*steps).state for name, (steps, _) in SITUATIONS.items()}

ACTIONS: dict[str, c.CaseAction] = {
    "open": opened_for_use().do,
    "take": c.TakeCase(),
    "assign": c.AssignCase(agent="someone"),
    "escalate": c.EscalateCase(),
    "hand_back": c.HandBackCase(),
    "wait": c.WaitForCustomer(),
    "resume": c.ResumeCase(),
    "message": c.PostMessage(text="Hello"),
    "priority": c.ChangePriority(priority=Priority.URGENT),
    "reclassify": c.ReclassifyCase(category=TECHNICAL, topic="backup_set_up"),
    "effort": c.RecordEffort(minutes=5),
    "resolve": c.ResolveCase(resolution_code="solved"),
    "reopen": c.ReopenCase(),
    "close": c.CloseCase(),
    "cancel": c.CancelCase(reason="Enough"),
    "policy": c.PinPolicy(policy="whole", reason="Agreed"),
    "import": import_row().do,
    "service_level": note("missed", after_facts=1).do,
}
SYSTEMS_OWN = ("import", "service_level")
PROMISED = book(policy("whole"))
ORGANISATION = {
    Role.CUSTOMER: PRACTICE,
    Role.SELLER: SELLER,
    Role.VENDOR: VENDOR,
    Role.PARTNER: PARTNER,
    Role.SYSTEM: "nobody at all",
}


def may(action: str, role: Role, situation: str) -> bool:
    match MAY[action, role.value]:
        case "yes":
            return True
        case "turn":
            return SITUATIONS[situation][1] == role.value
        case "first":
            return situation in FIRST
        case _:
            return False


def refusal_of(case: Case | None, actor: GivenActor, action: str) -> Refusal | None:
    do = ACTIONS[action]
    if isinstance(do, c.NoteServiceLevel) and case is not None:
        do = msgspec.structs.replace(do, after_facts=case.facts)
    story = SPEC.given(state=case, related=publishing(PROMISED))
    return story.when(step(actor, do).at(500)).refusal


@cache
def refusal_of_the_system(situation: str, action: str) -> Refusal | None:
    """The system may do everything: what it is refused nobody can do, and everybody hears why."""
    system = GivenActor("somebody", ORGANISATION[Role.SYSTEM], Role.SYSTEM)
    return refusal_of(CASES_BY_NAME[situation], system, action)


@cache
def refusal_of_a_stranger_without_a_case(role: Role, action: str) -> Refusal | None:
    return refusal_of(None, GivenActor("somebody", "another organisation", role), action)


EVERYTHING = list(product(SITUATIONS, ACTIONS, Role))


@pytest.mark.parametrize(("situation", "action", "role"), EVERYTHING, ids=str)
def test_who_may_do_what(situation: str, action: str, role: Role) -> None:
    actor = GivenActor("somebody", ORGANISATION[role], role)
    refusal = refusal_of(CASES_BY_NAME[situation], actor, action)
    impossible = refusal_of_the_system(situation, action)
    assert not isinstance(impossible, (NotPermitted, NotYourCase))
    if may(action, role, situation):
        assert not isinstance(refusal, (NotPermitted, NotYourCase))
    elif impossible is not None:
        assert type(refusal) is type(impossible)
    else:
        assert isinstance(refusal, NotPermitted)
        assert set(refusal.allowed) == {other.value for other in Role if may(action, other, situation)}
        if action != "import":
            assert refusal.turn == SITUATIONS[situation][1]


@pytest.mark.parametrize(("situation", "action", "role"), EVERYTHING, ids=str)
def test_nobody_acts_on_another_organisations_case(situation: str, action: str, role: Role) -> None:
    stranger = GivenActor("somebody", "another organisation", role)
    refusal = refusal_of(CASES_BY_NAME[situation], stranger, action)
    if role is Role.SYSTEM:
        assert not isinstance(refusal, (NotPermitted, NotYourCase))
    elif action in SYSTEMS_OWN:
        assert refusal == NotPermitted(role.value, action, "nobody", ("system",))
    elif action == "open":
        assert refusal == NotYourCase("another organisation", role.value)
    else:
        assert refusal == CaseUnknown(REFERENCE)
    # And hears the same as if there were no such case
    assert role is Role.SYSTEM or refusal == refusal_of_a_stranger_without_a_case(role, action)


@pytest.mark.parametrize("role", Role)
def test_a_case_is_opened_by_one_who_has_that_part_in_it(role: Role) -> None:
    opening = opened_for_use()
    given().when(opening.by(GivenActor("x", ORGANISATION[role], role))).then(CaseOpened)
    if role is not Role.SYSTEM:
        stranger = GivenActor("x", "another organisation", role)
        given().when(opening.by(stranger)).then_refused(NotYourCase)


def test_a_role_without_an_organisation_in_the_case_is_nobodys() -> None:
    given(opened()).when(agent_of(SELLER, Role.PARTNER, c.PostMessage(text="Hi"))).then_refused(NotYourCase)
    given(opened()).when(agent_of(PARTNER, Role.PARTNER, c.PostMessage(text="Hi"))).then_refused(CaseUnknown)
    given(opened()).when(agent_of("None", Role.PARTNER, c.PostMessage(text="Hi"))).then_refused(CaseUnknown)


def agent_of(organisation: str, role: Role, do: c.CaseAction) -> Step:
    return step(GivenActor("somebody", organisation, role), do)


def test_in_a_direct_sale_the_vendors_people_act_as_the_seller_at_level_0() -> None:
    """Rule 4: the case still passes through level 0, and the role that is named decides."""
    direct = opened(seller=VENDOR)
    as_seller = GivenActor("vera", VENDOR, Role.SELLER)
    given(direct).when(take().by(as_seller)).then(CaseTaken, state="reseller_l0", organisation=VENDOR)
    given(direct).when(take().by(VENDORS_AGENT)).then_refused(NotPermitted, allowed=("seller", "system"))
    given(direct).when(take().by(SELLERS_AGENT)).then_refused(CaseUnknown)
    given(direct, take().by(as_seller)).when(resolve().by(VENDORS_AGENT)).then_refused(NotPermitted)
    at_level_1 = given(direct, take().by(as_seller), escalate().by(as_seller))
    at_level_1.when(resolve().by(VENDORS_AGENT)).then(CaseResolved, organisation=VENDOR)
    given(direct, take().by(as_seller), escalate().by(as_seller)).when(resolve().by(as_seller)).then_refused(
        NotPermitted
    )


def test_an_organisation_with_several_roles_acts_in_the_one_it_names() -> None:
    """A reseller that is the support partner too works on user support as the partner only."""
    both = opened(USE_TOPIC, USER_SUPPORT, partner=SELLER)
    given(both).when(take()).then_refused(NotPermitted, turn="partner")
    given(both).when(take().by(GivenActor("sam", SELLER, Role.PARTNER))).then(
        CaseTaken, state="partner_support"
    )


def test_the_table_names_every_action_there_is() -> None:
    actions = {kind.__struct_config__.tag for kind in typing.get_args(c.CaseAction)}
    assert actions == set(ACTIONS) == set(PERMISSIONS) == {action for action, _ in MAY}
