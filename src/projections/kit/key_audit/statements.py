"""The SQL of the audit of keys: what a view has of some keys, and keys that only the view has."""

from __future__ import annotations

VERSIONS_OF = "select key, version from {schema}.states where key = any(%s)"
STATES_BETWEEN = """select key from {schema}.states
where key > %s and key <= %s and key <> all(%s) order by key limit %s"""
LOAD_SKIPPED = "select distinct key from {schema}.skipped where key = any(%s)"


def differing(
    schema: str, table: str, columns: tuple[str, ...], key: tuple[str, ...], *, by_stream: bool
) -> str:
    """Rows of a table that are not as they are given as JSON, in the text form of each side.

    `by_stream`: the key begins with the stream's id, and rows of these streams that are not given differ
    too. Else only the rows with the given keys are looked at.
    """
    names, keys = ", ".join(columns), ", ".join(key)
    wanted = f"{key[0]} = any(%(keys)s)" if by_stream else f"({keys}) in (select {keys} from expected)"
    return (
        f"with expected as materialized (select {names} "
        f"from json_populate_recordset(null::{schema}.{table}, %(expected)s::json)), "
        f"live as materialized (select {names} from {schema}.{table} where {wanted}) "
        f"select row_to_json(l)::text, row_to_json(e)::text from live l full join expected e "
        f"using ({keys}) where l::text is distinct from e::text order by {keys} limit %(most)s"
    )
