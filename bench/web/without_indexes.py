"""Many rows into a table at once: its indexes are made afterwards, and the server does nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from casecore.postgres.connection import Connection

_SETTINGS = {"max_wal_size": "'32GB'", "checkpoint_timeout": "'1h'", "autovacuum": "off"}
_CONSTRAINTS = """select format('alter table %%s drop constraint %%I', conrelid::regclass, conname),
  format('alter table %%s add constraint %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint where conrelid = %s::regclass and contype in ('p', 'u')"""
_INDEXES = """select format('drop index %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
from pg_index as i where i.indrelid = %s::regclass
  and not exists (select from pg_constraint as c where c.conindid = i.indexrelid)"""


@contextmanager
def hurried(database: str) -> Iterator[Connection]:
    """A connection to a server that leaves checkpoints and cleaning for later, until the block ends."""
    with psycopg.connect(database, autocommit=True) as connection:
        for name, value in _SETTINGS.items():
            connection.execute(f"alter system set {name} = {value}".encode())
        connection.execute("select pg_reload_conf()")
        try:
            yield connection
        finally:
            for name in _SETTINGS:
                connection.execute(f"alter system reset {name}".encode())
            connection.execute("select pg_reload_conf()")


@contextmanager
def without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """A table has neither keys nor indexes until the block ends."""
    found = [*connection.execute(_CONSTRAINTS, (table,)), *connection.execute(_INDEXES, (table,))]
    for drop, _ in found:
        connection.execute(str(drop).encode())
    yield
    for _, make in found:
        connection.execute(str(make).encode())
