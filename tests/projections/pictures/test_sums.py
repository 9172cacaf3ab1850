"""Sums by day are those of the rows, in whatever pieces these are written, and so are pictures of sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.kafka.records import KafkaRecord
from casecore.postgres.connection import Connection
from casecore.visibility.rules import Viewer
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.projection import AnyProjection
from projections.kit.stored_table import SummedTable
from projections.kit.tables import schema
from projections.kit.tables.statement import statement
from projections.kit.tables.storage import Storage
from projections.kit.tables.summing import sum_up
from projections.pictures.asked import PictureFilter
from projections.sla.projection import SLA
from projections.workload.projection import WORKLOAD
from tests.profiles import scaled
from tests.projections.histories import CLOSE, ESCALATE, RESOLVE, TAKE, history, sent
from tests.projections.pictures.filled import FilledView
from tests.projections.pictures.test_filters import NOW, PRIORITIES, Views, last_of, of_cases
from tests.visibility.worlds import CUSTOMERS, ORGANISATIONS, SELLERS, VENDOR, Step, steps, written

OF_ONE = CUSTOMERS[0]
TOPIC, RUNNERS = "cases", 2


class Sums:
    """A view in a database, and two runners that write it, each its own partition."""

    def __init__(
        self, projection: AnyProjection, connection: Connection, runners: Sequence[Connection]
    ) -> None:
        schema.ensure(connection, projection)
        self.projection, self.connection = projection, connection
        self._runners = [Storage(one, projection, projection.name) for one in runners]

    def fold(self, events: Sequence[StoredEvent], size: int) -> None:
        """Fold these in batches of so many, each case by the runner whose partition it is in."""
        for number, runner in enumerate(self._runners):
            runner.claim({TOPIC: "an id"}, [Partition(TOPIC, number)])
        records = [
            KafkaRecord(*each)._replace(topic=TOPIC, offset=offset)
            for offset, each in enumerate(sent(events))
        ]
        for first in range(0, len(records), size):
            for number, runner in enumerate(self._runners):
                mine = [
                    parse_record(one._replace(partition=number))
                    for one in records[first : first + size]
                    if (one.key or b"")[-1] % RUNNERS == number
                ]
                if mine:
                    runner.commit_batch(Fold(self.projection), mine)

    def kept(self) -> dict[str, list[Any]]:
        """The sums as they are."""
        return {table.name: self._rows(table) for table in self.projection.sums}

    def from_rows(self) -> dict[str, list[Any]]:
        """The sums of the rows as they are, all at once."""
        with self.connection.transaction(force_rollback=True):
            for table in self.projection.sums:
                self.connection.execute(statement(f"truncate {self.projection.name}.{table.name}"))
            sum_up(self.connection, self.projection, self.projection.name)
            return self.kept()

    def empty(self) -> None:
        """As it was before anything was folded."""
        tables = ["states", "offsets", *(table.name for table in self.projection.all_tables)]
        names = ", ".join(f"{self.projection.name}.{name}" for name in tables)
        self.connection.execute(statement(f"truncate {names}"))

    def _rows(self, table: SummedTable) -> list[Any]:
        query = (
            f"select t::text from {self.projection.name}.{table.name} as t order by {', '.join(table.key)}"
        )
        return self.connection.execute(statement(query)).fetchall()


@pytest.fixture(params=[WORKLOAD, SLA], ids=lambda one: one.name)
def sums(database: str, request: pytest.FixtureRequest) -> Iterator[Sums]:
    with ExitStack() as opened:
        connections = [
            opened.enter_context(psycopg.connect(database, autocommit=True)) for _ in range(RUNNERS + 1)
        ]
        yield Sums(request.param, connections[0], connections[1:])


@pytest.fixture
def views(database: str) -> Iterator[Views]:
    with ExitStack() as opened:
        first, second = (opened.enter_context(psycopg.connect(database, autocommit=True)) for _ in range(2))
        yield Views(FilledView(first, WORKLOAD), FilledView(second, SLA))


def once_more(events: Sequence[StoredEvent], places: Sequence[int]) -> list[StoredEvent]:
    """Events that stand in the log already, as what happens to their cases next, whatever has ended."""
    versions = {event.stream_id: event.version for event in events}
    found = []
    for place in places:
        event = events[place % len(events)]
        versions[event.stream_id] += 1
        found.append(event._replace(version=versions[event.stream_id]))
    return found


@scaled(0.3, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(
    happened=steps(40),
    places=st.lists(st.integers(0, 40), max_size=8),
    size=st.sampled_from([1, 3, 1_000]),
)
def test_sums_that_runners_keep_are_the_sums_of_the_rows(
    sums: Sums, happened: list[Step], places: list[int], size: int
) -> None:
    sums.empty()
    # Given cases that end, of which something comes later all the same, also with other parties
    events = of_cases(written(happened))
    events += once_more(events, places)
    # When two runners fold them in pieces, one of which they are given twice
    sums.fold([*events, *events[: len(events) // 2]], size)
    # Then each table has the sums of the rows, and no sum of nothing
    assert sums.kept() == sums.from_rows()


def test_a_sum_changes_with_what_it_adds_up_also_where_as_much_is_counted_as_before(sums: Sums) -> None:
    # Given a case that was escalated after two hours, and has ended
    events = history("K-1", [TAKE, ESCALATE, RESOLVE, CLOSE])
    sums.fold(events, 1)
    before = sums.kept()
    # When it becomes known that it had gone to the vendor earlier
    escalated = events[2]
    fact = EVENT_TYPES.decode(escalated.type, escalated.body)
    earlier = replace(fact, occurred_at=fact.occurred_at - timedelta(minutes=30))
    again = escalated._replace(version=len(events) + 1, body=EVENT_TYPES.encode(earlier))
    sums.empty()
    sums.fold([*events, again], 1)
    # Then each had the case, for another time than before
    assert sums.kept() == sums.from_rows()
    if sums.projection is SLA:
        assert sums.kept()["daily_custody"] != before["daily_custody"]


filters = st.builds(
    PictureFilter,
    organisation=st.none() | st.sampled_from(ORGANISATIONS),
    customer=st.none(),
    seller=st.none() | st.sampled_from(SELLERS),
    topic=st.none() | st.sampled_from(("activation", "training")),
    priority=st.none() | st.sampled_from(PRIORITIES),
    since=st.none() | st.dates(NOW.date().replace(month=4), NOW.date().replace(month=4, day=9)),
    until=st.none() | st.dates(NOW.date().replace(month=4, day=9), NOW.date()),
    at=st.just(NOW),
)


@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(happened=steps(40), which=filters, who=st.none() | st.sampled_from(ORGANISATIONS))
def test_pictures_of_sums_are_those_of_rows(
    views: Views, happened: list[Step], which: PictureFilter, who: str | None
) -> None:
    # Given the cases of one customer
    events = of_cases(written(happened))
    mine = {stream_id for stream_id, case in last_of(events).items() if case.customer == OF_ONE}
    viewer = Viewer(who, who == VENDOR) if who else None
    events = [event for event in events if event.stream_id in mine]
    # When pictures are asked of all cases, then they are what they are of this customer's,
    # of which there are no sums, so that rows are counted
    assert views.pictures_of(events, which, viewer) == views.pictures_of(
        events, which._replace(customer=OF_ONE), viewer
    )
