"""The store's tables are made by numbered migrations, once, and never edited afterwards."""

from __future__ import annotations

import psycopg
import pytest

from casecore.postgres.errors import TablesMissing
from casecore.store.errors import WrongSchema
from casecore.store.migrations import all_migrations, check_migrated, migrate


def test_an_empty_database_is_brought_up_to_date_once(database: str) -> None:
    with pytest.raises(TablesMissing, match="no tables of casecore yet"):
        check_migrated(database)
    assert migrate(database) == len(all_migrations())
    assert migrate(database) == 0
    check_migrated(database)


def test_migrations_are_numbered_without_gaps() -> None:
    assert [m.number for m in all_migrations()] == list(range(1, len(all_migrations()) + 1))


def test_a_database_newer_than_the_program_is_refused(database: str) -> None:
    migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute("insert into casecore.migrations values (9999, 'later', 'x')")
    with pytest.raises(WrongSchema, match="9999_later: this program is too old"):
        migrate(database)


def test_an_edited_migration_is_noticed(database: str) -> None:
    migrate(database)
    with psycopg.connect(database) as connection:
        connection.execute("update casecore.migrations set sha256 = 'x' where number = 1")
    with pytest.raises(WrongSchema, match="0001_store was edited"):
        check_migrated(database)


def test_a_missing_migration_is_named(database: str) -> None:
    migrate(database)
    last = all_migrations()[-1]
    with psycopg.connect(database) as connection:
        connection.execute("delete from casecore.migrations where number = %s", (last.number,))
    with pytest.raises(WrongSchema, match=f"lacks {last.number:04d}_{last.name}: bring it up to date"):
        check_migrated(database)


def test_every_table_and_column_that_people_read_is_explained(database: str) -> None:
    migrate(database)
    with psycopg.connect(database) as connection:
        silent = connection.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'casecore' and c.relkind in ('r', 'v') and obj_description(c.oid) is null"
        ).fetchall()
    assert silent == []
