"""A projection's schema: made from its declaration, and compared with it before anyone writes or reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import msgspec
import psycopg

from casecore.postgres.connection import Connection
from casecore.postgres.limits import RUNNER
from casecore.postgres.writer_lock import WriterLock
from projections.kit import roles
from projections.kit.errors import ViewMissing, ViewOutdated
from projections.kit.projection import AnyProjection
from projections.kit.roles import READER
from projections.kit.stored_table import StoredTable
from projections.kit.tables import ddl, own_tables
from projections.kit.tables.statement import statement

_CREATION_LIMIT_SECONDS = RUNNER.lock_seconds
SCHEMA_EXISTS = "select exists (select from pg_namespace where nspname = %s)"
SELECT_ABOUT = "select version, shape from {schema}.about"


@cache  # there are as many projections as the program declares
def shape(projection: AnyProjection) -> str:
    """A hash of all that is stored, by which a schema that was built otherwise is noticed.

    It covers the tables, who reads them, SQL views and the state's form, and what the kit adds of its own.
    A word that is added to an enumeration makes no other view: what was stored before is read as it was.
    """
    declared = [
        (t.name, t.comment, t.key, t.columns, t.append_only, t.of_stream, t.indexes, *_restricted(t))
        for t in projection.tables
    ]
    declared += [(t.name, t.comment, t.key, t.columns, t.indexes, t.facts) for t in projection.sums]
    state = _without_words(msgspec.json.schema(projection.state))
    own = (own_tables.OWN_TABLES, sorted(own_tables.OWN_COMMENTS.items()))
    stored = (declared, projection.comment, projection.views, state, own)
    return hashlib.sha256(msgspec.json.encode(stored, order="sorted")).hexdigest()


def _restricted(table: StoredTable) -> tuple[str, ...]:
    """Who reads a table, unless every reader does: a table that is restricted later is built again."""
    return () if table.read_by == READER else (table.read_by,)


def _without_words(form: object) -> object:
    """A JSON schema without its docstrings, on which no stored state depends, and its lists of words.

    Tags are lists of one word: these stay.
    """
    if isinstance(form, dict):
        # A field may have such a name too; then its value is a schema, and not a text or a list.
        return {
            name: _without_words(part)
            for name, part in form.items()
            if not (name == "description" and isinstance(part, str))
            and not (name == "enum" and isinstance(part, list) and len(part) > 1)
        }
    return [_without_words(part) for part in form] if isinstance(form, list) else form


def create(connection: Connection, projection: AnyProjection, schema: str) -> None:
    """Make the schema with tables, SQL views, comments and grants, in the caller's transaction."""
    for text in ddl.create_view(schema, projection):
        connection.execute(statement(text))
    if projection.views:
        connection.execute(statement(f"set local search_path to {schema}"))
        connection.execute(statement(projection.views))
        connection.execute("set local search_path to default")
    _grant(connection, projection, schema)
    connection.execute(statement(ddl.INSERT_ABOUT, schema=schema), (projection.version, shape(projection)))


def _grant(connection: Connection, projection: AnyProjection, schema: str) -> None:
    """Let each role read its tables; SQL views are for every reader."""
    views = [str(row[0]) for row in connection.execute(ddl.VIEWS_OF, (schema,))]
    read_by = {
        **{table.name: table.read_by for table in projection.all_tables},
        **dict.fromkeys(views, READER),
    }
    for role in sorted(set(read_by.values()) | {READER}):
        connection.execute(statement(roles.create_role(role)))
        connection.execute(statement(roles.GRANT_SCHEMA, schema=schema, role=role))
    for name, role in read_by.items():
        connection.execute(statement(roles.GRANT_SELECT, schema=schema, name=name, role=role))


def ensure(connection: Connection, projection: AnyProjection) -> None:
    """Make the live schema unless it is there; raises ViewOutdated if it was built otherwise."""
    with creation_lock(connection, projection.name), connection.transaction():
        if not exists(connection, projection.name):
            create(connection, projection, projection.name)
    require(connection, projection)


@contextmanager
def creation_lock(connection: Connection, view: str) -> Iterator[None]:
    """Let nobody else make or swap the view within the block, which must not begin in a transaction.

    Raises psycopg.errors.LockNotAvailable, which names the session that is in the way for too long.
    """
    lock = WriterLock(f"casecore.projections.create.{view}", right_to_write(view))
    holder = lock.take_within(connection, _CREATION_LIMIT_SECONDS)
    if holder is not None:
        raise psycopg.errors.LockNotAvailable(f"{view} is being made, swapped or retried by {holder}")
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError):
            lock.release(connection)


def right_to_write(view: str) -> str:
    """The table that only those may write who keep a view: their sessions count where a lock is held."""
    return f"{view}.offsets"


def require(connection: Connection, projection: AnyProjection) -> None:
    """Raise ViewMissing or ViewOutdated unless the live schema is the one that this program keeps."""
    if not exists(connection, projection.name):
        raise ViewMissing(projection.name)
    if not is_current(connection, projection):
        row = connection.execute(statement(SELECT_ABOUT, schema=projection.name)).fetchone()
        found = f"version {row[0]}" if row else "nothing known"
        if row and row[0] == projection.version:
            found += " with other tables, or states of another form"
        raise ViewOutdated(projection.name, found, f"version {projection.version}")


def is_current(connection: Connection, projection: AnyProjection) -> bool:
    """Whether the live schema was built by this version of the projection."""
    row = connection.execute(statement(SELECT_ABOUT, schema=projection.name)).fetchone()
    return row is not None and is_form_of_today(projection, *row)


def is_form_of_today(projection: AnyProjection, version: int, found: str) -> bool:
    """Whether a schema of this version and shape is as this program keeps the view."""
    if version != projection.version:
        return False
    taken_over, today = projection.taken_over, shape(projection)
    if found == today:
        return True
    return taken_over is not None and found in taken_over.earlier and today == taken_over.today


def exists(connection: Connection, schema: str) -> bool:
    """Whether a schema is there."""
    row = connection.execute(SCHEMA_EXISTS, (schema,)).fetchone()
    return row is not None and bool(row[0])
