"""The whole history under another policy, on a real PostgreSQL, against a plain loop over all cases."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

import msgspec
import pytest

from casecore.cases import commands as c
from casecore.clocks.evaluation import evaluate
from casecore.clocks.instants import micros
from casecore.contract.cases import Sender
from casecore.contract.service_levels import Policy
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, under
from casecore.evaluation.histories import StreamRange, case_of, cases_of, stream_ranges
from casecore.evaluation.pinning import pins_for
from casecore.evaluation.whatif import ClockChange, Result, judge_case, what_if
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.log import LogReader
from casecore.store.streams import read_streams
from tests.cases.promises import FIRST_ON, LAST_ON, calendar, policy
from tests.clocks.casebook import SYSTEM, CaseWriter
from tests.evaluation.business import AT, CASES_IN_STORE, MONDAY, NEW, NEW_LEVEL, SELLERS, filled_store, life
from tests.evaluation.stories import case_of_events
from tests.newer_words import as_a_newer_program_wrote


@pytest.fixture
def store(database: str) -> str:
    """A database with a history of some hundred cases."""
    return filled_store(database)


def log_of(database: str) -> list[StoredEvent]:
    with LogReader(database) as log:
        return log.read(0, 100_000)


def all_cases(database: str, up_to: int = 2**62) -> list[CaseEvents]:
    """Every case, from the log in its order: another way to them than the one that is tested."""
    streams: dict[UUID, list[StoredEvent]] = {}
    for event in log_of(database):
        if event.position <= up_to:
            streams.setdefault(event.stream_id, []).append(event)
    found = (case_of(stream) for stream in streams.values())
    return [case for case in found if case is not None]


def plain_loop(cases: list[CaseEvents], policies: list[Policy]) -> Result:
    """The same, one case after the other."""
    result = Result()
    for case in cases:
        changes = judge_case(case, policies, AT, result)
        result.cases_changed += bool(changes)
        result.changes += changes
    result.changes.sort(key=lambda change: (change.case, change.clock, change.level or "", change.number))
    return result


def test_what_processes_find_together_is_what_a_plain_loop_finds(store: str) -> None:
    policies = [NEW, NEW_LEVEL, SELLERS]
    before = log_of(store)
    shares: list[float] = []
    found = what_if(store, policies, AT, before[-1].position, 10_000, 2, shares.append)
    expected = plain_loop(all_cases(store), policies)
    # All is the same, whatever came first
    assert found == expected
    assert (found.cases, found.events) == (CASES_IN_STORE, sum(len(case.events) for case in all_cases(store)))
    assert found.cases_changed == len({change.case for change in found.changes}) > 100
    # progress rises to the end
    assert shares[-1] == 1
    assert all(one < other for one, other in pairwise(shares))
    # and nothing has changed in the store.
    assert log_of(store) == before
    # Of the changes the first ones are kept, and all are counted.
    few = what_if(store, policies, AT, before[-1].position, 7, 2)
    assert few.changes == expected.changes[:7]
    assert (few.cases_changed, few.after) == (expected.cases_changed, expected.after)


def test_what_is_stored_meanwhile_is_not_looked_at(store: str) -> None:
    # Given a position in the middle of the history
    log = log_of(store)
    up_to = log[len(log) // 2].position
    # Then cases are as they were there
    streamed = [case for part in stream_ranges(up_to) for case in cases_of(store, part, LeftOut())]
    assert sorted(streamed) == sorted(all_cases(store, up_to))
    assert what_if(store, [NEW], AT, up_to, 10_000, 1) == plain_loop(all_cases(store, up_to), [NEW])


def test_streams_come_whole_and_in_parts_that_leave_none_out(store: str) -> None:
    everything = stream_ranges(log_of(store)[-1].position)
    # Not more of it is in memory than a stream and a fetch.
    stream, first = read_streams(store, UUID(int=0), None, 2**62), _first_stream(store)
    assert [event.version for event in next(stream)] == sorted(
        event.version for event in log_of(store) if event.stream_id == first
    )
    stream.close()
    found = [case.reference for part in everything for case in cases_of(store, part, LeftOut())]
    assert sorted(found) == sorted(case.reference for case in all_cases(store))


def _first_stream(database: str) -> UUID:
    return min(event.stream_id for event in log_of(database))


@pytest.mark.parametrize("up_to", [0, 1, 3_999, 16_000, 10**6, 10**12])
def test_the_parts_cover_all_ids_without_a_gap(up_to: int) -> None:
    found = stream_ranges(up_to)
    assert found[0].first == UUID(int=0)
    assert found[-1].before is None
    assert all(one.before == other.first for one, other in pairwise(found))
    assert all(one.first < other.first for one, other in pairwise(found))
    assert {part.up_to for part in found} == {up_to}
    assert 4 <= len(found) <= 4_096


def test_a_store_that_is_away_is_said_to_be() -> None:
    unavailable = "host=127.0.0.1 port=1 connect_timeout=1"
    with pytest.raises(DatabaseUnavailable):
        list(cases_of(unavailable, StreamRange(UUID(int=0), None, 1), LeftOut()))
    with pytest.raises(DatabaseUnavailable):
        what_if(unavailable, [NEW], AT, 1, 10, 1)


# One case.


def one_case(*pinned: Policy) -> CaseEvents:
    """A case opened on Monday at eight, answered at noon, resolved at four; with these policies pinned."""
    writer = CaseWriter()
    opening = next(life(Random(1)))
    writer.act(MONDAY, opening)
    for each in pinned:
        writer.pin(MONDAY, each)
    writer.act(MONDAY + timedelta(hours=4), c.PostMessage(text="Hello", sender=Sender.AGENT))
    writer.act(MONDAY + timedelta(hours=4), c.TakeCase(agent="ida"))
    writer.act(MONDAY + timedelta(hours=8), c.ResolveCase(resolution_code="solved"))
    return case_of_events(writer.events)


def judged(case: CaseEvents, *policies: Policy) -> tuple[list[ClockChange], Result]:
    result = Result()
    return judge_case(case, policies, AT, result), result


def test_a_change_says_what_it_was_what_it_would_be_and_why() -> None:
    slow, quick = policy("whole", hours=8), policy("whole", hours=2)
    changes, result = judged(one_case(slow), quick)
    assert [(change.clock, change.before, change.after) for change in changes] == [
        ("first_response", "met", "missed"),
        ("resolution", "met", "missed"),
    ]
    assert {change.reason for change in changes} == {"target 2:00, was 8:00"}
    assert result.before == {("first_response", None): Counter(met=1), ("resolution", None): Counter(met=1)}
    assert result.after == {
        ("first_response", None): Counter(missed=1),
        ("resolution", None): Counter(missed=1),
    }


def test_a_case_that_had_none_changes_by_having_clocks() -> None:
    changes, result = judged(one_case(), policy("whole"))
    assert {(change.before, change.after, change.reason) for change in changes} == {
        (None, "met", "no policy had this clock; whole has")
    }
    assert (result.before, len(result.after)) == ({}, 2)


def test_a_clock_that_the_other_policy_does_not_have_is_gone() -> None:
    only_first = policy("whole", clocks=policy("x").clocks[:1])
    changes, _ = judged(one_case(policy("whole")), only_first)
    assert [(change.clock, change.after, change.reason) for change in changes] == [
        ("resolution", None, "the policy has no such clock")
    ]


def test_another_calendar_and_another_pause_are_reasons_too() -> None:
    nights = calendar(version=2, weekly=(("00:00-24:00",),) * 7)
    changes, _ = judged(one_case(policy("whole", hours=7)), policy("whole", hours=7, calendar=nights))
    assert {change.reason for change in changes} == {"calendar office 2, was office 1"}
    # and of the same name and version only the days can be others
    nights = calendar(weekly=(("00:00-24:00",),) * 7)
    changes, _ = judged(one_case(policy("whole", hours=7)), policy("whole", hours=7, calendar=nights))
    assert {change.reason for change in changes} == {"other days in calendar office 1"}


def test_that_a_policy_would_not_match_is_said() -> None:
    narrow = policy("whole", hours=2, match={"customers": ("somebody-else",)})
    changes, _ = judged(one_case(policy("whole")), narrow)
    assert {change.reason for change in changes} == {
        "the policy would not match this case; target 2:00, was 8:00"
    }


def test_what_the_calendar_does_not_reach_is_counted_as_that_and_not_as_met() -> None:
    # Given a case whose calendar would begin the day after it was opened, or end the day before
    day = timedelta(days=1)
    for first_on, last_on in ((MONDAY.date() + day, LAST_ON), (FIRST_ON, MONDAY.date() - day)):
        short = policy("whole", hours=30, calendar=calendar(version=2, first_on=first_on, last_on=last_on))
        _, result = judged(one_case(policy("whole")), short)
        # Then nobody can say that it was met
        for counts in result.after.values():
            assert counts == Counter(beyond_calendar=1)
        assert result.uncovered == 1
    # but what was answered while the calendar still reached was met, although it is due beyond its end.
    short = policy("whole", hours=30, calendar=calendar(version=2, first_on=FIRST_ON, last_on=MONDAY.date()))
    _, result = judged(one_case(policy("whole")), short)
    assert all(counts == Counter(met=1) for counts in result.after.values())


def test_clocks_and_statuses_come_in_one_order_whatever_came_first() -> None:
    one, other = Result(), Result()
    one.add(Result(after={("level_time", "level_1"): Counter(missed=1)}), 1)
    one.add(Result(after={("level_time", "level_1"): Counter(beyond_calendar=1, met=1)}), 1)
    one.add(Result(before={("level_time", "level_0"): Counter(met=1)}), 1)
    one.add(Result(before={("first_response", None): Counter(running=1)}), 1)
    other.add(Result(before={("first_response", None): Counter(running=1)}), 1)
    other.add(Result(after={("level_time", "level_1"): Counter(beyond_calendar=1, met=1)}), 1)
    other.add(Result(before={("level_time", "level_0"): Counter(met=1)}), 1)
    other.add(Result(after={("level_time", "level_1"): Counter(missed=1)}), 1)
    assert msgspec.json.encode(one.clocks()) == msgspec.json.encode(other.clocks())
    assert [name for name, _, _ in one.clocks()] == [
        ("first_response", None),
        ("level_time", "level_0"),
        ("level_time", "level_1"),
    ]
    assert list(one.clocks()[-1][2]) == ["met", "missed", "beyond_calendar"]


def test_a_case_that_stays_as_it_is_is_counted_once_on_each_side_and_not_evaluated_again() -> None:
    case = one_case(policy("whole"))
    assert under(case, [policy("whole")]) is case
    changes, result = judged(case, policy("whole"))
    assert changes == []
    assert result.before == result.after
    assert (result.cases, result.events) == (1, len(case.events))


def test_a_case_opened_after_the_instant_has_no_clocks() -> None:
    result = Result()
    assert judge_case(one_case(policy("whole")), [NEW], micros(MONDAY) - 1, result) == []
    assert (result.cases, result.before) == (0, {})
    assert evaluate(one_case().history(), micros(MONDAY) - 1) is None


def test_cases_of_a_newer_program_are_named_and_all_others_judged(store: str) -> None:
    # Given two cases to which a newer program wrote
    before = what_if(store, [NEW], AT, log_of(store)[-1].position, 10_000, 2)
    for reference in ("C-017", "C-230"):
        as_a_newer_program_wrote(store, case_stream_id(reference), "technical_support")
    # Then the others are judged as before, and these two are named
    found = what_if(store, [NEW], AT, log_of(store)[-1].position, 10_000, 2)
    assert found.left_out == ["C-017", "C-230"]
    assert found.cases == before.cases - 2
    assert found.changes == [one for one in before.changes if one.case not in found.left_out]
    # and so does pinning, which leaves them to a program that can read them
    left_out = LeftOut()
    pins = list(pins_for(store, SELLERS, [], log_of(store)[-1].position, SYSTEM, "tried", left_out))
    assert left_out.names() == ("C-017", "C-230")
    assert sum(len(part.commands) for part in pins) > 0
