"""On random cases the clocks agree with a walk from tick to tick."""

from __future__ import annotations

from hypothesis import HealthCheck, given

from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from tests.clocks.casebook import history
from tests.clocks.figures import clocks_of, holders_of, whole_seconds
from tests.clocks.naive_calendar import seconds
from tests.clocks.random_cases import RandomCase, random_cases
from tests.clocks.reference import figures_of
from tests.profiles import scaled


@scaled(1, suppressed=[HealthCheck.data_too_large])
@given(random_cases())
def test_every_clock_and_every_holder_is_as_a_walk_from_tick_to_tick_finds_it(case: RandomCase) -> None:
    # given a case, when it is looked at
    evaluation = evaluate(history(case.events), micros(case.at))
    events = [(seconds(at), version, data) for at, version, data in case.events]
    expected = figures_of(events, seconds(case.at), case.frame.tick)
    # then both find the same
    if expected is None or evaluation is None:
        assert evaluation is None
        assert expected is None
        return
    assert clocks_of(evaluation) == expected.clocks
    assert holders_of(evaluation) == expected.holders
    assert whole_seconds(evaluation.age) == expected.age
