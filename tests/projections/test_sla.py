"""The service levels in rows: whatever happened, at any instant they say what the clocks themselves say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from casecore.app.service_levels.as_of import clock_answers, holder_answers
from casecore.app.service_levels.report_as_of import reported_clocks
from casecore.app.service_levels.report_sums import ReportSums
from casecore.clocks.custody import Custodian
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import instant, micros, seconds
from casecore.clocks.open_hours import OpenHours
from casecore.clocks.reading import ClockReading, ClockStatus, WarningPoint
from casecore.clocks.recorded import RecordedNotes, RecordedWarning
from casecore.contract.service_levels import Calendar
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.evaluation.histories import case_of
from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import VIEW_READER
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.reading.queries import fetch_all
from projections.kit.rebuild.rebuild import audit_view, rebuild
from projections.kit.roles import READER
from projections.kit.tables import schema
from projections.kit.tables.storage import Storage
from projections.sla.calendars import calendar_row
from projections.sla.open_clocks import standing_still
from projections.sla.projection import SLA
from projections.sla.queries import (
    CLOCKS,
    HOLDERS,
    ClockAnswer,
    DueFilter,
    HolderAnswer,
    clocks_of,
    due_next,
    holders_of,
    notes_due,
    without_policy,
)
from projections.sla.reports import (
    ATTAINMENT,
    BEYOND_CALENDAR,
    CLOCKS_BEHIND,
    MET,
    MISSED,
    REVISED,
    REVISIONS,
    Attainment,
    AttainmentFilter,
    MonthRevised,
    ReportedClock,
    attainment,
    clocks_behind,
)
from projections.sla.tables import HOLDERS_TABLE, CaseRow
from tests.profiles import scaled
from tests.projections.histories import sent
from tests.projections.live import Place, until
from tests.projections.memory import MemoryView, folded
from tests.projections.promises import (
    ENDING,
    EVENINGS,
    GAPS,
    NEVER,
    OFFICE,
    START,
    Step,
    evaluation_of,
    last_at,
    promised,
    written,
)

KEY = case_stream_id("S-0")
PIN = Step("pin", timedelta())  # four hours of the office's, for the whole case; START is 10:00 there
WATCH = Step("watch", timedelta())
TAKE = Step("take", timedelta(hours=1), 1)
PAUSED_WHEN_DUE = [PIN, TAKE, Step("wait", timedelta(hours=4))]
PAUSED_BEFORE = [PIN, TAKE, Step("wait", timedelta(minutes=30))]
DUE_BEFORE_IT_CHANGED = [PIN, Step("urgency", timedelta(hours=1), 3)]  # urgent: at once
LATER = [*GAPS, timedelta(days=40), timedelta(days=300), timedelta(days=900)]

COUNTED = (MET, MISSED, BEYOND_CALENDAR)
narrowed = st.builds(
    AttainmentFilter,
    organisation=st.sampled_from([None, "vendor", "seller"]),
    clock=st.sampled_from([None, None, "resolution", "level_time"]),
    customer=st.sampled_from([None, "practice", "clinic"]),
    seller=st.sampled_from([None, "seller", "nobody"]),
    topic=st.sampled_from([None, "recovery", "activation"]),
    agent=st.sampled_from([None, "ida", "vera", "olga"]),
    policy=st.sampled_from([None, None, "vendor-end_to_end", "seller-level_0"]),
    level=st.sampled_from([None, None, "", "level_0"]),
    priority=st.sampled_from([None, None, "normal", "high"]),
    first_month=st.sampled_from([None, None, date(2026, 4, 1)]),
    last_month=st.sampled_from([None, None, date(2026, 3, 1)]),
)


class View:
    """The view in a real database, filled without a broker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        schema.ensure(connection, SLA)
        self._storage = Storage(connection, SLA, SLA.name)

    def fill(self, events: Sequence[StoredEvent], size: int = 1_000) -> None:
        """Empty it, and fold events in batches of that size."""
        records = sent(events)
        tables = ("states", "offsets", *(table.name for table in SLA.tables))
        self.connection.execute("; ".join(f"delete from sla.{name}" for name in tables))
        self._storage.claim({"cases": "id"}, [("cases", 0)])
        fold = Fold(SLA)
        for first in range(0, len(records), size):
            parsed = [parse_record(record) for record in records[first : first + size]]
            outcomes = self._storage.commit_batch(fold, parsed)
            assert not any(outcome.parked for outcome in outcomes)

    def clocks(self, reference: str, at: datetime) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """A case's clocks at an instant."""
        rows = self.connection.execute(
            "select clock, level, organisation, number, status, policy_id, policy_version, priority, "
            "target_seconds, started_at, stopped_at, due_at, met_at, missed_at, elapsed_seconds, "
            "paused_seconds, remaining_seconds, times_paused, running_since, at_risk, overdue, "
            "beyond_horizon from sla.clocks_at(%s) where reference = %s",
            (at, reference),
        ).fetchall()
        return {row[:4]: row[4:] for row in rows}

    def holders(self, reference: str, at: datetime) -> dict[tuple[Any, ...], Any]:
        """Who had a case for how long, until an instant."""
        rows = self.connection.execute(
            "select holder, organisation, agent, seconds from sla.holders_at(%s) where reference = %s",
            (at, reference),
        ).fetchall()
        return {row[:3]: row[3] for row in rows}


@pytest.fixture
def view(database: str) -> Iterator[View]:
    with connect(database, VIEW_READER) as connection:
        yield View(connection)


def key_of(clock: ClockReading) -> tuple[Any, ...]:
    """Which clock of its case it is, as the rows say it."""
    key = clock.key
    return key.clock.value, key.level.value if key.level else "", key.organisation or "", key.number


def expected_clocks(case: Evaluation) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The same, from the evaluation."""
    return {
        key_of(clock): (
            clock.status.value,
            clock.policy.id,
            clock.policy.version,
            clock.priority.value,
            seconds(clock.target),
            instant(clock.started_at),
            maybe(clock.stopped_at),
            maybe(clock.due_at),
            maybe(clock.met_at),
            maybe(clock.missed_at),
            seconds(clock.elapsed),
            seconds(clock.paused),
            seconds(clock.remaining),
            clock.times_paused,
            maybe(clock.running_since),
            clock.at_risk,
            clock.status is ClockStatus.MISSED and clock.stopped_at is None,
            clock.beyond_horizon,
        )
        for clock in case.clocks
    }


def maybe(at: int | None) -> datetime | None:
    return None if at is None else instant(at)


def expected_holders(case: Evaluation) -> dict[tuple[Any, ...], Any]:
    return {
        (custody.custodian.value, custody.organisation, custody.agent or ""): seconds(time)
        for custody, time in case.custody_times.items()
    }


def by_case(events: Sequence[StoredEvent]) -> dict[str, list[StoredEvent]]:
    names = {event.stream_id: f"S-{n}" for n in range(3) for event in events if of(f"S-{n}", event)}
    return {name: [e for e in events if e.stream_id == key] for key, name in names.items()}


def of(reference: str, event: StoredEvent) -> bool:
    return f'"{reference}"'.encode() in event.body


@scaled(0.6, suppressed=[HealthCheck.function_scoped_fixture])
@example(events=written("S-0", PAUSED_WHEN_DUE), size=1, later=[timedelta(hours=1)])
@example(events=written("S-0", PAUSED_BEFORE), size=1, later=[timedelta(hours=1), timedelta(days=4)])
@example(events=written("S-0", DUE_BEFORE_IT_CHANGED), size=2, later=[timedelta(hours=1)])
@given(events=promised(), size=st.integers(1, 8), later=st.lists(st.sampled_from(LATER), max_size=3))
def test_at_any_instant_since_its_last_event_a_case_stands_as_its_clocks_say(
    view: View, events: list[StoredEvent], size: int, later: list[timedelta]
) -> None:
    # given: cases folded in batches
    view.fill(events, size)
    for reference, own in by_case(events).items():
        as_of = last_at(own)
        # when they are looked at as of their last event, at some instants later, and where one falls due
        moments = {as_of, *(as_of + after for after in later)}
        for clock in evaluation_of(own, as_of).clocks:
            if clock.due_at is not None and instant(clock.due_at) >= as_of:
                moments |= {instant(clock.due_at), instant(clock.due_at + 1)}
            at_risk_from = clock.reaches(50)
            if at_risk_from is not None and instant(at_risk_from) >= as_of:
                moments.add(instant(at_risk_from))
        for at in moments:
            case = evaluation_of(own, at)
            # then
            assert view.clocks(reference, at) == expected_clocks(case), (reference, at)
            assert view.holders(reference, at) == expected_holders(case), (reference, at)
            assert sum(view.holders(reference, at).values()) == seconds(case.age)


@scaled(0.3, suppressed=[HealthCheck.function_scoped_fixture])
@given(events=promised(), later=st.sampled_from(LATER), which=narrowed)
def test_what_is_computed_from_the_events_is_what_the_view_answers(
    view: View, events: list[StoredEvent], later: timedelta, which: AttainmentFilter
) -> None:
    # Given an instant after all that the view knows
    view.fill(events)
    at = last_at(events) + later
    everything: list[ReportedClock] = []
    report: list[ReportedClock] = []
    for reference, own in by_case(events).items():
        case = case_of(own)
        assert case is not None
        evaluation = evaluate(case.history(), micros(at))
        assert evaluation is not None
        given = {"reference": reference, "at": at}
        # When its clocks and holders are computed from the events, then they are the view's
        assert clock_answers(case, evaluation) == fetch_all(view.connection, ClockAnswer, CLOCKS, given)
        assert holder_answers(evaluation) == fetch_all(view.connection, HolderAnswer, HOLDERS, given)
        everything += reported_clocks(case, evaluation, AttainmentFilter())
        report += reported_clocks(case, evaluation, which)
    # and so are the sums, of all and of what is asked for
    for clocks, asked in ((everything, AttainmentFilter()), (report, which)):
        given = {**asked._asdict(), **rules.given(None), "at": at}
        sums = ReportSums(most_listed=1_000)
        sums.add(clocks)
        assert sums.lines() == fetch_all(view.connection, Attainment, ATTAINMENT, given)
        # and so are the cases behind them, each figure as many as are listed
        listed = fetch_all(view.connection, ReportedClock, CLOCKS_BEHIND, given)
        assert sums.listed == listed
        figures: Counter[tuple[Any, ...]] = Counter()
        for line in fetch_all(view.connection, Attainment, ATTAINMENT, given):
            counts = (line.met, line.missed, line.beyond_calendar)
            figures.update(dict(zip([(*line[:5], what) for what in COUNTED], counts, strict=True)))
        for changed in fetch_all(view.connection, MonthRevised, REVISED, given):
            figures.update(dict(zip([(*changed[:5], what) for what in REVISIONS], changed[5:], strict=True)))
        assert Counter(clock[:6] for clock in listed) == +figures
        assert sums.revised() == fetch_all(view.connection, MonthRevised, REVISED, given)
        # and one who has no part in any of the cases hears of none
        stranger = {**given, **rules.given(Viewer("stranger", is_vendor=False))}
        assert fetch_all(view.connection, ReportedClock, CLOCKS_BEHIND, stranger) == []
        assert fetch_all(view.connection, Attainment, ATTAINMENT, stranger) == []
        assert fetch_all(view.connection, MonthRevised, REVISED, stranger) == []


def test_of_an_instant_before_a_cases_last_event_the_view_has_no_figures(view: View) -> None:
    # Given a case of which something later is known, and one of which nothing is
    early, late = written("S-0", [PIN, TAKE]), written("S-1", [PIN, TAKE, Step("resolve", timedelta(days=2))])
    view.fill([*early, *late])
    at = START + timedelta(days=1)
    # When the view is asked for an instant in between
    rows = view.connection.execute(
        "select reference, clock, status, elapsed_seconds, overdue, due_at, answered_at, later_events "
        "from sla.clocks_at(%s) where clock = 'resolution' order by reference",
        (at,),
    ).fetchall()
    # Then it answers for the one, and says of the other that it cannot
    assert rows[0][:5] == ("S-0", "resolution", "missed", Decimal(21_600), True)
    assert rows[1] == ("S-1", "resolution", None, None, None, None, at, True)
    held = view.connection.execute(
        "select reference, seconds is null, later_events from sla.holders_at(%s) group by 1, 2, 3", (at,)
    ).fetchall()
    assert set(held) == {("S-0", False, False), ("S-1", True, True)}
    # and the sums count its clocks, without a month
    sums = view.connection.execute(
        "select month, clock, met, missed, later_events from sla.attainment_at(%s) "
        "where clock = 'resolution' order by month",
        (at,),
    ).fetchall()
    assert [row[2:] for row in sums] == [(0, 1, 0), (0, 0, 1)]
    assert sums[1][0] is None


@given(events=promised(), seed=st.integers(0, 2**32))
def test_any_split_into_batches_and_any_repetition_gives_the_same_rows(
    events: list[StoredEvent], seed: int
) -> None:
    chance, pieces, at, records = random.Random(seed), MemoryView(SLA), 0, sent(events)
    while at < len(records):
        at = max(0, at - chance.choice([0, 0, 1, 5]))
        size = chance.randint(1, 6)
        pieces.take(records[at : at + size])
        at += size
    assert pieces.rows == folded(SLA, records).rows


@given(events=promised(most=1), later=st.sampled_from(LATER))
def test_what_must_be_recorded_by_an_instant_is_what_is_not_recorded_yet(
    events: list[StoredEvent], later: timedelta
) -> None:
    # given: an instant after the last event
    at = last_at(events) + later + timedelta(microseconds=1)
    case = evaluation_of(events, at)
    # when
    rows = folded(SLA, sent(events)).rows["cases"].values()
    (row,) = (row for row in rows if isinstance(row, CaseRow))
    # then: warnings that have come, misses that have, and those recorded that were none, or others
    expected = set()
    for clock in case.clocks:
        recorded = case.life.notes.get(clock.key, RecordedNotes())
        warned = any(at <= case.at for at in unrecorded(clock, recorded))
        if clock.missed_at != recorded.missed_at or warned:
            expected.add(key_of(clock))
    there = {clock.key for clock in case.clocks}
    gone = [key for key, recorded in case.life.notes.items() if key not in there and recorded.missed_at]
    assert (row.next_note_at is not None and row.next_note_at <= at) == bool(expected or gone)


def unrecorded(clock: ClockReading, recorded: RecordedNotes) -> list[int]:
    """When each warning point is reached that has no warning of its own run, or lost it with a miss."""
    points = clock.warnings()
    runs = sorted({point.run_started_at for point in points})

    def run_of(one: RecordedWarning) -> int:
        return ([run for run in runs if run <= (one.run_started_at or one.at)] or runs[:1])[-1]

    def stays(one: RecordedWarning, point: WarningPoint) -> bool:
        return one.at == point.at or not one.before_withdrawal

    def is_recorded(point: WarningPoint) -> bool:
        of_its_run = [one for one in recorded.warnings if run_of(one) == point.run_started_at]
        return point.percent in [one.percent for one in of_its_run if stays(one, point)]

    return [point.at for point in points if not is_recorded(point)]


def test_what_was_recorded_is_not_due_again_and_what_a_late_message_undoes_is(
    view: View, database: str
) -> None:
    half, due = START + timedelta(hours=2), START + timedelta(hours=5)
    monday = START + timedelta(days=3)

    def due_by(at: datetime, *steps: Step) -> set[tuple[str, datetime]]:
        view.fill(written("S-0", [PIN, *steps]))
        return {note.next_note_at for note in notes_due(database, at)}

    # given: a case that nobody answers; at noon half of the time is used up
    assert due_by(half - timedelta(microseconds=1)) == set()
    assert due_by(half) == {half}
    # when: that is recorded, then the misses are due, from the first moment after the target on
    noted = Step("watch", timedelta(hours=2))
    assert due_by(due, noted, Step("watch", timedelta(hours=3))) == set()
    missed_at = due + timedelta(microseconds=1)
    seen = [noted, Step("watch", timedelta(hours=3))]
    assert due_by(missed_at, *seen) == {missed_at}
    # when: all of it is recorded on Monday, then nothing is left
    all_recorded = Step("watch", timedelta(days=3))
    assert due_by(monday, all_recorded) == set()
    # when: an answer of Friday at 12:00 is recorded late
    late = Step("late_agent", timedelta(), GAPS.index(timedelta(hours=70)))
    # then: the first response was no miss after all, which is due at once, and only once
    assert due_by(monday, all_recorded, late) == {due}
    assert due_by(monday, all_recorded, late, WATCH) == set()
    assert {c.clock: c.status for c in clocks_of(database, "S-0", monday)} == {
        "first_response": "met", "resolution": "missed",
    }  # fmt: skip


def test_a_policy_without_a_clock_takes_the_clocks_row_away_and_no_other(view: View) -> None:
    def clocks(*steps: Step) -> set[str]:
        events = [*written("S-0", [PIN, *steps]), *written("S-1", [PIN])]
        view.fill(events, size=3)
        rows = view.connection.execute("select clock from sla.clocks where case_id = %s", (KEY,)).fetchall()
        assert len(view.clocks("S-1", START)) == 2
        return {clock for (clock,) in rows}

    # given
    assert clocks() == {"first_response", "resolution"}
    # when: a policy that promises nothing but the resolution is pinned
    assert clocks(Step("pin", timedelta(hours=1), 2)) == {"resolution"}


def test_a_late_answer_gives_what_it_would_have_given_in_order(view: View) -> None:
    # given: an answer in order, and the same recorded a week later
    answered = [PIN, Step("agent", timedelta(hours=1)), Step("effort", timedelta(hours=7 * 24 - 1))]
    hour = GAPS.index(timedelta(hours=200))
    late = [PIN, Step("effort", timedelta(hours=201)), Step("late_agent", timedelta(), hour)]
    at = START + timedelta(days=30)
    view.fill([*written("S-0", answered), *written("S-1", late)])
    assert view.clocks("S-0", at) == view.clocks("S-1", at)


@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture])
@given(events=promised(), later=st.sampled_from(LATER))
def test_attainment_and_what_falls_due_count_the_clocks_as_they_stand(
    view: View, database: str, events: list[StoredEvent], later: timedelta
) -> None:
    view.fill(events)
    at = last_at(events) + later
    cases = {name: evaluation_of(own, at) for name, own in by_case(events).items()}
    # when
    found = {
        (a.month, a.organisation, a.level, a.clock, a.priority): (a.met, a.missed, a.beyond_calendar)
        for a in attainment(database, at=at)
    }
    due = [(c.reference, c.clock, c.level, c.organisation, c.number) for c in due_next(database, at=at)]
    # then
    counts: dict[tuple[Any, ...], list[int]] = {}
    open_clocks = []
    for name, case in cases.items():
        for clock in case.clocks:
            whole = key_of(clock)
            if clock.stopped_at is None and clock.due_at is not None:
                open_clocks.append((clock.due_at, name, *whole))
            if clock.status not in (ClockStatus.MET, ClockStatus.MISSED):
                continue
            decided = clock.met_at if clock.status is ClockStatus.MET else clock.missed_at
            assert decided is not None
            month = instant(decided).astimezone(ZoneInfo("Europe/Berlin")).date().replace(day=1)
            key = (month, clock.policy.organisation, whole[1], whole[0], clock.priority.value)
            # of what ran past the calendar's end nobody knows
            place = 1 if clock.status is ClockStatus.MISSED else 2 if clock.uncovered else 0
            counts.setdefault(key, [0, 0, 0])[place] += 1
    assert found == {key: tuple(count) for key, count in counts.items()}
    assert due == [row[1:] for row in sorted(open_clocks)]


@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture])
@given(events=promised(), later=st.sampled_from(LATER), limit=st.integers(1, 4))
def test_the_first_clocks_that_are_not_done_are_the_first_of_all_clocks(
    view: View, database: str, events: list[StoredEvent], later: timedelta, limit: int
) -> None:
    view.fill(events)
    at = last_at(events) + later

    def first(condition: str, order: str) -> list[tuple[Any, ...]]:
        query = f"""select reference, clock, level, organisation, number, due_at, remaining_seconds
            from sla.clocks_at(%s) where not later_events and stopped_at is null and {condition}
            order by {order}, reference, clock, level, organisation, number limit %s"""
        return view.connection.execute(query.encode(), (at, limit)).fetchall()

    def told(answers: Sequence[ClockAnswer]) -> list[tuple[Any, ...]]:
        return [
            (a.reference, a.clock, a.level, a.organisation, a.number, a.due_at, a.remaining_seconds)
            for a in answers
        ]

    # When so many of them are asked for, then they are those that come first among all
    due, hour = "due_at is not null", timedelta(hours=1)
    assert told(due_next(database, DueFilter(limit=limit), at)) == first(due, "due_at")
    for overdue in (True, False):
        found = due_next(database, DueFilter(overdue=overdue, limit=limit), at)
        assert told(found) == first(f"{due} and overdue = {overdue}", "due_at")
    found = due_next(database, DueFilter(within=hour, limit=limit), at)
    assert told(found) == first(f"due_at <= timestamptz '{at + hour}'", "due_at")
    still = "due_at is null and status <> 'cancelled'"
    assert told(standing_still(database, limit, at)) == first(still, "remaining_seconds")


@pytest.mark.parametrize("count", [1, 7, 100, 101])
def test_the_percentiles_of_many_cases_are_times_that_so_many_did_not_exceed(
    view: View, database: str, count: int
) -> None:
    # Given cases of which the first was resolved after a minute, the second after two, and so on
    cases = range(1, count + 1)
    view.fill(
        [
            event
            for minutes in cases
            for event in written(f"S-{minutes}", [PIN, TAKE._replace(after=timedelta()), resolved(minutes)])
        ]
    )
    # When the report is asked for
    asked = AttainmentFilter(clock="resolution"), START + timedelta(days=1)
    (line,) = attainment(database, *asked)
    assert [clock.outcome for clock in clocks_behind(database, *asked)].count("met") == line.met
    # Then each percentile is the first time that so many percent of the cases did not exceed
    for percent, found in ((50, line.p50_seconds), (90, line.p90_seconds), (99, line.p99_seconds)):
        assert found == 60 * next(minutes for minutes in cases if minutes * 100 >= percent * count)


def resolved(minutes: int) -> Step:
    return Step("resolve", timedelta(minutes=minutes))


def test_what_cannot_be_recorded_does_not_hold_up_what_comes_after_it(view: View, database: str) -> None:
    # given: three cases of which something is to be recorded, and nothing becomes of it
    view.fill([event for number in range(3) for event in written(f"S-{number}", [PIN])])
    at = START + timedelta(days=3)
    # when: they are asked for one by one, each time for what comes after the last
    first = notes_due(database, at, limit=1)
    second = notes_due(database, at, first[-1], limit=1)
    third = notes_due(database, at, second[-1], limit=1)
    # then: each comes once
    assert {case.reference for case in (*first, *second, *third)} == {"S-0", "S-1", "S-2"}
    assert notes_due(database, at, third[-1], limit=1) == []


def test_the_lists_are_narrowed_by_what_is_asked_for(view: View, database: str) -> None:
    # given: a case due on Friday at 15:00 in Berlin, and one at the vendor with a promise of its own
    level_1 = [Step("escalate", timedelta(hours=1), 2), Step("pin", timedelta(), 7)]
    view.fill([*written("S-0", [PIN]), *written("S-1", level_1)])
    evening = START + timedelta(hours=6)
    overdue = due_next(database, DueFilter(overdue=True), evening)
    assert [(c.reference, c.clock, c.overdue) for c in overdue] == [
        ("S-0", "first_response", True), ("S-0", "resolution", True),
    ]  # fmt: skip
    assert [c.clock for c in due_next(database, DueFilter(level="level_1"), evening)] == ["level_time"]
    assert [c.clock for c in due_next(database, DueFilter(limit=1), evening)] == ["first_response"]
    assert due_next(database, DueFilter(organisation="seller"), evening) == []
    assert [a.clock for a in attainment(database, AttainmentFilter(level="level_1"), evening)] == [
        "hand_over"
    ]
    assert attainment(database, AttainmentFilter(first_month=date(2026, 4, 1)), evening) == []
    # and the second case is listed, since nobody promises anything for the whole of it
    assert [(c.reference, c.without_policy) for c in without_policy(database)] == [("S-1", ["end_to_end"])]
    assert {h.holder: h.seconds for h in holders_of(database, "S-0", evening)} == {
        "hand_over": 5 * 3600, "outside_hours": 3600,
    }  # fmt: skip


@scaled(2, suppressed=[HealthCheck.function_scoped_fixture])
@given(
    of=st.sampled_from([OFFICE, EVENINGS, ENDING, NEVER]),
    start=st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    after=st.timedeltas(timedelta(), timedelta(days=60)),
)
def test_opening_hours_between_two_instants_are_those_of_the_calendar(
    view: View, of: Calendar, start: datetime, after: timedelta
) -> None:
    view.connection.execute("delete from sla.calendars")
    row = calendar_row(of)
    view.connection.execute(f"insert into sla.calendars values ({', '.join(['%s'] * len(row))})", row)
    found = view.connection.execute("select sla.open_seconds(%s, %s, %s)", (row.key, start, start + after))
    hours = OpenHours(of)
    assert found.fetchall() == [(seconds(hours.between(micros(start), micros(start + after))),)]


def test_the_words_of_the_view_are_those_of_the_clocks() -> None:
    words = {column.name: column.comment for table in SLA.tables for column in table.columns}
    assert all(status.value in words["status"] for status in ClockStatus)
    said = next(column.comment for column in HOLDERS_TABLE.columns if column.name == "holder")
    assert all(holder.value in said for holder in Custodian)


def test_every_function_is_documented_and_the_reader_may_ask_it(view: View) -> None:
    view.fill(written("S-0", [PIN]))
    named = view.connection.execute(
        "select proname, obj_description(oid) from pg_proc where pronamespace = 'sla'::regnamespace"
    ).fetchall()
    assert {name for name, _ in named} == {
        "open_until", "open_seconds", "clocks_at", "holders_at", "attainment_at",
    }  # fmt: skip
    assert all(said for _, said in named)
    with view.connection.transaction(force_rollback=True):
        view.connection.execute(f"set local role {READER}")
        for function in ("clocks_at", "holders_at", "attainment_at"):
            assert view.connection.execute(f"select * from sla.{function}('2026-05-01Z')").fetchall()


def test_a_rebuild_gives_the_same_rows_and_answers(place: Place) -> None:
    # given: cases whose policies and calendars come from Kafka
    histories = [
        [PIN, Step("take", timedelta(hours=1), 1), Step("wait", timedelta(hours=1))],
        [
            PIN,
            Step("escalate", timedelta(hours=2)),
            Step("pin", timedelta(), 7),
            Step("assign", timedelta(hours=9)),
        ],
        [PIN, Step("pin", timedelta(hours=1), 2), Step("cancel", timedelta(hours=1))],
    ]
    place.send([event for n in range(60) for event in written(f"S-{n}", histories[n % 3])])
    query = "select * from sla.clocks_at('2026-05-01Z') order by case_id, clock, level, number"
    due = "select count(*) from sla.due_next"
    with place.running(SLA):
        until(lambda: place.one("select count(*) from sla.cases") == 60, "all are folded")
        until(
            lambda: place.one("select count(*) from sla.clocks where status = 'cancelled'") == 20,
            "also their ends",
        )
        until(
            lambda: place.one("select count(*) from sla.clocks where times_paused > 0") == 40,
            "and their pauses",
        )
        before, listed = place.ask(query), place.one(due)
        # when
        assert audit_view(SLA, place.where).equal is True
        assert rebuild(SLA, place.where).equal is True
        # then: the functions and views stand on the tables that were swapped in
        assert place.ask(query) == before
        assert place.one(due) == listed
        assert listed > 0
    assert place.ask("select nspname from pg_namespace where nspname ~ '^sla'") == [("sla",)]
