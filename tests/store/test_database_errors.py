"""PostgreSQL's errors in the program's terms; a session goes on once what was wrong is right again."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from casecore.postgres.errors import AccessDenied, DatabaseUnavailable, TablesMissing
from casecore.store.log import LogReader
from casecore.store.migrations import migrate


def ask(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_login_without_a_privilege_is_denied_in_words(database: str) -> None:
    migrate(database)
    ask(database, "drop role if exists casecore_guest")
    ask(database, "create role casecore_guest login")
    try:
        log = LogReader(make_conninfo(database, user="casecore_guest"))
        with closing(log), pytest.raises(AccessDenied, match=r"permission denied .*: grant it"):
            log.read(0, 1)
    finally:
        ask(database, "drop role casecore_guest")


def test_a_reader_goes_on_after_the_tables_were_gone_for_a_while(database: str) -> None:
    migrate(database)
    with closing(LogReader(database)) as log:
        assert log.read(0, 1) == []
        ask(database, "alter schema casecore rename to elsewhere")
        with pytest.raises(TablesMissing):
            log.read(0, 1)
        ask(database, "alter schema elsewhere rename to casecore")
        assert log.read(0, 1) == []


def test_a_reader_goes_on_after_a_table_was_altered(database: str) -> None:
    migrate(database)
    with closing(LogReader(database)) as log:
        for _ in range(10):  # so that the statement is prepared
            assert log.read(0, 1) == []
        ask(database, "alter table casecore.stored_events alter column topic type varchar(500)")
        with pytest.raises(DatabaseUnavailable):
            log.read(0, 1)
        assert log.read(0, 1) == []
