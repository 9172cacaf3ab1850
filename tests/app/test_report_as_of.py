"""A report of service levels, computed from the events of cases: what is behind each of its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from casecore.app.service_levels.report_as_of import reported_clocks
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.contract.wire import StoredEvent
from casecore.evaluation.histories import case_of
from projections.sla.reports import AttainmentFilter, ReportedClock
from tests.projections.promises import START, Step, written

HOUR = timedelta(hours=1)
END_TO_END, LEVEL_0, LEVEL_1 = (Step("pin", timedelta(), choice) for choice in (0, 5, 7))
TO_IDA, TO_VERA = 1, 2
RESOLVED_BY_VERA = (
    END_TO_END,
    Step("take", HOUR, TO_IDA),
    LEVEL_0,
    Step("escalate", HOUR, TO_VERA),
    LEVEL_1,
    Step("resolve", HOUR),
)


def behind(
    events: Sequence[StoredEvent], which: AttainmentFilter, after: timedelta = timedelta(days=30)
) -> Iterator[ReportedClock]:
    """The clocks of a case behind a report, so long after its opening."""
    case = case_of(events)
    assert case is not None
    evaluation = evaluate(case.history(), micros(START + after))
    assert evaluation is not None
    return reported_clocks(case, evaluation, which)


@pytest.mark.parametrize(
    ("agent", "clocks"),
    [
        ("ida", {("hand_over", "level_0"), ("level_time", "level_0")}),
        (
            "vera",
            {("first_response", ""), ("resolution", ""), ("hand_over", "level_1"), ("level_time", "level_1")},
        ),
        ("olga", set()),
    ],
)
def test_a_clock_is_of_the_agent_who_had_the_case_when_it_stopped(
    agent: str, clocks: set[tuple[str, str]]
) -> None:
    # Given a case that ida took, and that vera resolved
    events = written("S-0", RESOLVED_BY_VERA)
    # When the report is asked for by agent
    found = behind(events, AttainmentFilter(agent=agent))
    # Then each has those that stopped with them, and of a level's only those of their level
    assert {(clock.clock, clock.level) for clock in found} == clocks


def test_a_clock_that_runs_past_its_due_is_of_the_agent_who_has_the_case() -> None:
    events = written("S-0", [END_TO_END, Step("take", HOUR, TO_IDA), Step("assign", HOUR, TO_VERA)])
    assert {clock.clock for clock in behind(events, AttainmentFilter(agent="vera"))} == {
        "first_response",
        "resolution",
    }
    assert list(behind(events, AttainmentFilter(agent="ida"))) == []


@pytest.mark.parametrize(
    ("which", "count"),
    [
        (AttainmentFilter(customer="clinic", topic="activation"), 2),
        (AttainmentFilter(seller="seller", policy="vendor-end_to_end"), 2),
        (AttainmentFilter(customer="practice"), 0),
        (AttainmentFilter(seller="another"), 0),
        (AttainmentFilter(topic="recovery"), 0),
        (AttainmentFilter(policy="vendor-level_1"), 0),
    ],
)
def test_a_report_is_narrowed_to_a_customer_a_seller_a_topic_and_a_policy(
    which: AttainmentFilter, count: int
) -> None:
    # Given a clinic's case that turned out to be about an activation
    events = written("S-1", [END_TO_END, Step("reclassify", HOUR, 1)])
    # Then its clocks are behind the report of what it is about, and of no other
    assert len(list(behind(events, which))) == count
