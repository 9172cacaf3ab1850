"""Every SQL view of the workload says what a plain recount of the same rows says, and all of one moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from psycopg import sql as quoting

from casecore.visibility.rules import CASE, Viewer, may_see
from projections.kit.stored_table import Row, StoredTable
from projections.kit.tables import ddl, schema
from projections.workload.projection import WORKLOAD
from projections.workload.queries import Summary, summarise, summary_in
from projections.workload.tables import (
    CASES_TABLE,
    EFFORTS_TABLE,
    MOVES_TABLE,
    CaseRow,
    EffortRow,
    MoveRow,
)
from tests.profiles import scaled
from tests.projections.live import until
from tests.projections.view_recount import AGES, RECOUNTS, Answer, Loaded
from tests.waiting import LIMIT_SECONDS

Connection = psycopg.Connection[tuple[Any, ...]]

MOMENT = timedelta(microseconds=1)
MIDNIGHTS = (
    datetime(2023, 12, 31, 23, tzinfo=UTC),  # a year begins in Berlin
    datetime(2024, 3, 30, 23, tzinfo=UTC),  # the day of 23 hours begins
    datetime(2024, 3, 31, 22, tzinfo=UTC),  # it ends, and with it the month
    datetime(2024, 10, 26, 22, tzinfo=UTC),  # the day of 25 hours begins
    datetime(2024, 10, 27, 23, tzinfo=UTC),  # it ends
    datetime(2024, 10, 31, 23, tzinfo=UTC),  # and the month
)
CLOCK_CHANGES = (datetime(2024, 3, 31, 1, tzinfo=UTC), datetime(2024, 10, 27, 1, tzinfo=UTC))
INSTANTS = [at + each for at in (*MIDNIGHTS, *CLOCK_CHANGES) for each in (-MOMENT, timedelta(0), MOMENT)]

instants = st.sampled_from(INSTANTS)
ages = st.sampled_from(
    [timedelta(days=days) + each for _, days in AGES for each in (-MOMENT, timedelta(0), MOMENT)]
)
numbers = st.integers(0, 3)
one = st.integers(0, 1)
sellers = st.sampled_from(["nord", "süd"])
organisations = st.sampled_from(["nord", "süd", "vendor"])
people = st.sampled_from(["ida", "jo"])
levels = st.sampled_from([None, "level_0", "level_1", "partner"])


@st.composite
def case_rows(draw: st.DrawFn, now: datetime) -> list[CaseRow]:
    """Cases as no fold would leave them too: a view must not count on what other columns say."""
    return [
        CaseRow(
            case_id=UUID(int=number),
            reference=f"K-{number}",
            version=draw(numbers) + 1,
            customer="practice",
            seller=draw(sellers),
            partner=None,
            vendor="vendor",
            category="technical_support",
            topic="activation",
            priority=draw(st.sampled_from(["low", "normal", "high", "urgent"])),
            state=draw(st.sampled_from(["opened", "reseller_l0", "resolved"])),
            is_open=draw(st.sampled_from([True, True, False])),
            level=draw(levels),
            organisation=draw(organisations),
            agent=draw(st.none() | people),
            opened_at=draw(instants | ages.map(lambda age: now - age)),
            last_move_at=draw(instants),
            waiting_since=draw(st.none() | instants),
            resolved_at=draw(st.none() | instants),
            ended_at=draw(st.none() | instants),
            hand_overs_up=draw(numbers),
            hand_overs_down=draw(numbers),
            bounces=draw(numbers),
            reopened=draw(numbers),
            messages=draw(numbers),
            effort_minutes=draw(numbers),
            first_level_resolved=draw(st.sampled_from([None, True, False])),
        )
        for number in range(draw(st.integers(0, 24)))
    ]


@st.composite
def move_rows(draw: st.DrawFn) -> list[MoveRow]:
    """Moves; those of one day may cancel each other out, and most days have none."""
    return [
        MoveRow(
            case_id=UUID(int=number % 5),
            version=number + 1,
            occurred_at=draw(instants),
            move="moved",
            state="opened",
            level=draw(levels),
            organisation=draw(organisations),
            came_in=draw(one),
            went_out=draw(one),
            up=draw(one),
            down=draw(one),
            bounce=draw(one),
            reopened=draw(one),
        )
        for number in range(draw(st.integers(0, 16)))
    ]


@st.composite
def effort_rows(draw: st.DrawFn) -> list[EffortRow]:
    """Efforts, several of a person on the same case."""
    return [
        EffortRow(
            case_id=UUID(int=draw(numbers)),
            version=number + 1,
            occurred_at=draw(instants),
            organisation=draw(organisations),
            person=draw(people),
            minutes=draw(st.integers(1, 90)),
        )
        for number in range(draw(st.integers(0, 16)))
    ]


def load(connection: Connection, table: StoredTable, rows: Sequence[Row], where: str = WORKLOAD.name) -> None:
    names = ", ".join(table.names)
    places = ", ".join(["%s"] * len(table.names))
    text = f"insert into {where}.{table.name} ({names}) values ({places})"
    with connection.cursor() as cursor:
        cursor.executemany(quoting.SQL(text), rows)


def answers_of(connection: Connection, view: str) -> list[Answer]:
    cursor = connection.execute(quoting.SQL(f"select * from {WORKLOAD.name}.{view}"))
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def in_some_order(answers: list[Answer]) -> list[Answer]:
    return sorted(answers, key=lambda answer: repr([str(value) for value in answer.values()]))


@pytest.fixture
def tables(database: str) -> Iterator[Connection]:
    """The workload's schema, empty, in a session far from Berlin."""
    with psycopg.connect(database, autocommit=True) as connection:
        schema.ensure(connection, WORKLOAD)
        connection.execute("set timezone = 'Pacific/Auckland'")
        yield connection


def test_every_view_is_recounted_here(tables: Connection) -> None:
    views = {str(row[0]) for row in tables.execute(ddl.VIEWS_OF, (WORKLOAD.name,))}
    assert views == set(RECOUNTS)


# Not shrunk: the view and its rows tell enough, and each attempt loads the tables again.
@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(data=st.data())
def test_every_view_says_what_a_plain_recount_says(tables: Connection, data: st.DataObject) -> None:
    with tables.transaction(force_rollback=True):
        # given: rows around midnights, month ends and clock changes, and ages at the borders; `now` stands
        # still in a transaction
        now = tables.execute("select now()").fetchall()[0][0].astimezone(UTC)
        cases, moves, efforts = data.draw(case_rows(now)), data.draw(move_rows()), data.draw(effort_rows())
        loaded = Loaded(now, cases, moves, efforts)
        for table, rows in ((CASES_TABLE, cases), (MOVES_TABLE, moves), (EFFORTS_TABLE, efforts)):
            load(tables, table, rows)
        # when each view is asked, then it says the same as the recount
        for view, recount in RECOUNTS.items():
            assert in_some_order(answers_of(tables, view)) == in_some_order(recount(loaded)), view


VIEWERS = [Viewer(name, name == "vendor") for name in ("nord", "süd", "practice", "vendor", "nobody")]
ALL = 1_000


@scaled(0.2, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(data=st.data())
def test_a_summary_is_what_the_views_say_of_the_cases_that_the_viewer_sees(
    tables: Connection, data: st.DataObject
) -> None:
    with tables.transaction(force_rollback=True):
        now = tables.execute("select now()").fetchall()[0][0].astimezone(UTC)
        cases, moves = data.draw(case_rows(now)), data.draw(move_rows())
        load(tables, CASES_TABLE, cases)
        load(tables, MOVES_TABLE, moves)
        # Of nobody in particular it is what the published views say
        assert_is_what_the_views_say(tables, summary_in(tables, ALL))
        of_viewers = {viewer: summary_in(tables, ALL, viewer) for viewer in VIEWERS}
        for viewer, summary in of_viewers.items():
            # when nothing is there but the viewer's cases, then everybody's summary is the same
            seen = [case for case in cases if may_see(viewer, CASE, case._asdict())]
            ids = {case.case_id for case in seen}
            tables.execute("truncate workload.cases, workload.case_moves")
            load(tables, CASES_TABLE, seen)
            load(tables, MOVES_TABLE, [move for move in moves if move.case_id in ids])
            assert summary == summary_in(tables, ALL), viewer


def assert_is_what_the_views_say(tables: Connection, summary: Summary) -> None:
    levels, organisations = (
        answers_of(tables, "backlog_by_level"),
        answers_of(tables, "backlog_by_organisation"),
    )
    assert {tuple(one) for one in summary.by_level} == {tuple(one.values()) for one in levels}
    assert {tuple(one) for one in summary.by_organisation} == {tuple(one.values()) for one in organisations}
    by_age = answers_of(tables, "backlog_by_age")
    assert {tuple(one) for one in summary.by_age} == {(a["age"], a["cases"], a["waiting"]) for a in by_age}
    days = [tuple(day.values()) for day in answers_of(tables, "backlog_by_day")]
    assert [tuple(day) for day in reversed(summary.latest_days)] == [day for day in days if day[1] or day[2]]
    by_month = answers_of(tables, "first_level_resolution")
    assert {one.seller: (one.resolved, one.at_first_level) for one in summary.first_level} == {
        seller: tuple(
            sum(one[name] for one in by_month if one["seller"] == seller)
            for name in ("resolved", "resolved_at_first_level")
        )
        for seller in {one["seller"] for one in by_month}
    }


def test_a_page_that_is_read_across_a_swap_is_of_one_build(tables: Connection, database: str) -> None:
    # given: a view
    resolved = CaseRow(
        UUID(int=1), "K-1", 3, "practice", "nord", None, "vendor", "technical_support", "activation",
        "normal", "resolved", False, "level_0", "nord", None, INSTANTS[0], INSTANTS[0], None, INSTANTS[0],
        None, 0, 0, 0, 0, 0, 0, True,
    )  # fmt: skip
    opened = MoveRow(UUID(int=1), 1, INSTANTS[0], "opened", "opened", None, "nord", 1, 0, 0, 0, 0, 0)
    load(tables, CASES_TABLE, [resolved])
    load(tables, MOVES_TABLE, [opened])
    expected = summarise(database)
    assert (expected.totals.cases, len(expected.latest_days), len(expected.first_level)) == (1, 1, 1)
    # when a reader stands still after half a page, until the view's successor is built and swapped in
    found: list[Summary] = []
    reading = threading.Thread(target=lambda: found.append(summarise(database)))
    with tables.transaction():
        tables.execute("lock table workload.case_moves in access exclusive mode")
        reading.start()
        until(lambda: blocked(database), "the reader waits for the moves")
        schema.create(tables, WORKLOAD, "workload_next")
        load(tables, CASES_TABLE, [resolved], "workload_next")
        load(tables, MOVES_TABLE, [opened], "workload_next")
        tables.execute("alter schema workload rename to workload_old")
        tables.execute("alter schema workload_next rename to workload")
    reading.join(LIMIT_SECONDS)
    # then the page is whole
    assert found == [expected]


def blocked(database: str) -> bool:
    with psycopg.connect(database) as connection:
        query = "select from pg_locks where not granted and relation is not null"
        return connection.execute(query).fetchone() is not None
