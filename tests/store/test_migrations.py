"""The store's tables are made by numbered migrations, once, and never edited afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from casecore.postgres.errors import TablesMissing
from casecore.store.errors import WrongSchema
from casecore.store.log import LogReader
from casecore.store.migrations import all_migrations, check_migrated, migrate
from casecore.store.recorder import LogRecorder
from casecore.store.records import NewEvent
from tests.waiting import LIMIT_SECONDS


def test_an_empty_database_is_brought_up_to_date_once(database: str) -> None:
    with pytest.raises(TablesMissing, match="no tables of casecore yet"):
        check_migrated(database)
    assert migrate(database) == len(all_migrations())
    assert migrate(database) == 0
    check_migrated(database)


def test_a_store_of_bee97ac_is_brought_up_to_date_beside_its_programs(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a store that has the four migrations of that commit, a program at work, and an event
    todays = all_migrations()
    with monkeypatch.context() as then:
        then.setattr("casecore.store.migrations.all_migrations", lambda: todays[:4])
        assert migrate(database) == 4
    recorder = LogRecorder(database)
    event = NewEvent(uuid4(), 1, "casecore.case.taken.v1", b"{}")
    first = recorder.append([event], [], datetime.now(UTC)).positions
    # When it is migrated
    assert migrate(database) == len(todays) - 4
    # Then that program goes on, and readers of the log hear of what it stores
    with LogReader(database) as log:
        assert [found.position for found in log.read(0, 10)] == first
        recorder.append([event._replace(version=2)], [], datetime.now(UTC))
        assert log.wait(LIMIT_SECONDS)
    recorder.close()


def test_many_that_start_at_once_migrate_once(database: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [database] * 4))
    assert sorted(applied) == [0, 0, 0, len(all_migrations())]


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
