"""How cases stood at an instant, as known at another: SQL, the fold, and the facts told one by one agree."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.cases.commands import AssignCase, PostMessage, RecordEffort
from casecore.clocks.instants import micros
from casecore.contract.wire import StoredEvent, decode_event
from casecore.decider.stored_facts import fact_of
from casecore.evaluation.case_events import CaseEvents
from casecore.evaluation.histories import case_of
from casecore.evaluation.known_case import known_case
from projections.kit.stored_table import Row
from projections.kit.tables import schema
from projections.timeline import standings
from projections.timeline.projection import TIMELINE, LastStanding, event_rows, evolve
from projections.timeline.standings import StandingsFilter
from projections.timeline.tables import EVENTS_TABLE, STANDINGS_TABLE
from tests.clocks.naive_standing import standing_by
from tests.profiles import scaled
from tests.projections.histories import ACTIONS, ESCALATE, NOON, RESOLVE, TAKE, history
from tests.servers import new_database

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
ASSIGN = AssignCase(agent="carla")


class Log(NamedTuple):
    """What is stored of cases, by reference."""

    cases: dict[str, list[StoredEvent]]

    def known(self, reference: str, recorded_by: datetime) -> CaseEvents:
        """What was recorded of a case by an instant."""
        return case_of(one for one in self.cases[reference] if one.recorded_at <= recorded_by) or CaseEvents(
            reference, ()
        )

    def instants(self) -> list[datetime]:
        """When something happened, or was recorded."""
        events = [event for case in self.cases.values() for event in case]
        return [*(fact_of(event).occurred_at for event in events), *(event.recorded_at for event in events)]


@pytest.fixture(scope="module")
def view_database(postgres_server: str) -> Iterator[str]:
    """One database for all examples: the view is emptied for each."""
    with new_database(postgres_server) as database:
        yield database


@pytest.fixture(scope="module")
def view(view_database: str) -> Iterator[Connection]:
    """The timeline's tables, empty."""
    with psycopg.connect(view_database, autocommit=True) as connection:
        schema.ensure(connection, TIMELINE)
        yield connection


_TURNS = st.lists(st.sampled_from((TAKE, ESCALATE, ASSIGN, RESOLVE, *ACTIONS)), min_size=3, max_size=14)
_MINUTES = st.integers(0, 90)


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """A few cases, of which some facts are recorded late, as far as the rules of a case allow that."""
    cases: dict[str, list[StoredEvent]] = {}
    for number in range(1, draw(st.integers(2, 5))):
        actions, every = draw(_TURNS), draw(st.sampled_from([0, 1, 30]))
        late = {
            turn: NOON + timedelta(minutes=draw(st.integers(0, turn * every)))
            for turn, action in enumerate(actions, start=1)
            if isinstance(action, PostMessage | RecordEffort) and draw(st.booleans())
        }
        start = NOON + timedelta(minutes=draw(_MINUTES))
        found = history(f"C-{number}", (TAKE, *actions), start, timedelta(minutes=every), late)
        delays = [timedelta(minutes=draw(st.sampled_from([0, 0, 45]))) for _ in found]
        given = (event.recorded_at + delay for event, delay in zip(found, delays, strict=True))
        cases[f"C-{number}"] = [
            event._replace(recorded_at=at)
            for event, at in zip(found, itertools.accumulate(given, max), strict=True)
        ]
    return Log(cases)


def rows_of(case: Iterable[StoredEvent]) -> Iterator[Row]:
    """The rows of the timeline of a case."""
    before: LastStanding | None = None
    for stored in case:
        event = decode_event(stored)
        after = evolve(before, event)
        yield from event_rows(before, event, after)
        before = after


def fill(view: Connection, log: Log) -> None:
    """Let the view hold these cases, and no others; without what the question does not read."""
    rows = [row for case in log.cases.values() for row in rows_of(case)]
    with view.transaction(), view.cursor() as cursor:
        cursor.execute("truncate timeline.events, timeline.standings")
        for table in (EVENTS_TABLE, STANDINGS_TABLE):
            places = ", ".join(["%s"] * len(table.names))
            statement = f"insert into timeline.{table.name} values ({places})".encode()
            cursor.executemany(statement, [row for row in rows if isinstance(row, table.row)])


def stood(view: Connection, question: str, *given: object) -> dict[str, tuple[object, ...]]:
    """By reference: state, whether it is open, level, organisation, agent and version."""
    columns = "reference, state, is_open, level, organisation, agent, version"
    rows = view.execute(f"select {columns} from timeline.{question}".encode(), given).fetchall()
    assert len({row[0] for row in rows}) == len(rows), "a case is there twice"
    return {row[0]: row[1:6] for row in rows}


@scaled(1, suppressed=[HealthCheck.data_too_large, HealthCheck.function_scoped_fixture])
@given(log=logs(), data=st.data())
def test_sql_the_fold_and_the_facts_told_one_by_one_agree(
    view: Connection, log: Log, data: st.DataObject
) -> None:
    # Given cases of which some facts were recorded late
    fill(view, log)
    moment = timedelta(microseconds=1)
    instants = st.sampled_from(log.instants())
    at, recorded_by = (data.draw(instants) + data.draw(st.sampled_from([-moment, 0 * moment])) for _ in "12")
    # When it is asked how each stood at an instant, as known at another one
    found = stood(view, "states_at(%s, %s)", at, recorded_by)
    # Then SQL says of all of them, and of each, what their facts say, and what the fold says
    for reference in log.cases:
        facts = log.known(reference, recorded_by)
        told = standing_by(facts.events, micros(at))
        known = known_case(facts, micros(at)) if facts.events else None
        one = stood(view, "state_at(%s, %s, %s)", reference, at, recorded_by)
        if told is None or known is None:
            assert told is None
            assert known is None
            assert reference not in found
            assert one == {}
            continue
        level = told.level.value if told.level else None
        said = (told.state.value, told.state.is_open, level, told.organisation, told.agent)
        assert found[reference] == said
        assert one == {reference: said}
        assert (known.standing.state.value, known.standing.agent) == (said[0], said[4])
    # and without a knowledge they stand as all that is recorded says
    latest = max(log.instants())
    assert stood(view, "states_at(%s)", at) == stood(view, "states_at(%s, %s)", at, latest)


@scaled(0.2, suppressed=[HealthCheck.data_too_large, HealthCheck.function_scoped_fixture])
@given(log=logs(), data=st.data(), by=st.sets(st.sampled_from(standings.COUNTED_BY)))
def test_cases_are_counted_as_they_are_listed(
    view: Connection, view_database: str, log: Log, data: st.DataObject, by: set[str]
) -> None:
    # Given some cases
    fill(view, log)
    at, recorded_by = (data.draw(st.sampled_from(log.instants())) for _ in "12")
    which = StandingsFilter(at, data.draw(st.sampled_from([None, recorded_by])))
    # When they are listed, and counted by some words
    listed = list(standings.list_standings(view_database, which))
    counts = standings.count_standings(view_database, which, by)
    # Then the counts are those of the list
    names = [name for name in standings.COUNTED_BY if name in by]
    plain = Counter(tuple(getattr(case, name) for name in names) for case in listed)
    assert {
        tuple(getattr(count, name) for name in names): count.cases for count in counts if count.cases
    } == plain
    # and narrowed to one, or page by page, the list is a part of itself
    assert pages(view_database, which) == listed
    if listed:
        case = data.draw(st.sampled_from(listed))
        narrowed = which._replace(state=case.state, organisation=case.organisation, open_only=case.is_open)
        assert list(standings.list_standings(view_database, narrowed)) == [
            one for one in listed if (one.state, one.organisation) == (case.state, case.organisation)
        ]
    # and as many stood otherwise as have a change that was recorded later
    later = {
        reference
        for reference, case in log.cases.items()
        for row in rows_of(case)
        if TIMELINE.table_of[type(row)].name == "standings" and row[3] <= at and row[4] > recorded_by  # type: ignore[operator]
    }
    assert standings.count_recorded_later(view_database, at, recorded_by) == len(later)


def pages(database: str, which: StandingsFilter) -> Sequence[standings.ListedStanding]:
    """The list, one case at a time."""
    found: list[standings.ListedStanding] = []
    while page := list(
        standings.list_standings(
            database, which._replace(limit=1, after=found[-1].reference if found else None)
        )
    ):
        found += page
    return found
