"""A case as it stood at an instant, as known by another one, agrees with its facts told one by one."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.clocks.standing import standing_of
from casecore.contract import cases as e
from casecore.evaluation.case_events import CaseEvents, Happened
from tests.clocks.casebook import CUSTOMER
from tests.clocks.naive_standing import NaiveStanding, standing_by
from tests.clocks.random_cases import RandomCase, random_cases
from tests.profiles import scaled


@scaled(1, suppressed=[HealthCheck.data_too_large])
@given(case=random_cases(), data=st.data())
def test_a_case_stood_as_its_facts_say_one_by_one(case: RandomCase, data: st.DataObject) -> None:
    # Given a case whose facts were each recorded some time after they happened, in the order of versions,
    recorded_at, latest = [], case.events[0][0]
    for occurred_at, _, _ in case.events:
        latest = max(latest, occurred_at) + timedelta(seconds=data.draw(st.integers(0, 2)))
        recorded_at.append(latest)
    # when it is asked how it stood at an instant, as known at another one,
    known_by = data.draw(st.sampled_from(recorded_at))
    facts = [
        Happened(micros(occurred_at), version, fact)
        for (occurred_at, version, fact), at in zip(case.events, recorded_at, strict=True)
        if at <= known_by and isinstance(fact, e.CaseEvent)
    ]
    late = [one.at for before, one in pairwise(facts) if one.at < before.at]
    at = data.draw(st.sampled_from([micros(case.at), *late, *late, *late, *(fact.at for fact in facts)]))
    known = CaseEvents("C-1", tuple(facts))
    evaluation = evaluate(known.history(), at)
    told = standing_by(facts, at)
    # then both say the same
    if evaluation is None or told is None:
        assert evaluation is None
        assert told is None
        return
    found, about = standing_of(evaluation.life), known.until(at)
    assert NaiveStanding(**found._asdict(), topic=about.topic) == told
    assert about.version == max(fact.version for fact in facts if fact.at <= at)
    assert about.customer == CUSTOMER
