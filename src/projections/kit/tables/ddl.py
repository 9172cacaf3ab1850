"""The SQL that makes a view's schema, from its declaration."""

from __future__ import annotations

from projections.kit.projection import AnyProjection
from projections.kit.stored_table import StoredTable
from projections.kit.tables import own_tables
from projections.kit.tables.statement import literal

VIEWS_OF = "select table_name::text from information_schema.views where table_schema = %s order by 1"
CREATE_SCHEMA = "create schema {schema}"
INSERT_ABOUT = "insert into {schema}.about (version, shape, build) values (%s, %s, gen_random_uuid())"


def create_view(schema: str, projection: AnyProjection) -> list[str]:
    """Everything of a projection's schema, without its SQL views and grants."""
    statements = [CREATE_SCHEMA.format(schema=schema)]
    statements.append(f"comment on schema {schema} is {literal(projection.comment)}")
    statements += [table.format(schema=schema) for table in own_tables.OWN_TABLES]
    for name, (comment, columns) in own_tables.OWN_COMMENTS.items():
        statements += comments(schema, name, comment, columns)
    for table in projection.all_tables:
        statements += create_table(schema, table)
    return statements


def create_table(schema: str, table: StoredTable) -> list[str]:
    """A declared table, with its key, indexes and comments."""
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    name = f"{schema}.{table.name}"
    # Room on each page for the new version of a row, so that its indexes need not change.
    room = "" if table.append_only else " with (fillfactor = 70)"
    statements = [f"create table {name} ({columns}, primary key ({', '.join(table.key)})){room}"]
    statements += [f"create index on {name} ({', '.join(index)})" for index in table.indexes]
    statements += comments(schema, table.name, table.comment, {c.name: c.comment for c in table.columns})
    return statements


def comments(schema: str, table: str, comment: str, columns: dict[str, str]) -> list[str]:
    """What a table and its columns mean."""
    return [
        f"comment on table {schema}.{table} is {literal(comment)}",
        *(f"comment on column {schema}.{table}.{name} is {literal(text)}" for name, text in columns.items()),
    ]
