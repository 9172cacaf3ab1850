"""Dropping the schema of a view or of a shadow build, and nothing that somebody else made on top of it."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from casecore.postgres.connection import Connection
from casecore.postgres.holders import LockHolder, relation_holders
from projections.kit.errors import SchemaInUse, ViewHasDependents
from projections.kit.rebuild import statements
from projections.kit.tables.statement import statement

_DROP_TRIES = 20
_DROP_WAIT_MS = 500
"""For the schema's last readers, each try."""


def refuse_dependents(connection: Connection, view: str, schema: str) -> None:
    """Raise ViewHasDependents if something outside of a schema depends on it."""
    found = connection.execute(statements.DEPENDENTS, {"schema": schema}).fetchall()
    if found:
        raise ViewHasDependents(view, schema, [_with_session(connection, *row) for row in found])


def _with_session(connection: Connection, name: str, owner: str, schema: str) -> str:
    """A dependent, and for one that a session made for itself, that session."""
    if not schema.startswith("pg_temp_"):
        return name
    row = connection.execute(statements.TEMPORARY_OF, (schema,)).fetchone()
    return f"{name} (temporary, of {LockHolder(*row) if row else owner})"


def drop_schema(connection: Connection, view: str, schema: str) -> None:
    """Drop a schema that nobody finds any more, if it is there, and nothing outside of it.

    A query that still reads it is waited for, some ten seconds. Raises ViewHasDependents and SchemaInUse.
    """
    for _ in range(_DROP_TRIES):
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = {_DROP_WAIT_MS}")
                relations = [str(row[0]) for row in connection.execute(statements.RELATIONS_OF, (schema,))]
                if relations:
                    # Locked, they cannot be built on between the look and the drop.
                    lock = statement(statements.LOCK_RELATIONS, relations=", ".join(relations))
                    connection.execute(lock)
                refuse_dependents(connection, view, schema)
                connection.execute(statement(statements.DROP_SCHEMA, schema=schema))
            return
        except psycopg.errors.LockNotAvailable:
            continue
    raise SchemaInUse(view, schema, [str(found) for found in relation_holders(connection, schema)])


def drop_schema_if_possible(connection: Connection, view: str, schema: str) -> None:
    """The same at the end of a rebuild, where a failure must not hide the error that came before."""
    with suppress(SchemaInUse, ViewHasDependents, psycopg.OperationalError):
        drop_schema(connection, view, schema)
