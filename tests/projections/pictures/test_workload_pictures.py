"""The pictures of the workload say, day by day, what a walk over the events says; so do the cases behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from casecore.app.pictures import catalogue as p
from casecore.contract.cases import CaseEvent, State
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from projections.pictures.asked import PictureFilter
from projections.workload.pictures import moved_days
from projections.workload.projection import WORKLOAD
from tests.profiles import scaled
from tests.projections.histories import ACTIONS, history
from tests.projections.pictures.filled import FilledView, assert_each_figure_is_the_sum_of_its_cases

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
OPEN = {State.OPENED, State.RESELLER_L0, State.ESCALATED_L1, State.PARTNER_SUPPORT}
NOW = datetime(2024, 12, 1, tzinfo=UTC)
STARTS = [
    datetime(2024, 3, 30, 21, 59, 59, tzinfo=UTC),  # near the day of 23 hours
    datetime(2024, 3, 30, 22, tzinfo=UTC),
    datetime(2024, 3, 30, 23, tzinfo=UTC),
    datetime(2024, 10, 26, 21, 30, tzinfo=UTC),  # near the day of 25 hours, and a month's end
    datetime(2024, 10, 31, 22, 59, 59, tzinfo=UTC),
]
STEPS = [timedelta(0), timedelta(seconds=1), timedelta(hours=1), timedelta(hours=23), timedelta(days=2)]


@st.composite
def events_of_days(draw: st.DrawFn) -> list[StoredEvent]:
    """What happens to a few cases around midnights and changes of the clocks."""
    return [
        event
        for number in range(draw(st.integers(1, 4)))
        for event in history(
            f"K-{number}",
            draw(st.lists(st.sampled_from(ACTIONS), max_size=10)),
            start=draw(st.sampled_from(STARTS)),
            every=draw(st.sampled_from(STEPS)),
        )
    ]


days = st.none() | st.sampled_from(
    [date(2024, 3, 30), date(2024, 3, 31), date(2024, 10, 27), date(2024, 11, 2)]
)
spans = st.tuples(days, days).map(lambda span: PictureFilter(since=span[0], until=span[1], at=NOW))


class Happened(NamedTuple):
    """An event, when it was in Berlin, and how its case stood before and after it."""

    case: str
    at: datetime
    before: State | None
    after: State


def walked(events: Sequence[StoredEvent]) -> list[Happened]:
    """What happened, in the order of each case."""
    states: dict[str, State] = {}
    found = []
    for event in events:
        fact = EVENT_TYPES.decode(event.type, event.body)
        assert isinstance(fact.data, CaseEvent)
        name, after = fact.data.reference, fact.data.standing.state
        found.append(Happened(name, fact.occurred_at.astimezone(BERLIN), states.get(name), after))
        states[name] = after
    return found


def at_end_of(day: date, happened: Sequence[Happened]) -> Counter[State]:
    """How many cases were in each state at the end of a day."""
    return Counter({one.case: one.after for one in happened if one.at.date() <= day}.values())


def days_of(which: PictureFilter, happened: Sequence[Happened]) -> list[date]:
    """The days that a picture shows."""
    first = which.since or min(one.at.date() for one in happened)
    last = min(which.until, NOW.date()) if which.until else last_moved(happened)
    return [first + number * DAY for number in range((last - first).days + 1)]


def last_moved(happened: Sequence[Happened]) -> date:
    (found,) = [moved_days("", PictureFilter(), None).last_on]
    assert found is not None
    assert found <= max(one.at.date() for one in happened)
    return found


@pytest.fixture
def view(database: str) -> Iterator[FilledView]:
    """The workload, in a session far from Berlin."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set timezone = 'Pacific/Auckland'")
        yield FilledView(connection, WORKLOAD)


def came_in(one: Happened) -> bool:
    return one.before not in OPEN and one.after in OPEN


def went_out(one: Happened) -> bool:
    return one.before in OPEN and one.after not in OPEN


@scaled(0.6, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(events=events_of_days(), which=spans)
def test_each_day_is_as_a_walk_over_the_events_finds_it(
    view: FilledView, events: list[StoredEvent], which: PictureFilter
) -> None:
    happened = walked(events)
    with view.of(events):
        # When the flow of the backlog is asked
        flow = p.BACKLOG_FLOW.rows("", which, None)
        # Then each day has what came in and went out on it, and what was open at its end
        shown = days_of(which, happened)
        assert [tuple(row) for row in flow] == [
            (
                day,
                sum(came_in(one) for one in happened if one.at.date() == day),
                sum(went_out(one) for one in happened if one.at.date() == day),
                sum(count for state, count in at_end_of(day, happened).items() if state in OPEN),
            )
            for day in shown
        ]
        # And of the states the same
        states = p.CUMULATIVE_FLOW.rows("", which, None)
        assert [row.day for row in states] == sorted(row.day for row in states)
        assert {(row.day, row.state): row.cases for row in states if row.cases} == {
            (day, state.value): count for day in shown for state, count in at_end_of(day, happened).items()
        }
        # And each figure of the days around what happened has its cases
        around = {one.at.date() - back for one in happened for back in (timedelta(0), DAY)}
        for picture, rows in ((p.BACKLOG_FLOW, flow), (p.CUMULATIVE_FLOW, states)):
            assert_each_figure_is_the_sum_of_its_cases(
                picture, which, [r for r in rows if r.day in around][:24]
            )


@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(events=events_of_days(), which=spans)
def test_what_arrived_when_is_as_a_walk_over_the_events_finds_it(
    view: FilledView, events: list[StoredEvent], which: PictureFilter
) -> None:
    arrived = [
        one
        for one in walked(events)
        if came_in(one)
        and (which.since is None or one.at.date() >= which.since)
        and (which.until is None or one.at.date() <= which.until)
    ]
    with view.of(events):
        hours = p.ARRIVALS.rows("", which, None)
        assert [(row.weekday, row.hour) for row in hours] == [
            (weekday, hour) for weekday in range(1, 8) for hour in range(24)
        ]
        assert Counter({(row.weekday, row.hour): row.came_in for row in hours if row.came_in}) == Counter(
            (one.at.isoweekday(), one.at.hour) for one in arrived
        )
        assert_each_figure_is_the_sum_of_its_cases(p.ARRIVALS, which, [row for row in hours if row.came_in])


PUBLISHED = {
    p.OPEN_AGES: "select place, age, sum(cases)::int, sum(waiting)::int from workload.backlog_by_age "
    "where exists (select from workload.cases where is_open) group by place, age order by place",
    p.AGENT_LOAD: "select organisation, agent, cases, waiting, oldest_opened_at "
    "from workload.backlog_by_agent order by cases desc, organisation, agent nulls first",
    p.FIRST_LEVEL: "select month, seller, resolved, resolved_at_first_level, percent "
    "from workload.first_level_resolution order by month, seller",
    p.HAND_OVERS: "select month, up, down, bounces, reopened from workload.moves_by_month order by month",
    p.CUSTOMER_EFFORT: "select 'practice', sum(minutes), sum(cases) from workload.effort_by_month",
}
"""What the SQL views say, which are recounted in their own test."""


@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(events=events_of_days())
def test_the_pictures_say_what_the_published_views_say(view: FilledView, events: list[StoredEvent]) -> None:
    asked = PictureFilter()
    with view.of(events):
        said = {picture: view.ask(query) for picture, query in PUBLISHED.items()}
        shown = {picture: picture.rows("", asked, None) for picture in PUBLISHED}
        for picture, rows in shown.items():
            assert_each_figure_is_the_sum_of_its_cases(picture, asked, rows)
    ages: dict[tuple[int, str], list[int]] = {}
    for row in shown[p.OPEN_AGES]:
        counts = ages.setdefault((row.place, row.age), [0, 0])
        counts[0] += row.cases
        counts[1] += row.waiting
    assert [(*age, *counts) for age, counts in ages.items()] == said[p.OPEN_AGES]
    loads = [(*row[:4], row.oldest_opened_at) for row in shown[p.AGENT_LOAD]]
    assert loads == said[p.AGENT_LOAD]
    assert [tuple(row) for row in shown[p.FIRST_LEVEL]] == said[p.FIRST_LEVEL]
    moved = [(row.month, row.up, row.down, row.bounces, row.reopened) for row in shown[p.HAND_OVERS]]
    assert moved == said[p.HAND_OVERS]
    assert sum(row.resolved for row in shown[p.HAND_OVERS]) == sum(
        one.after is State.RESOLVED and one.before is not State.RESOLVED for one in walked(events)
    )
    minutes = [(row.customer, row.minutes) for row in shown[p.CUSTOMER_EFFORT]]
    assert minutes == [row[:2] for row in said[p.CUSTOMER_EFFORT] if row[1]]
