"""The cases that were worked out by hand: the clocks agree with a person, a calendar and a pencil."""

from __future__ import annotations

from collections import Counter

import pytest

from casecore.clocks.custody import Custodian
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import SECOND, micros
from casecore.clocks.reading import ClockStatus
from casecore.contract.service_levels import Clock
from casecore.service_levels.book import Book, PublishedPolicy
from tests.clocks.casebook import CaseWriter, history
from tests.clocks.figures import clocks_of, holders_of, second_of, whole_seconds
from tests.clocks.naive_clock import Figures, Key
from tests.clocks.worked_cases import ExpectedClock, WorkedCase, worked_cases, worked_policies
from tests.clocks.worked_page import PAGE, page
from tests.clocks.worked_words import Part, instant, local_text, parts

every_case = pytest.mark.parametrize("case", worked_cases(), ids=lambda case: case.id)


def published() -> Book:
    """All policies of the worked cases, as they would have been published."""
    policies: dict[str, tuple[PublishedPolicy, ...]] = {}
    for policy in worked_policies():
        policies[policy.id] = (*policies.get(policy.id, ()), PublishedPolicy(policy, "0" * 64))
    return Book({}, policies)


def written(case: WorkedCase) -> CaseWriter:
    """The case after all its steps; each must be one that its actor may take."""
    writer = CaseWriter(case.reference, published())
    for step in case.steps:
        assert writer.act(step.at, step.do, step.actor), f"{step.text}: changes nothing"
    return writer


def looked_at(case: WorkedCase) -> Evaluation:
    evaluation = evaluate(history(written(case).events), case.looked_at)
    assert evaluation is not None
    return evaluation


def key(clock: ExpectedClock) -> Key:
    return Key(clock.clock, clock.level, clock.organisation, clock.number)


def figures(clock: ExpectedClock) -> Figures:
    started_at = second_of(clock.started_at)
    assert started_at is not None
    return Figures(
        policy=clock.policy,
        target=clock.target_seconds,
        status=clock.status,
        started_at=started_at,
        due_at=second_of(clock.due_at),
        met_at=second_of(clock.met_at),
        missed_at=second_of(clock.missed_at),
        elapsed=clock.elapsed_seconds,
        paused=clock.paused_seconds,
        times_paused=clock.times_paused,
        at_risk=clock.at_risk,
        beyond_horizon=clock.beyond_horizon,
    )


def total(of: tuple[Part, ...]) -> int:
    return sum(part.seconds for part in of)


@every_case
def test_the_clocks_agree_with_what_was_worked_out_by_hand(case: WorkedCase) -> None:
    expected = {key(clock): figures(clock) for clock in case.clocks}
    missing = {at: one for at, one in clocks_of(looked_at(case)).items() if at not in expected}
    assert missing == {}, "a clock that was not worked out"
    assert clocks_of(looked_at(case)) == expected
    remaining = {Key(*reading.key): whole_seconds(reading.remaining) for reading in looked_at(case).clocks}
    assert remaining == {key(clock): clock.remaining_seconds for clock in case.clocks}


@every_case
def test_the_holders_are_those_that_were_worked_out_by_hand(case: WorkedCase) -> None:
    expected = {(one.holder, one.organisation, one.agent): one.seconds for one in case.holders}
    assert holders_of(looked_at(case)) == expected


@every_case
def test_what_was_worked_out_by_hand_adds_up(case: WorkedCase) -> None:
    for clock in case.clocks:
        assert total(clock.elapsed_sum) == clock.elapsed_seconds
        assert total(clock.paused_sum) == clock.paused_seconds
        assert clock.remaining_seconds == clock.target_seconds - clock.elapsed_seconds
        if clock.due_at is not None and clock.target_seconds:
            assert total(clock.due_sum) == clock.target_seconds
            end_at = clock.due_sum[-1].end_at
            assert end_at is None or end_at == clock.due_at
    ended = [micros(step.at) for step in case.steps if step.do.verb in ("close", "cancel")]
    age = (ended or [case.looked_at])[-1] - micros(case.steps[0].at)
    assert sum(one.seconds for one in case.holders) * SECOND == age


def test_there_are_cases_of_every_kind() -> None:
    # then each clock, each status and each holder is worked out, each clock and status more than once
    cases = worked_cases()
    clocks = [clock for case in cases for clock in case.clocks]
    assert len(cases) >= 32
    assert all(count > 1 for count in Counter(clock.clock for clock in clocks).values())
    assert {clock.clock for clock in clocks} == set(Clock)
    assert {clock.status for clock in clocks} == {status.value for status in ClockStatus}
    assert {holder.holder for case in cases for holder in case.holders} == {one.value for one in Custodian}


@pytest.mark.parametrize(
    "text",
    [
        "Thu 2026-03-06 16:50-17:00 = 0:10",
        "Fri 2026-03-06 16:50-17:00 = 0:11",
        "4 x 8:00 = 32:00 (Mon 2026-03-09 to Fri 2026-03-13)",
        "Fri 2026-03-06 16.50-17.00 = 0:10",
    ],
)
def test_a_wrong_sum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"2026-03-06|2026-03-09"):
        parts(text)


def test_an_instant_of_the_missing_hour_is_refused() -> None:
    with pytest.raises(ValueError, match="not an instant"):
        instant("Sun 2026-03-29 02:30")


@every_case
def test_an_instant_is_written_as_it_is_read(case: WorkedCase) -> None:
    for step in case.steps:
        assert instant(local_text(step.at)) == micros(step.at)


def test_the_page_of_the_worked_cases_is_what_the_files_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.clocks.worked_page"
