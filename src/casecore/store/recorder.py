"""The eventsourcing library's recorder, extended by recorded_at, receipts, and whole batches."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError
from eventsourcing.persistence import StoredEvent as LibraryEvent
from eventsourcing.postgres import ConnectionPool, PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import dict_row, tuple_row

from casecore.contract.parties import PartyRegistered
from casecore.contract.types import EVENT_TYPES
from casecore.postgres.connection import configure_session
from casecore.postgres.errors import mapped_errors, unavailable
from casecore.postgres.limits import NETWORK, STORE
from casecore.store import arrays, sql
from casecore.store.errors import AppendConflict, StreamsWentBack, UnsafeSetting
from casecore.store.records import Appended, Loaded, NewEvent, Receipt

SCHEMA = "casecore"
CONNECT_SECONDS = 5.0
"""How long a session is waited for before the database counts as unavailable."""
_REGISTERED = list(EVENT_TYPES.names_ever(PartyRegistered))


class Datastore(PostgresDatastore):
    """The library's pool of connections, opened from a libpq URI; no wait is longer than a few seconds."""

    def __init__(self, database: str, pool_size: int) -> None:
        super().__init__("", "", "", "", "", schema=SCHEMA, lock_timeout=5)
        self.pool = ConnectionPool(
            conninfo=database,
            connection_class=psycopg.Connection[dict[str, Any]],
            kwargs={"row_factory": dict_row, **NETWORK},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=_configure,
            timeout=CONNECT_SECONDS,
        )


def _configure(connection: psycopg.Connection[dict[str, Any]]) -> None:
    connection.autocommit = True
    arrays.take_packed(connection)
    configure_session(connection, STORE)


class LogRecorder(PostgresApplicationRecorder):
    """The recorder of the table casecore.stored_events, which a migration creates."""

    def __init__(self, database: str, pool_size: int = 2) -> None:
        if os.environ.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").lower() in ("y", "yes", "t", "true", "on", "1"):
            raise UnsafeSetting(
                "POSTGRES_ENABLE_DB_FUNCTIONS is set: it leaves out the lock that keeps the log in order; "
                "unset it"
            )
        with _mapped():
            super().__init__(Datastore(database, pool_size))
            with self._connection() as connection:
                fsync = connection.execute(sql.FSYNC).fetchone()
        if fsync != ("on",):
            self.close()
            raise UnsafeSetting("PostgreSQL runs with fsync off: what it commits may be lost. Set fsync = on")

    def close(self) -> None:
        """Close the connections."""
        self.datastore.close()

    def load(
        self,
        known: Mapping[UUID, int],
        commands: Sequence[tuple[UUID, UUID]],
        related_streams: Collection[UUID] = (),
        asks_for_parties: bool = False,
    ) -> Loaded:
        """What a batch is decided on: events after the known versions, receipts, and the time.

        `known` gives the version of each stream that is known already; `commands` each command's id and
        its stream; `related_streams` the other streams that the decisions read. Of a stream whose commands
        all have receipts nothing is loaded, unless it is a related one. `asks_for_parties`: whether to look
        if a party is registered. Raises StreamsWentBack if a known version does not exist, and
        DatabaseUnavailable.

        The order matters. Receipts are read after events, so that an effect is never seen without its
        receipt. The time is read last, so that it is not before anything that was loaded.
        """
        wanted = {
            "ids": list(known),
            "known": list(known.values()),
            "command_ids": [command_id for command_id, _ in commands],
            "stream_ids": [stream_id for _, stream_id in commands],
            "related_streams": list(related_streams),
        }
        with self._connection() as connection, connection.pipeline():
            events = connection.cursor(binary=True).execute(sql.LOAD_EVENTS, wanted)
            receipts = connection.cursor(binary=True).execute(sql.LOAD_RECEIPTS, wanted)
            now = connection.cursor(binary=True).execute(sql.NOW)
            lost = connection.execute(sql.LOST_VERSIONS, wanted)
            parties = connection.execute(sql.HAS_PARTIES, (_REGISTERED,)) if asks_for_parties else None
            found = [Receipt(*row) for row in receipts.fetchall()]
            if lost.fetchall():
                raise StreamsWentBack
            return Loaded(
                [NewEvent(*row) for row in events.fetchall()],
                {receipt.command_id: receipt for receipt in found},
                cast("tuple[datetime]", now.fetchone())[0],
                parties is not None and parties.fetchone() is not None,
            )

    def append(
        self,
        events: Sequence[NewEvent],
        receipts: Sequence[Receipt],
        now: datetime,
        expected: Mapping[UUID, int] = MappingProxyType({}),
    ) -> Appended:
        """Store events and receipts in one durable transaction.

        `now` is the time at which they were decided; recorded_at is never before it. Raises AppendConflict if
        a stream has moved, a receipt exists already, or a stream is not at the version that is expected of it
        (0: it has no event); then nothing is stored. Raises DatabaseUnavailable if PostgreSQL does not
        answer; then it is not known whether they were stored.
        """
        given = {
            "now": now,
            "expected_ids": arrays.uuids([*expected]),
            "expected": arrays.bigints([*expected.values()]),
            "ids": arrays.uuids([event.stream_id for event in events]),
            "versions": arrays.bigints([event.version for event in events]),
            "types": arrays.texts([event.type for event in events]),
            "bodies": arrays.byteas([event.body for event in events]),
            "command_ids": arrays.uuids([receipt.command_id for receipt in receipts]),
            "hashes": arrays.byteas([receipt.content_hash for receipt in receipts]),
            "stream_ids": arrays.uuids([receipt.stream_id for receipt in receipts]),
            "stream_versions": arrays.bigints([receipt.version for receipt in receipts]),
            "events": arrays.ints([receipt.events for receipt in receipts]),
        }
        try:
            with self._connection() as connection:
                return _append(connection, given)
        except psycopg.errors.UniqueViolation as conflict:
            raise AppendConflict(str(conflict)) from conflict

    def insert_events(self, stored_events: Sequence[LibraryEvent], **_: Any) -> Sequence[int]:
        """The library's interface: the same append, without receipts."""
        events = [
            NewEvent(cast(UUID, e.originator_id), e.originator_version, e.topic, e.state)
            for e in stored_events
        ]
        return self.append(events, (), self.load({}, ()).now).positions

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection of the pool. Raises DatabaseUnavailable and TablesMissing for errors that mean so."""
        try:
            self.datastore.pool.open()
            with self.datastore.pool.connection() as connection:
                plain = cast("psycopg.Connection[tuple[Any, ...]]", connection)
                plain.row_factory = tuple_row
                try:
                    yield plain
                finally:
                    connection.row_factory = dict_row
        except Exception:
            with _mapped():  # only now, since this is on the hot path of the bus
                raise


def _append(connection: psycopg.Connection[tuple[Any, ...]], given: Mapping[str, object]) -> Appended:
    # In autocommit mode the answer to the statement is complete only when the commit is durable.
    row = connection.cursor(binary=True).execute(sql.APPEND, given).fetchone()
    if row is None:
        raise AppendConflict("a stream that the batch was decided on has moved")
    return Appended(*row)


@contextmanager
def _mapped() -> Iterator[None]:
    """Raise DatabaseUnavailable for the errors of psycopg, its pool, and the library that mean so."""
    try:
        with mapped_errors():
            yield
    except (OperationalError, InterfaceError) as error:
        raise unavailable(error) from error
