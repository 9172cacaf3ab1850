"""Waiting, messages and effort, and what may be recorded late, by example."""

from __future__ import annotations

from typing import Any

import pytest

from casecore.cases.refusals import (
    AfterEnd,
    BeforeOpening,
    CustomerWritesPublicly,
    OutOfOrder,
    ReaderNotInvolved,
    ReadersMissing,
    ReadersOfPublicMessage,
    SenderIsAnother,
)
from casecore.contract.cases import (
    Audience,
    CaseAssigned,
    CaseResolved,
    EffortRecorded,
    Level,
    MessagePosted,
    Priority,
    Sender,
    WaitingEnded,
    WaitingStarted,
)
from tests.cases.steps import (
    LEVEL_1_TOPIC,
    PARTNER,
    PRACTICE,
    SELLER,
    SELLERS_AGENT,
    SYSTEM,
    USE_TOPIC,
    USER_SUPPORT,
    VENDOR,
    Step,
    agent_writes,
    assert_unreadable,
    assign,
    cancel,
    change_priority,
    close,
    customer_writes,
    escalate,
    given,
    minute,
    opened,
    opened_for_use,
    partner_takes,
    reclassify,
    record_effort,
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


def test_waiting_is_a_flag_with_the_time_at_which_it_began() -> None:
    given(*AT_LEVEL_0).when(wait("Asked for the log").at(30)).then(
        WaitingStarted, state="reseller_l0", waiting_since=minute(30), reason="Asked for the log"
    )


def test_waiting_leaves_agent_and_level() -> None:
    given(opened(), take("sam")).when(wait()).then(WaitingStarted, agent="sam", level=Level.LEVEL_0)


def test_what_waits_already_goes_on_waiting_since_then() -> None:
    given(*AT_LEVEL_0, wait().at(30)).when(wait().at(40)).then_nothing()


def test_waiting_is_ended_by_resuming_once() -> None:
    given(*AT_LEVEL_0, wait()).when(resume()).then(WaitingEnded, waiting_since=None)
    given(*AT_LEVEL_0).when(resume()).then_nothing()


def test_waiting_goes_on_when_an_agent_is_assigned_or_writes() -> None:
    given(*AT_LEVEL_0, wait().at(30)).when(assign("sam")).then(CaseAssigned, waiting_since=minute(30))
    given(*AT_LEVEL_0, wait().at(30)).when(agent_writes()).then(MessagePosted, waiting_since=minute(30))


def test_a_customers_message_ends_waiting() -> None:
    given(*AT_LEVEL_0, wait()).when(customer_writes()).then(
        MessagePosted, waiting_since=None, sender="customer", state="reseller_l0"
    )


def test_a_customers_message_from_before_the_waiting_does_not_end_it() -> None:
    given(*AT_LEVEL_0, wait().at(30)).when(customer_writes().at(29)).then(
        MessagePosted, waiting_since=minute(30)
    )
    given(*AT_LEVEL_0, wait().at(30)).when(customer_writes().at(30)).then(MessagePosted, waiting_since=None)


def test_after_the_customers_message_the_case_may_wait_again() -> None:
    given(*AT_LEVEL_0, wait(), customer_writes()).when(wait().at(60)).then(
        WaitingStarted, waiting_since=minute(60)
    )


def test_a_message_on_a_resolved_case_is_kept_and_does_not_reopen_it() -> None:
    made = given(*RESOLVED).when(customer_writes("Still broken"))
    made.then(MessagePosted, state="resolved", text="Still broken")


def test_a_public_message_of_an_agent() -> None:
    given(*AT_LEVEL_0).when(agent_writes()).then(
        MessagePosted, sender="agent", audience=Audience.PUBLIC, readers=()
    )


def test_an_internal_message_names_its_readers() -> None:
    given(*AT_LEVEL_0).when(agent_writes("Look", SELLER, VENDOR)).then(
        MessagePosted, audience=Audience.INTERNAL, readers=(SELLER, VENDOR)
    )
    internal = customer_writes(audience=Audience.INTERNAL).by(SELLERS_AGENT)
    given(*AT_LEVEL_0).when(internal).then_refused(ReadersMissing, involved=(SELLER, VENDOR))


@pytest.mark.parametrize("reader", [PRACTICE, "stranger", PARTNER])
def test_only_who_has_a_part_in_the_case_may_read_an_internal_message(reader: str) -> None:
    given(*AT_LEVEL_0).when(agent_writes("Look", SELLER, reader)).then_refused(
        ReaderNotInvolved, reader=reader
    )


def test_a_partner_with_a_part_in_it_may_read() -> None:
    given(opened(partner=PARTNER)).when(agent_writes("Look", PARTNER)).then(MessagePosted, readers=(PARTNER,))


def test_a_public_message_has_no_list_of_readers() -> None:
    step = customer_writes(readers=(SELLER,)).by(SELLERS_AGENT)
    given(*AT_LEVEL_0).when(step).then_refused(ReadersOfPublicMessage)


@pytest.mark.parametrize("more", [{"audience": Audience.INTERNAL}, {"readers": (SELLER,)}])
def test_a_customer_writes_publicly(more: dict[str, Any]) -> None:
    given(*AT_LEVEL_0).when(customer_writes(**more)).then_refused(CustomerWritesPublicly)


@pytest.mark.parametrize("late", [customer_writes(), agent_writes(), record_effort(10)])
def test_messages_and_effort_may_come_late(late: Step) -> None:
    history = (opened().at(0), take().at(10), escalate().at(20))
    assert given(*history).when(late.at(5)).refusal is None
    given(*history).when(late.at(-1)).then_refused(BeforeOpening)


@pytest.mark.parametrize("late", [customer_writes(), agent_writes(), record_effort(10)])
def test_what_happened_before_the_end_may_be_recorded_after_it(late: Step) -> None:
    history = (opened().at(0), take().at(10), resolve().at(20), close().at(30))
    assert given(*history).when(late.at(30)).refusal is None
    given(*history).when(late.at(31)).then_refused(AfterEnd)
    given(opened().at(0), cancel().at(5)).when(late.at(6)).then_refused(AfterEnd)


@pytest.mark.parametrize(
    "late",
    [
        escalate(),
        resolve(),
        assign("sam"),
        wait(),
        resume(),
        cancel(),
        change_priority(Priority.HIGH),
        reclassify(LEVEL_1_TOPIC),
    ],
)
def test_a_move_an_assignment_or_a_waiting_may_not_come_late(late: Step) -> None:
    history = (opened().at(0), take().at(10))
    given(*history).when(late.at(9)).then_refused(OutOfOrder)
    assert given(*history).when(late.at(10)).refusal is None


@pytest.mark.parametrize(
    "last", [assign("susi"), wait(), escalate(), resolve(), reclassify(USE_TOPIC, USER_SUPPORT, PARTNER)]
)
def test_nothing_that_moves_may_precede_the_last_that_did(last: Step) -> None:
    before = given(opened().at(0), take("sam").at(10), last.at(20))
    before.when(cancel().at(19)).then_refused(OutOfOrder)


@pytest.mark.parametrize("last", [agent_writes(), customer_writes(), record_effort(5)])
def test_messages_and_effort_hold_up_no_move(last: Step) -> None:
    given(opened().at(0), take().at(10), last.at(20)).when(resolve().at(15)).then(CaseResolved)


def test_the_message_that_ended_a_waiting_counts_as_its_end() -> None:
    before = given(opened().at(0), take().at(10), wait().at(20), customer_writes().at(30))
    before.when(resolve().at(25)).then_refused(OutOfOrder)


def test_a_late_message_that_ends_a_waiting_turns_no_clock_back() -> None:
    before = given(opened().at(0), take().at(10), wait().at(20), assign("sam").at(30))
    before.when(customer_writes().at(25)).then(MessagePosted, waiting_since=None, agent="sam")
    before.when(resolve().at(27)).then_refused(OutOfOrder)


def test_effort_adds_up() -> None:
    given(opened(), record_effort(15)).when(record_effort(30, "Call")).then(
        EffortRecorded, minutes=30, total_minutes=45, note="Call"
    )


@pytest.mark.parametrize("minutes", [0, -5, 1441, 2.5, "5"])
def test_effort_is_from_a_minute_to_a_day(minutes: object) -> None:
    assert_unreadable({"action": "effort", "minutes": minutes}, "minutes")


def test_an_imported_message_says_whose_it_is_and_the_customers_ends_a_waiting() -> None:
    given(*AT_LEVEL_0, wait()).when(customer_writes(sender=Sender.CUSTOMER).by(SYSTEM)).then(
        MessagePosted, sender="customer", waiting_since=None
    )
    given(*AT_LEVEL_0).when(customer_writes().by(SYSTEM)).then(MessagePosted, sender="agent")


def test_nobody_else_writes_in_anothers_name() -> None:
    given(*AT_LEVEL_0).when(customer_writes(sender=Sender.AGENT)).then_refused(SenderIsAnother)
    given(*AT_LEVEL_0).when(customer_writes(sender=Sender.CUSTOMER).by(SELLERS_AGENT)).then_refused(
        SenderIsAnother
    )
    given(*AT_LEVEL_0).when(customer_writes(sender=Sender.CUSTOMER)).then(MessagePosted, sender="customer")
