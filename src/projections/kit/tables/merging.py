"""The SQL that writes rows: copied into a table of the session, then merged into the view's."""

from __future__ import annotations

from projections.kit.tables.copy_text import COPY_OPTIONS
from projections.kit.tables.own_tables import STATE_COLUMNS


def incoming_table(schema: str, table: str) -> str:
    """A session's own table into which rows are copied before they are merged."""
    return f"create temporary table incoming_{table} (like {schema}.{table}) on commit delete rows"


def empty_incoming(table: str) -> str:
    """Forget what was copied for a table."""
    return f"delete from incoming_{table}"


def copy_in(target: str, columns: tuple[str, ...]) -> str:
    """Rows as `copy_text.copy_text` writes them, from the client."""
    return f"copy {target} ({', '.join(columns)}) from stdin ({COPY_OPTIONS})"


def merge(schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Rows from the session's own table into the view's, touching only what differs."""
    names = ", ".join(columns)
    return f"insert into {schema}.{table} as t ({names}) select {names} from incoming_{table} " + _upsert(
        columns, key
    )


def merge_shared(schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """The same for a table that several writers fill: a row that is there already is not locked.

    What is written is locked in the order of its key, so that no two writers wait for each other.
    """
    names, keys = ", ".join(columns), ", ".join(key)
    same = " and ".join(
        f"l.{name} = i.{name}" if name in key else f"l.{name} is not distinct from i.{name}"
        for name in columns
    )
    return (
        f"insert into {schema}.{table} as t ({names}) select {names} from incoming_{table} as i "
        f"where not exists (select from {schema}.{table} as l where {same}) order by {keys} "
    ) + _upsert(columns, key)


def merge_states(schema: str) -> str:
    """The same for states; none goes back to an earlier version."""
    return merge(schema, "states", STATE_COLUMNS, ("key",)) + " and excluded.version >= t.version"


def _upsert(columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    rest = [name for name in columns if name not in key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    old, new = (", ".join(f"{side}.{name}" for name in rest) for side in ("t", "excluded"))
    return f"on conflict ({', '.join(key)}) do update set {changes} where ({old}) is distinct from ({new})"


def delete_not_derived(schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Of some streams, the rows that are not in the session's own table; the first column is the stream."""
    same = " and ".join(f"i.{name} = t.{name}" for name in key)
    return (
        f"delete from {schema}.{table} as t where t.{columns[0]} = any(%s) "
        f"and not exists (select from incoming_{table} as i where {same})"
    )
