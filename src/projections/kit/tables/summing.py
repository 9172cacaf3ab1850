"""The sums over the rows of finished streams, kept in the transaction that changes the rows.

What the streams of a batch that were finished before it counted is taken away, and what those count that are
finished after it is added. Sums are written last, each table in the order of its key, so that no two writers
wait for each other, and none waits for long.
"""

from __future__ import annotations

from functools import cache

from psycopg import Cursor
from psycopg.sql import SQL

from casecore.postgres.connection import Connection
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.projection import AnyProjection
from projections.kit.stored_table import StoredTable, SummedTable
from projections.kit.tables.statement import statement

_OF_THESE, _OF_ALL = "= any(%(streams)s)", "is not null"


def changes_table(schema: str, table: SummedTable) -> str:
    """A session's own table of what is to be taken from sums."""
    return f"create temporary table changes_{table.name} (like {schema}.{table.name}) on commit delete rows"


def empty_changes(table: SummedTable) -> str:
    """Forget what was to be taken from sums."""
    return f"delete from changes_{table.name}"


def take(schema: str, table: SummedTable) -> str:
    """Note what some streams count, to be taken away."""
    names = ", ".join(table.names)
    keys, sums = ", ".join(table.key), ", ".join(f"-sum({name})" for name in table.summed)
    facts = _facts(schema, table, _OF_THESE)
    return f"""insert into changes_{table.name} ({names})
select {keys}, {sums} from ({facts}) as f group by {keys}"""


def add(schema: str, table: SummedTable, streams: str = _OF_THESE, *, with_changes: bool = False) -> str:
    """Add what some streams count, or all of them, and what was noted."""
    names, keys = ", ".join(table.names), ", ".join(table.key)
    sums = ", ".join(f"sum({name})" for name in table.summed)
    facts = _facts(schema, table, streams)
    if with_changes:
        facts = f"select {names} from ({facts}) as f union all select {names} from changes_{table.name}"
    more = ", ".join(f"{name} = {_added(table, name)}" for name in table.summed)
    # What counts as much as before may add up to something else.
    changed = " or ".join(f"sum({name}) <> 0" for name in table.summed)
    return f"""insert into {schema}.{table.name} as t ({names})
select {keys}, {sums} from ({facts}) as f group by {keys} having {changed} order by {keys}
on conflict ({keys}) do update set {more}"""


def forget(schema: str, table: SummedTable) -> str:
    """Delete the sums of nothing, of those that something was taken from."""
    same = " and ".join(f"t.{name} = c.{name}" for name in table.key)
    name = f"{schema}.{table.name}"
    return f"delete from {name} as t using changes_{table.name} as c where {same} and t.{table.summed[0]} = 0"


def _facts(schema: str, table: SummedTable, streams: str) -> str:
    return table.facts.format(schema=schema, streams=streams)


def _added(table: SummedTable, name: str) -> str:
    return (
        f"trim_scale(t.{name} + excluded.{name})" if table.is_numeric(name) else f"t.{name} + excluded.{name}"
    )


class StreamSums:
    """The sums of one batch: `take_away` before its rows are written, `add_up` when they are."""

    def __init__(
        self,
        cursor: Cursor[tuple[object, ...]],
        projection: AnyProjection,
        schema: str,
        outcome: FoldOutcome,
    ) -> None:
        self._cursor, self._schema = cursor, schema
        self._sums, self._finished = projection.sums, projection.finished
        self._outcome = outcome
        self._has_changes = False

    def take_away(self) -> None:
        """Note what the batch's streams count before anything of them changes."""
        streams = list(self._outcome.applied_to)
        if not streams or self._finished is None:
            return
        found = self._cursor.execute(_finished(self._schema, *self._finished), {"streams": streams})
        before = [row[0] for row in found]
        self._has_changes = bool(before)
        for table in self._sums if before else ():
            self._cursor.execute(_take(self._schema, table), {"streams": before})

    def add_up(self) -> None:
        """Write what these streams count now, less what they counted."""
        streams = _finished_after(self._outcome, *self._finished) if self._finished else []
        for table in self._sums if streams or self._has_changes else ():
            self._cursor.execute(_add(self._schema, table, self._has_changes), {"streams": streams})
            if self._has_changes:
                self._cursor.execute(_forget(self._schema, table))


def _finished_after(outcome: FoldOutcome, table: StoredTable, column: str) -> list[object]:
    """The batch's streams that are finished now."""
    place = table.names.index(column)
    if not table.of_stream:
        return [row[0] for row in outcome.replaced.get(table, {}).values() if row[place] is not None]
    return [
        row[0]
        for derived in outcome.derived.values()
        for (kind, _), row in derived.items()
        if kind is table.row and row[place] is not None
    ]


@cache  # for each schema that this process writes
def _finished(schema: str, table: StoredTable, column: str) -> SQL:
    key = table.key[0]
    return statement(
        f"select {key} from {schema}.{table.name} where {key} = any(%(streams)s) and {column} is not null"
    )


@cache
def _take(schema: str, table: SummedTable) -> SQL:
    return statement(take(schema, table))


@cache
def _add(schema: str, table: SummedTable, with_changes: bool) -> SQL:
    return statement(add(schema, table, with_changes=with_changes))


@cache
def _forget(schema: str, table: SummedTable) -> SQL:
    return statement(forget(schema, table))


def sum_up(connection: Connection, projection: AnyProjection, schema: str) -> None:
    """Sum up the rows that are there, in tables of sums that are empty."""
    for table in projection.sums:
        connection.execute(statement(add(schema, table, _OF_ALL)))
