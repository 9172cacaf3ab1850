"""What every move of a case leads to, by example: opening, taking, going up and down, and ending."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from casecore.cases.refusals import (
    CancelReasonMissing,
    CaseAlreadyOpened,
    CaseUnknown,
    DuplicateOfItself,
    IllegalMove,
    NotAtWork,
    NotPermitted,
    NotYourCase,
    PartnerMissing,
    TopicUnknown,
)
from casecore.contract.cases import (
    CaseAssigned,
    CaseCancelled,
    CaseClosed,
    CaseEscalated,
    CaseHandedBack,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseTaken,
    Category,
    Level,
    Priority,
)
from casecore.contract.envelope import Role
from casecore.contract.streams import case_stream_id
from casecore.decider.command import GivenActor
from tests.cases.steps import (
    LEVEL_0_TOPIC,
    LEVEL_1_TOPIC,
    PARTNER,
    PARTNERS_AGENT,
    PRACTICE,
    REFERENCE,
    SELLER,
    SELLERS_AGENT,
    SYSTEM,
    TECHNICAL,
    USE_TOPIC,
    USER_SUPPORT,
    VENDOR,
    VENDORS_AGENT,
    Step,
    assign,
    cancel,
    close,
    customer_writes,
    escalate,
    given,
    hand_back,
    opened,
    opened_for_use,
    partner_takes,
    reclassify,
    record_effort,
    reopen,
    resolve,
    resume,
    take,
    wait,
)

AT_LEVEL_0 = (opened(), take())
AT_LEVEL_1 = (opened(), take(), escalate())
WITH_PARTNER = (opened_for_use(), partner_takes())
RESOLVED = (*AT_LEVEL_0, resolve())
CLOSED = (*RESOLVED, close())
CANCELLED = (opened(), cancel())


def test_a_technical_case_is_opened_and_it_is_the_sellers_turn() -> None:
    made = given().when(opened(subject="Help", licence_package=UUID(int=7)))
    made.then(CaseOpened, state="opened", level=None, organisation=SELLER, agent=None, subject="Help")
    made.then(CaseOpened, reference=REFERENCE, customer=PRACTICE, seller=SELLER, vendor=VENDOR, partner=None)
    made.then(CaseOpened, licence_package=UUID(int=7), priority=Priority.NORMAL, waiting_since=None)


def test_a_user_support_case_is_opened_and_it_is_the_partners_turn() -> None:
    made = given().when(opened_for_use())
    made.then(CaseOpened, state="opened", organisation=PARTNER, partner=PARTNER, category=USER_SUPPORT)


def test_a_case_is_opened_once() -> None:
    given(opened()).when(opened()).then_refused(CaseAlreadyOpened, case=REFERENCE)
    given(*CLOSED).when(opened()).then_refused(CaseAlreadyOpened)


def test_user_support_needs_a_partner() -> None:
    given().when(opened(USE_TOPIC, USER_SUPPORT)).then_refused(PartnerMissing)


@pytest.mark.parametrize(
    ("topic", "category"),
    [("tea", TECHNICAL), (USE_TOPIC, TECHNICAL), (LEVEL_0_TOPIC, USER_SUPPORT)],
)
def test_a_topic_is_one_of_its_category(topic: str, category: Category) -> None:
    refused = given().when(opened(topic, category, partner=PARTNER))
    refused.then_refused(TopicUnknown, topic=topic, category=category.value)
    assert ("training" in str(refused.refusal)) is (category is USER_SUPPORT)


@pytest.mark.parametrize(
    "step",
    [
        take(),
        assign("a"),
        escalate(),
        wait(),
        resume(),
        customer_writes(),
        close(),
        cancel(),
        record_effort(1),
    ],
)
def test_a_case_that_was_not_opened_is_unknown(step: Step) -> None:
    given().when(step).then_refused(CaseUnknown, case=REFERENCE)


def test_a_reference_leads_to_one_stream() -> None:
    assert case_stream_id("C-1") == case_stream_id("C-1")
    assert case_stream_id("C-1") != case_stream_id("C-2")
    assert case_stream_id("C-1").version == 5


def test_the_seller_takes_a_technical_case() -> None:
    given(opened()).when(take()).then(
        CaseTaken, state="reseller_l0", level=Level.LEVEL_0, organisation=SELLER, agent=None
    )


def test_one_command_may_take_the_case_and_name_the_agent() -> None:
    given(opened()).when(take("sam")).then(CaseTaken, agent="sam")


def test_the_partner_takes_user_support() -> None:
    given(opened_for_use()).when(partner_takes("paul")).then(
        CaseTaken, state="partner_support", level=Level.PARTNER, organisation=PARTNER, agent="paul"
    )


def test_a_case_is_taken_once() -> None:
    given(*AT_LEVEL_0).when(take()).then_refused(IllegalMove, trigger="take", state="reseller_l0")


def test_an_agent_is_assigned_where_the_case_is() -> None:
    given(*AT_LEVEL_0).when(assign("sam")).then(CaseAssigned, agent="sam", state="reseller_l0")
    given(opened(), take("sam")).when(assign("susi")).then(CaseAssigned, agent="susi")


def test_who_is_assigned_already_is_not_assigned_again() -> None:
    given(opened(), take("sam")).when(assign("sam")).then_nothing()


@pytest.mark.parametrize("history", [(opened(),), RESOLVED, CLOSED, (*AT_LEVEL_0, cancel())])
@pytest.mark.parametrize("step", [assign("sam"), wait(), resume()])
def test_assignment_and_waiting_need_a_case_at_work(history: tuple[Step, ...], step: Step) -> None:
    given(*history).when(step).then_refused(NotAtWork)


def test_what_the_seller_cannot_solve_goes_to_the_vendor() -> None:
    given(*AT_LEVEL_0).when(escalate("Too deep")).then(
        CaseEscalated,
        state="escalated_l1",
        level=Level.LEVEL_1,
        organisation=VENDOR,
        agent=None,
        reason="Too deep",
    )


def test_a_level_1_topic_may_skip_the_seller_also_by_the_customer() -> None:
    given(opened(LEVEL_1_TOPIC)).when(escalate()).then(CaseEscalated, organisation=VENDOR)
    given(opened(LEVEL_1_TOPIC)).when(escalate().by(opened().actor)).then(CaseEscalated, state="escalated_l1")


@pytest.mark.parametrize("actor", [opened().actor, SELLERS_AGENT, SYSTEM])
def test_a_level_0_topic_never_skips_the_seller(actor: Any) -> None:
    given(opened(LEVEL_0_TOPIC)).when(escalate().by(actor)).then_refused(
        IllegalMove, trigger="escalate", state="opened", legal=("take", "reclassify", "cancel")
    )


def test_a_direct_sale_does_not_skip_level_0_either() -> None:
    given(opened(seller=VENDOR)).when(escalate().by(SYSTEM)).then_refused(IllegalMove)


def test_once_the_seller_has_it_the_customer_no_longer_escalates() -> None:
    given(opened(LEVEL_1_TOPIC), take()).when(escalate().by(opened().actor)).then_refused(NotPermitted)


def test_user_support_is_never_escalated() -> None:
    given(opened_for_use()).when(escalate().by(SYSTEM)).then_refused(IllegalMove)
    given(*WITH_PARTNER).when(escalate().by(SYSTEM)).then_refused(IllegalMove, state="partner_support")


def test_the_vendor_hands_back_to_the_seller() -> None:
    given(*AT_LEVEL_1).when(hand_back("Patch is out")).then(
        CaseHandedBack,
        state="reseller_l0",
        level=Level.LEVEL_0,
        organisation=SELLER,
        agent=None,
        reason="Patch is out",
    )


def test_only_what_is_at_the_vendor_is_handed_back() -> None:
    given(*AT_LEVEL_0).when(hand_back().by(SYSTEM)).then_refused(IllegalMove, trigger="hand_back")


ASSIGNED_AND_WAITING = (opened(LEVEL_1_TOPIC), take("sam"), wait())
MOVES: list[tuple[tuple[Step, ...], Step]] = [
    (ASSIGNED_AND_WAITING, escalate()),
    (
        (opened(), take("sam"), escalate(), assign("vera").by(VENDORS_AGENT), wait().by(VENDORS_AGENT)),
        hand_back(),
    ),
    (ASSIGNED_AND_WAITING, resolve()),
    (ASSIGNED_AND_WAITING, cancel()),
    (ASSIGNED_AND_WAITING, reclassify(USE_TOPIC, USER_SUPPORT, PARTNER)),
    (
        (opened_for_use(), partner_takes("paul"), wait().by(PARTNERS_AGENT)),
        reclassify(LEVEL_0_TOPIC).by(PARTNERS_AGENT),
    ),
]


@pytest.mark.parametrize(("history", "move"), MOVES, ids=lambda value: str(getattr(value, "do", "")))
def test_leaving_a_level_clears_the_assignment_and_ends_waiting(
    history: tuple[Step, ...], move: Step
) -> None:
    before = given(*history)
    assert before.state is not None
    assert before.state.standing.agent
    assert before.state.standing.waiting_since
    after = before.when(move).state
    assert after is not None
    assert before.refusal is None
    assert (after.standing.agent, after.standing.waiting_since) == (None, None)


@pytest.mark.parametrize(
    ("history", "resolver", "state", "level"),
    [
        (AT_LEVEL_0, SELLERS_AGENT, "reseller_l0", Level.LEVEL_0),
        (AT_LEVEL_1, VENDORS_AGENT, "escalated_l1", Level.LEVEL_1),
        (WITH_PARTNER, PARTNERS_AGENT, "partner_support", Level.PARTNER),
        ((*AT_LEVEL_1, hand_back()), SELLERS_AGENT, "reseller_l0", Level.LEVEL_0),
    ],
)
def test_a_case_is_reopened_at_the_level_that_resolved_it(
    history: tuple[Step, ...], resolver: Any, state: str, level: Level
) -> None:
    before = given(*history)
    assert before.state is not None
    organisation = before.state.standing.organisation
    resolved = before.when(resolve("Done").by(resolver))
    resolved.then(CaseResolved, state="resolved", level=level, organisation=organisation, summary="Done")
    resolved.then(CaseResolved, resolution_code="solved")
    resolved.when(reopen("Again")).then(
        CaseReopened, state=state, level=level, organisation=organisation, agent=None, reason="Again"
    )


def test_a_case_that_nobody_took_cannot_be_resolved() -> None:
    given(opened()).when(resolve()).then_refused(IllegalMove, trigger="resolve", state="opened")


def test_a_resolved_case_is_closed_and_stays_so() -> None:
    given(*RESOLVED).when(close()).then(CaseClosed, state="closed", level=Level.LEVEL_0)
    for step in close(), reopen(), cancel(), resolve(), escalate():
        given(*CLOSED).when(step).then_refused(IllegalMove, state="closed", legal=())


def test_only_a_resolved_case_is_closed() -> None:
    given(*AT_LEVEL_0).when(close()).then_refused(
        IllegalMove, legal=("escalate", "resolve", "reclassify", "cancel")
    )


def test_only_a_resolved_case_is_reopened() -> None:
    given(*AT_LEVEL_0).when(reopen()).then_refused(IllegalMove, trigger="reopen")


@pytest.mark.parametrize("history", [(opened(),), AT_LEVEL_0, AT_LEVEL_1, WITH_PARTNER])
def test_what_is_not_resolved_can_be_cancelled(history: tuple[Step, ...]) -> None:
    given(*history).when(cancel("Wrong number")).then(
        CaseCancelled, state="cancelled", reason="Wrong number", duplicate_of=None
    )


def test_a_resolved_case_is_not_cancelled() -> None:
    given(*RESOLVED).when(cancel()).then_refused(IllegalMove, trigger="cancel", legal=("close", "reopen"))


def test_a_case_is_cancelled_as_the_duplicate_of_another() -> None:
    given(opened()).when(cancel(None, "C-0")).then(CaseCancelled, duplicate_of="C-0", reason=None)
    given(opened()).when(cancel(None, REFERENCE)).then_refused(DuplicateOfItself, case=REFERENCE)


def test_cancelling_says_why() -> None:
    given(opened()).when(cancel(None)).then_refused(CancelReasonMissing)


def test_to_an_organisation_without_a_part_in_it_there_is_no_such_case() -> None:
    stranger = GivenActor("x", "another reseller", SELLERS_AGENT.role)
    given(opened()).when(take().by(stranger)).then_refused(CaseUnknown, case=REFERENCE)
    given().when(take().by(stranger)).then_refused(CaseUnknown, case=REFERENCE)


def test_an_organisation_acts_in_the_part_that_it_has() -> None:
    customer = GivenActor("x", SELLER, Role.CUSTOMER)
    given(opened()).when(close().by(customer)).then_refused(NotYourCase, organisation=SELLER)


def test_a_refused_command_leaves_the_case_as_it_was() -> None:
    before = given(*AT_LEVEL_0)
    case = before.state
    before.when(close()).then_refused(IllegalMove)
    assert before.state == case
