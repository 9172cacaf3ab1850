"""A case at an instant, as known at another one: as its facts say, without a gap in its custody."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.app.service_levels.as_of import holder_answers
from casecore.clocks.instants import SECOND, micros
from casecore.contract import cases as e
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.evaluation.known_case import known_case
from casecore.web.rendering.bars import WIDTH
from casecore.web.rendering.custody import custodies_of
from tests.clocks.naive_standing import NaiveStanding, standing_by
from tests.clocks.random_cases import RandomCase, random_cases
from tests.profiles import scaled


@scaled(1, suppressed=[HealthCheck.data_too_large])
@given(case=random_cases(), data=st.data())
def test_a_case_is_known_as_its_facts_say_and_somebody_had_it_for_every_second(
    case: RandomCase, data: st.DataObject
) -> None:
    # Given a case whose facts were each recorded some time after they happened
    facts, latest = [], case.events[0][0]
    for occurred_at, version, fact in case.events:
        latest = max(latest, occurred_at) + timedelta(seconds=data.draw(st.integers(0, 2)))
        if isinstance(fact, e.CaseEvent):
            facts.append((latest, Happened(micros(occurred_at), version, fact)))
    # When it is asked how it stood at an instant, as known at another one
    known_by = data.draw(st.sampled_from([at for at, _ in facts]))
    known = [fact for recorded_at, fact in facts if recorded_at <= known_by]
    at = data.draw(st.sampled_from([micros(case.at), *(fact.at for fact in known)]))
    found, told = known_case(CaseEvents("C-1", tuple(known)), at), standing_by(known, at)
    # Then the facts told one by one say the same
    if found is None or told is None:
        assert found is None
        assert told is None
        return
    assert NaiveStanding(**found.standing._asdict(), topic=found.topic) == told
    assert found.effort_minutes == sum(
        one.data.minutes for one in known if isinstance(one.data, e.EffortRecorded) and one.at <= at
    )
    # And its custodies, and its stays, follow each other from its opening on, and add up to its age
    for parts in (found.spans, found.stays):
        assert all(
            before.end == after.start for before, after in pairwise(parts) if before.end > before.start
        )
        assert sum(part.end - part.start for part in parts) == found.evaluation.age
    # And the bar that is drawn of it is whole, and its seconds add up to its age to the second
    drawn = custodies_of(found, holder_answers(found.evaluation))
    assert drawn.age_seconds == found.evaluation.age // SECOND
    if found.evaluation.age:
        assert sum(round(share.width * 100) for share in drawn.shares) == WIDTH * 100
