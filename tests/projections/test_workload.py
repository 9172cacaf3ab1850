"""The workload's fold in the business's words: hand-overs, bounces, first level, backlog."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given

from casecore.cases import commands as c
from casecore.contract.cases import Category, Priority
from casecore.contract.wire import StoredEvent
from projections.workload.projection import WORKLOAD
from projections.workload.tables import CaseRow, EffortRow, MoveRow
from tests.projections.histories import (
    CANCEL,
    CLOSE,
    EFFORT,
    ESCALATE,
    HAND_BACK,
    MESSAGE,
    NOON,
    REOPEN,
    RESOLVE,
    TAKE,
    TO_PARTNER,
    WAIT,
    history,
    interleaved,
    sent,
)  # fmt: skip
from tests.projections.memory import MemoryView, folded

URGENT = c.ChangePriority(priority=Priority.URGENT)
OTHER_TOPIC = c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="database_move")
TO_TECHNICAL = c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="activation")


def case_after(*actions: c.PlainAction) -> CaseRow:
    (row,) = folded(WORKLOAD, sent(history("K-1", actions))).rows["cases"].values()
    return cast(CaseRow, row)


def moves(view: MemoryView) -> list[MoveRow]:
    return cast(list[MoveRow], list(view.rows["case_moves"].values()))


def hours(number: int) -> Any:
    return NOON + timedelta(hours=number)


def test_an_opened_case_is_open_and_at_no_level() -> None:
    case = case_after()
    assert (case.state, case.is_open, case.level, case.opened_at) == ("opened", True, None, NOON)


def test_a_bounce_is_up_down_and_up_again() -> None:
    assert case_after(TAKE, ESCALATE).bounces == 0
    assert case_after(TAKE, ESCALATE, HAND_BACK).bounces == 0
    case = case_after(TAKE, ESCALATE, HAND_BACK, ESCALATE, HAND_BACK, ESCALATE)
    assert (case.hand_overs_up, case.hand_overs_down, case.bounces) == (3, 2, 2)


def test_going_up_again_is_no_bounce_where_it_was_resolved_in_between() -> None:
    assert case_after(TAKE, RESOLVE, REOPEN, ESCALATE).bounces == 0
    case = case_after(TAKE, ESCALATE, HAND_BACK, RESOLVE, REOPEN, ESCALATE)
    assert (case.hand_overs_up, case.hand_overs_down, case.bounces, case.reopened) == (2, 1, 0, 1)


def test_going_up_again_is_no_bounce_where_it_was_opened_again_in_between() -> None:
    case = case_after(TAKE, ESCALATE, HAND_BACK, TO_PARTNER, TO_TECHNICAL, TAKE, ESCALATE)
    assert (case.hand_overs_up, case.hand_overs_down, case.bounces) == (2, 1, 0)


def test_what_leaves_the_case_at_level_0_leaves_the_next_escalation_a_bounce() -> None:
    between = (c.AssignCase(agent="bela"), WAIT, MESSAGE, EFFORT, OTHER_TOPIC, URGENT)
    assert case_after(TAKE, ESCALATE, HAND_BACK, *between, ESCALATE).bounces == 1


def test_a_reclassification_takes_a_case_from_the_vendor_without_a_hand_over_down() -> None:
    case = case_after(TAKE, ESCALATE, TO_PARTNER, TO_TECHNICAL, TAKE, ESCALATE)
    assert (case.hand_overs_up, case.hand_overs_down, case.bounces) == (2, 0, 0)


def test_a_case_that_was_opened_again_is_at_no_level_until_it_is_taken() -> None:
    assert case_after(TAKE, TO_PARTNER).level is None
    assert case_after(TAKE, TO_PARTNER, TAKE).level == "partner"


def test_a_case_resolved_at_level_0_counts_for_the_first_level_unless_it_was_ever_at_level_1() -> None:
    assert case_after(TAKE, RESOLVE).first_level_resolved is True
    assert case_after(TAKE, ESCALATE, RESOLVE).first_level_resolved is False
    assert case_after(TAKE, ESCALATE, HAND_BACK, RESOLVE).first_level_resolved is False


def test_a_support_partners_case_stands_apart_from_the_first_level() -> None:
    case = case_after(TO_PARTNER, TAKE, RESOLVE)
    assert (case.level, case.first_level_resolved) == ("partner", None)


def test_a_reopened_case_is_not_resolved_any_more() -> None:
    case = case_after(TAKE, RESOLVE, REOPEN)
    assert (case.is_open, case.resolved_at, case.first_level_resolved, case.reopened) == (True, None, None, 1)


def test_waiting_ends_with_a_move() -> None:
    assert case_after(TAKE, WAIT).waiting_since == hours(2)
    assert case_after(TAKE, WAIT, ESCALATE).waiting_since is None


def test_messages_and_effort_are_no_moves() -> None:
    case = case_after(TAKE, MESSAGE, EFFORT, EFFORT)
    assert (case.messages, case.effort_minutes, case.last_move_at) == (1, 30, hours(1))


def test_another_priority_or_topic_is_no_move() -> None:
    case = case_after(TAKE, URGENT, OTHER_TOPIC)
    assert (case.priority, case.topic, case.last_move_at) == ("urgent", "database_move", hours(1))


@pytest.mark.parametrize(
    "action",
    [c.AssignCase(agent="bela"), WAIT, ESCALATE, RESOLVE, CANCEL, TO_PARTNER],
    ids=lambda action: action.verb,
)
def test_a_move_an_assignment_and_a_waiting_are_moves(action: c.PlainAction) -> None:
    assert case_after(TAKE, EFFORT, action).last_move_at == hours(3)


def test_the_end_of_a_waiting_is_a_move() -> None:
    assert case_after(TAKE, WAIT, EFFORT, c.ResumeCase()).last_move_at == hours(4)


def test_a_case_ends_when_it_is_closed_or_cancelled() -> None:
    closed, cancelled = case_after(TAKE, RESOLVE, CLOSE), case_after(CANCEL)
    assert (closed.ended_at, closed.resolved_at) == (hours(3), hours(2))
    assert (cancelled.ended_at, cancelled.resolved_at, cancelled.is_open) == (hours(1), None, False)


def test_a_reopening_comes_in_again_and_closing_a_resolved_case_takes_nothing_out() -> None:
    found = moves(folded(WORKLOAD, sent(history("K-1", [TAKE, RESOLVE, REOPEN, RESOLVE, CLOSE]))))
    assert [(m.move, m.came_in, m.went_out) for m in found] == [
        ("opened", 1, 0), ("taken", 0, 0), ("resolved", 0, 1), ("reopened", 1, 0), ("resolved", 0, 1),
        ("closed", 0, 0),
    ]  # fmt: skip


@given(events=interleaved())
def test_sums_over_moves_and_efforts_agree_with_the_cases_at_any_moment(events: list[StoredEvent]) -> None:
    view = MemoryView(WORKLOAD)
    for record in sent(events):
        view.take([record])
        cases = cast(list[CaseRow], list(view.rows["cases"].values()))
        efforts = cast(list[EffortRow], list(view.rows["efforts"].values()))
        found = moves(view)
        assert sum(m.came_in - m.went_out for m in found) == sum(case.is_open for case in cases)
        assert sum(m.up for m in found) == sum(case.hand_overs_up for case in cases)
        assert sum(m.down for m in found) == sum(case.hand_overs_down for case in cases)
        assert sum(m.bounce for m in found) == sum(case.bounces for case in cases)
        assert sum(m.reopened for m in found) == sum(case.reopened for case in cases)
        assert sum(effort.minutes for effort in efforts) == sum(case.effort_minutes for case in cases)
