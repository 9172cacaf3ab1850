"""The pictures of the service levels say what each case's clocks say, and so do the cases behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from casecore.app.pictures import catalogue as p
from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import instant, seconds
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.contract.cases import CaseEvent
from casecore.contract.service_levels import Clock
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from projections.pictures.asked import PictureFilter
from projections.sla.projection import SLA
from tests.profiles import scaled
from tests.projections.pictures.filled import FilledView, assert_each_figure_is_the_sum_of_its_cases
from tests.projections.promises import GAPS, Step, evaluation_of, last_at, promised, written

BERLIN = ZoneInfo("Europe/Berlin")
LATER = [*GAPS, timedelta(days=40), timedelta(days=300)]
DECIDED = (ClockStatus.MET, ClockStatus.MISSED)


class Cases:
    """The cases of some events as they stand at an instant, with their last events."""

    def __init__(self, events: Sequence[StoredEvent], at: datetime) -> None:
        own: dict[str, list[StoredEvent]] = {}
        for event in events:
            data = EVENT_TYPES.decode(event.type, event.body).data
            assert isinstance(data, CaseEvent)
            own.setdefault(data.reference, []).append(event)
        self.at = at
        self.evaluated = {name: evaluation_of(found, at) for name, found in own.items()}
        self.last = {
            name: EVENT_TYPES.decode(found[-1].type, found[-1].body).data for name, found in own.items()
        }

    def clocks(self) -> Iterator[ClockReading]:
        """All clocks."""
        for case in self.evaluated.values():
            yield from case.clocks

    def standing_of(self, name: str) -> Any:
        """Where a case is."""
        data = self.last[name]
        assert isinstance(data, CaseEvent)
        return data.standing


@pytest.fixture
def view(database: str) -> Iterator[FilledView]:
    """The service levels, in a session far from Berlin."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set timezone = 'Pacific/Auckland'")
        yield FilledView(connection, SLA)


def month_of(at: int) -> Any:
    """The first day of an instant's month in Berlin."""
    return instant(at).astimezone(BERLIN).date().replace(day=1)


def is_in(which: PictureFilter, at: int) -> bool:
    """Whether an instant is of the days that are asked about."""
    day = instant(at).astimezone(BERLIN).date()
    return (which.since is None or which.since <= day) and (which.until is None or day <= which.until)


def decided_at(clock: ClockReading) -> int:
    """When it was met or missed, whichever came first."""
    decided = clock.missed_at if clock.missed_at is not None else clock.met_at
    assert decided is not None
    return decided


def turns_of(clock: ClockReading) -> Iterator[datetime]:
    """When it begins to be at risk, and to be missed."""
    warns = clock.terms.warn_at_percent
    reached = clock.reaches(warns[0]) if warns else None
    for at in (reached, clock.due_at and clock.due_at + 1):
        if at is not None:
            yield instant(at)


@st.composite
def spans(draw: st.DrawFn, at: datetime) -> PictureFilter:
    """Days around those on which something happens."""
    around = st.none() | st.sampled_from([(at - timedelta(days=back)).date() for back in (0, 1, 3, 10, 40)])
    return PictureFilter(since=draw(around), until=draw(around), at=at)


@scaled(0.6, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(events=promised(), later=st.sampled_from(LATER), data=st.data())
def test_the_pictures_are_made_of_the_clocks_as_they_stand(
    view: FilledView, events: list[StoredEvent], later: timedelta, data: st.DataObject
) -> None:
    # Given cases with clocks, at an instant since their last events, such as when one is at risk or falls due
    since = last_at(events)
    turns = {turn for clock in Cases(events, since).clocks() for turn in turns_of(clock) if turn >= since}
    cases = Cases(events, data.draw(st.sampled_from([since + later, *sorted(turns)])))
    which = data.draw(spans(cases.at))
    with view.of(events):
        # Then promises are kept as the clocks were met and missed, months by what came first
        kept = p.PROMISES_KEPT.rows("", which, None)
        assert {row[:4]: (row.met, row.missed, row.beyond_calendar) for row in kept} == promises_of(
            cases, which
        )
        assert_each_figure_is_the_sum_of_its_cases(p.PROMISES_KEPT, which, kept)
        # And times are those of the clocks of whole cases that have stopped
        times = p.CLOCK_TIMES.rows("", which, None)
        assert [tuple(row) for row in times] == times_of(cases, which)
        assert_each_figure_is_the_sum_of_its_cases(p.CLOCK_TIMES, which, times)
        # And who has a case that falls due has it once, by what presses most
        due = p.DUE_BY_HOLDER.rows("", which, None)
        assert {(row.organisation, row.agent): (row[2:6], row.next_due_at) for row in due} == due_of(cases)
        assert_each_figure_is_the_sum_of_its_cases(p.DUE_BY_HOLDER, which, due)
        # And the time that cases were held is their age
        held = p.HELD_TIMES.rows("", which, None)
        opened = [one for one in cases.evaluated.values() if is_in(which, one.life.opened_at)]
        assert sum(row.seconds for row in held) == sum(seconds(one.age) for one in opened)
        assert {row[:2]: (row.cases, row.seconds) for row in held} == held_of(opened)
        assert_each_figure_is_the_sum_of_its_cases(p.HELD_TIMES, which, held)


@pytest.mark.parametrize("count", [1, 6, 11])
def test_a_percentile_is_a_time_that_so_many_did_not_exceed(view: FilledView, count: int) -> None:
    cases = [
        written(
            f"S-{number:03}", [Step("pin", timedelta()), Step("take", timedelta()), resolved(3 * number + 1)]
        )
        for number in range(count)
    ]
    events = [event for case in cases for event in case]
    at = Cases(events, last_at(events))
    with view.of(events):
        times = p.CLOCK_TIMES.rows("", PictureFilter(at=at.at), None)
    assert [tuple(row) for row in times] == times_of(at, PictureFilter())
    assert "resolution" in {row.clock for row in times}


def resolved(minutes: int) -> Step:
    """Resolve it after so many minutes."""
    return Step("resolve", timedelta(minutes=minutes))


def promises_of(cases: Cases, which: PictureFilter) -> dict[Any, tuple[int, ...]]:
    found: dict[Any, list[int]] = {}
    for clock in cases.clocks():
        if clock.status in DECIDED and is_in(which, decided_at(clock)):
            key, level = clock.key, clock.key.level.value if clock.key.level else ""
            row = (month_of(decided_at(clock)), clock.policy.organisation, level, key.clock.value)
            place = 1 if clock.status is ClockStatus.MISSED else 2 if clock.uncovered else 0
            found.setdefault(row, [0, 0, 0])[place] += 1
    return {key: tuple(counts) for key, counts in found.items()}


def times_of(cases: Cases, which: PictureFilter) -> list[tuple[Any, ...]]:
    found: dict[Any, list[Any]] = {}
    for clock in cases.clocks():
        if (
            clock.key.clock in (Clock.RESOLUTION, Clock.FIRST_RESPONSE)
            and clock.status in DECIDED
            and not clock.uncovered
            and clock.stopped_at is not None
            and is_in(which, clock.stopped_at)
        ):
            row = (month_of(clock.stopped_at), clock.key.clock.value)
            found.setdefault(row, []).append(seconds(clock.elapsed))
    return [
        (*row, len(times), *(nearest_rank(times, percent) for percent in (50, 90, 99)))
        for row, times in sorted(found.items())
    ]


def nearest_rank(times: Sequence[Any], percent: int) -> Any:
    """The smallest time that so many in a hundred do not exceed."""
    return next(
        time for time in sorted(times) if 100 * sum(one <= time for one in times) >= percent * len(times)
    )


def due_of(cases: Cases) -> dict[Any, Any]:
    found: dict[Any, tuple[list[int], list[datetime]]] = {}
    for name, case in cases.evaluated.items():
        clocks = [one for one in case.clocks if one.stopped_at is None and one.due_at is not None]
        if not clocks:
            continue
        standing = cases.standing_of(name)
        counts, dues = found.setdefault((standing.organisation, standing.agent), ([0, 0, 0, 0], []))
        overdue = [one for one in clocks if one.status is ClockStatus.MISSED]
        next_due = [instant(one.due_at) for one in clocks if one not in overdue and one.due_at is not None]
        dues += next_due
        if overdue:
            counts[0] += 1
        elif any(is_at_risk(one) for one in clocks):
            counts[1] += 1
        else:
            counts[2 if min(next_due) <= cases.at + timedelta(days=1) else 3] += 1
    return {who: (tuple(counts), min(dues, default=None)) for who, (counts, dues) in found.items()}


def is_at_risk(clock: ClockReading) -> bool:
    """Whether it has used up the share of its target at which its policy warns first."""
    warns = clock.terms.warn_at_percent
    return bool(warns) and clock.elapsed * 100 >= clock.target * warns[0]


def held_of(opened: Sequence[Evaluation]) -> dict[Any, tuple[int, Decimal]]:
    count: Counter[Any] = Counter()
    total: dict[Any, Any] = {}
    for case in opened:
        keys = set()
        for (holder, organisation, _), duration in case.custody_times.items():
            key = (organisation, holder.value)
            keys.add(key)
            total[key] = total.get(key, 0) + seconds(duration)
        count.update(keys)
    return {key: (count[key], total[key]) for key in total}
