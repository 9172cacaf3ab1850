"""Defects between a command and the store."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from typing import Any

import psycopg

from casecore.store.migrations import all_migrations
from casecore.store.recorder import LogRecorder
from casecore.store.records import Appended

_append = LogRecorder.append


def receipt_after_its_events() -> None:
    """Events and receipts are stored in two transactions; the process is killed between them."""

    def append(self: LogRecorder, events: Any, receipts: Any, *decided_on: Any) -> Appended:
        _append(self, events, (), *decided_on)
        return _die()

    LogRecorder.append = append  # type: ignore[method-assign]


def receipt_before_its_events() -> None:
    """The same, the other way round."""

    def append(self: LogRecorder, events: Any, receipts: Any, *decided_on: Any) -> Appended:
        _append(self, (), receipts, *decided_on)
        return _die()

    LogRecorder.append = append  # type: ignore[method-assign]


def answer_before_the_commit() -> None:
    """The caller is answered before the commit, which then never comes: PostgreSQL was lost."""

    def append(self: LogRecorder, events: Any, receipts: Any, now: datetime, expected: Any) -> Appended:
        return Appended([], now, now)

    LogRecorder.append = append  # type: ignore[method-assign]


def append_without_the_lock() -> None:
    """Appends do not wait for each other, so a lower position may become visible after a higher one."""
    _append_by_another_function("lock table casecore.stored_events in exclusive mode;", "null;")


def clock_that_goes_back() -> None:
    """recorded_at is what a clock says that is an hour slow, and not at least what was recorded before."""
    _append_by_another_function(
        "select greatest(\n            clock_timestamp(),",
        "select least(\n            clock_timestamp() - interval '1 hour',",
    )


def _append_by_another_function(sound: str, defective: str) -> None:
    """Put a defect into the database's own part of an append; it stays there."""
    [migration] = [each for each in all_migrations() if each.name == "append"]
    assert sound in migration.sql
    function = migration.sql.replace("create function", "create or replace function", 1)
    with psycopg.connect(os.environ["CASECORE_DATABASE"]) as connection:
        connection.execute(function.replace(sound, defective, 1).encode())


def _die() -> Appended:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL did not end the process")
