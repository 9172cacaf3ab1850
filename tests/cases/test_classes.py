"""What changes a case's priority, category and topic, by example."""

from __future__ import annotations

import pytest

from casecore.cases.refusals import (
    AlreadyEnded,
    AlreadySolved,
    IllegalMove,
    PartnerMissing,
    TopicUnknown,
)
from casecore.contract.cases import (
    CaseReclassified,
    CaseTaken,
    Level,
    Priority,
    PriorityChanged,
)
from tests.cases.steps import (
    LEVEL_0_TOPIC,
    LEVEL_1_TOPIC,
    OTHER_PARTNER,
    PARTNER,
    PARTNERS_AGENT,
    SELLER,
    TECHNICAL,
    USE_TOPIC,
    USER_SUPPORT,
    VENDORS_AGENT,
    Step,
    assign,
    cancel,
    change_priority,
    close,
    escalate,
    given,
    minute,
    opened,
    opened_for_use,
    partner_takes,
    reclassify,
    resolve,
    take,
    wait,
)

AT_LEVEL_0 = (opened(), take())
AT_LEVEL_1 = (opened(), take(), escalate())
WITH_PARTNER = (opened_for_use(), partner_takes())
RESOLVED = (*AT_LEVEL_0, resolve())
CLOSED = (*RESOLVED, close())
CANCELLED = (opened(), cancel())


def test_the_priority_is_changed_once() -> None:
    given(opened()).when(change_priority(Priority.URGENT)).then(PriorityChanged, priority=Priority.URGENT)
    given(opened()).when(change_priority(Priority.NORMAL)).then_nothing()


@pytest.mark.parametrize("history", [CLOSED, CANCELLED])
def test_the_priority_of_what_has_ended_is_past(history: tuple[Step, ...]) -> None:
    given(*history).when(change_priority(Priority.LOW)).then_refused(AlreadyEnded, asked="priority")


def test_user_support_that_turns_out_technical_goes_back_to_opened_for_the_seller() -> None:
    given(*WITH_PARTNER).when(reclassify(LEVEL_1_TOPIC).by(PARTNERS_AGENT)).then(
        CaseReclassified,
        state="opened",
        level=None,
        organisation=SELLER,
        agent=None,
        category=TECHNICAL,
        topic=LEVEL_1_TOPIC,
        partner=PARTNER,
    )


def test_after_that_the_seller_takes_it_and_a_new_level_resolves_it() -> None:
    given(*WITH_PARTNER, reclassify(LEVEL_0_TOPIC).by(PARTNERS_AGENT)).when(take()).then(
        CaseTaken, state="reseller_l0", organisation=SELLER
    )


def test_technical_that_turns_out_to_be_user_support_is_opened_for_the_partner() -> None:
    given(*AT_LEVEL_1).when(reclassify(USE_TOPIC, USER_SUPPORT, PARTNER).by(VENDORS_AGENT)).then(
        CaseReclassified, state="opened", organisation=PARTNER, partner=PARTNER, level=None
    )
    given(*AT_LEVEL_0).when(reclassify(USE_TOPIC, USER_SUPPORT)).then_refused(PartnerMissing)


def test_a_topic_that_becomes_level_0_at_the_vendor_leaves_the_case_there() -> None:
    given(opened(LEVEL_1_TOPIC), escalate(), assign("vera").by(VENDORS_AGENT)).when(
        reclassify(LEVEL_0_TOPIC).by(VENDORS_AGENT)
    ).then(CaseReclassified, state="escalated_l1", level=Level.LEVEL_1, agent="vera", topic=LEVEL_0_TOPIC)


def test_another_topic_of_the_same_category_moves_nothing() -> None:
    given(opened(), take("sam"), wait().at(30)).when(reclassify("activation")).then(
        CaseReclassified, state="reseller_l0", agent="sam", waiting_since=minute(30)
    )


def test_a_topic_that_becomes_level_0_before_anyone_took_it_no_longer_skips_the_seller() -> None:
    given(opened(LEVEL_1_TOPIC), reclassify(LEVEL_0_TOPIC)).when(escalate()).then_refused(IllegalMove)


def test_a_class_that_it_has_already_changes_nothing() -> None:
    given(opened()).when(reclassify(LEVEL_0_TOPIC)).then_nothing()
    given(*WITH_PARTNER).when(reclassify(USE_TOPIC, USER_SUPPORT, PARTNER).by(PARTNERS_AGENT)).then_nothing()


def test_another_partner_gets_the_case_opened_again_and_without_the_agent_of_the_one_before() -> None:
    given(opened_for_use(), partner_takes("paul")).when(
        reclassify(USE_TOPIC, USER_SUPPORT, OTHER_PARTNER).by(PARTNERS_AGENT)
    ).then(
        CaseReclassified,
        state="opened",
        level=None,
        organisation=OTHER_PARTNER,
        partner=OTHER_PARTNER,
        agent=None,
    )


def test_another_topic_with_the_same_partner_keeps_the_agent() -> None:
    given(opened_for_use(), partner_takes("paul")).when(
        reclassify("training", USER_SUPPORT, PARTNER).by(PARTNERS_AGENT)
    ).then(CaseReclassified, organisation=PARTNER, agent="paul", topic="training")


def test_only_a_topic_of_its_category_is_accepted() -> None:
    given(*AT_LEVEL_0).when(reclassify(USE_TOPIC)).then_refused(TopicUnknown)


@pytest.mark.parametrize("history", [RESOLVED, CLOSED, (*AT_LEVEL_0, cancel())])
def test_what_is_solved_or_ended_is_not_reclassified(history: tuple[Step, ...]) -> None:
    given(*history).when(reclassify(LEVEL_1_TOPIC)).then_refused(AlreadySolved, asked="reclassify")
