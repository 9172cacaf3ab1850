"""A view that is filled without a broker, and asked in the session that fills it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, LiteralString

from casecore.app.pictures.catalogue import Picture
from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import Connection
from casecore.postgres.limits import Limits
from projections.kit.projection import AnyProjection
from projections.kit.reading.session import borrowing_sessions
from projections.kit.tables import schema
from projections.kit.tables.copy_text import copy_text
from projections.kit.tables.merging import copy_in
from projections.kit.tables.statement import statement
from projections.kit.tables.summing import sum_up
from projections.pictures.asked import Behind, PictureFilter
from tests.projections.histories import sent
from tests.projections.memory import folded

MANY = 10_000


class OneSession:
    """The session that whoever asks gets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def borrowed(self, _: Limits) -> Iterator[Connection]:
        """It."""
        yield self._connection


class FilledView:
    """A view with the rows of some events, as long as a block lasts."""

    def __init__(self, connection: Connection, projection: AnyProjection) -> None:
        schema.ensure(connection, projection)
        self._connection, self._projection = connection, projection

    def ask(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._connection.execute(query).fetchall()

    @contextmanager
    def of(self, events: Sequence[StoredEvent]) -> Iterator[None]:
        """Fill it with the rows of these events, and ask in the block."""
        view = folded(self._projection, sent(events))
        with (
            self._connection.transaction(force_rollback=True),
            borrowing_sessions(OneSession(self._connection)),
        ):
            with self._connection.cursor() as cursor:
                for table in self._projection.tables:
                    target = copy_in(f"{self._projection.name}.{table.name}", table.names)
                    with cursor.copy(statement(target)) as copy:
                        copy.write(copy_text(list(view.rows[table.name].values())))
            sum_up(self._connection, self._projection, self._projection.name)
            yield


def assert_each_figure_is_the_sum_of_its_cases(
    picture: Picture,
    which: PictureFilter,
    rows: Sequence[Any],
) -> None:
    """The cases behind each figure of each row count there as often as it says."""
    for row in rows:
        keys: dict[str, str | int | date | None] = {name: getattr(row, name) for name in picture.keys}
        for figure in picture.figures:
            cases = picture.cases("", which, Behind(figure, keys, MANY), None)
            counted = sum(case.times for case in cases)
            assert abs(counted - getattr(row, figure)) <= (len(cases) if figure == "seconds" else 0), (
                row,
                figure,
            )
            assert [case.reference for case in cases] == sorted({case.reference for case in cases})
            few = [*picture.cases("", which, Behind(figure, keys, 1), None)]
            while few and (
                more := picture.cases("", which, Behind(figure, keys, 1, few[-1].reference), None)
            ):
                few += more
            assert few == cases
