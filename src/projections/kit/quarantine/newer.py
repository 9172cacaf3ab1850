"""What was parked since only a newer program could read it, tried again by the program that runs now."""

from __future__ import annotations

from collections.abc import Iterator

from casecore.contract.types import NewerEvent
from casecore.contract.wire import decode_event
from casecore.postgres.connection import Connection
from projections.kit.fold.records import ParsedRecord, parse_record
from projections.kit.fold.verdicts import WAIT_FOR_PROGRAM
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import statements
from projections.kit.quarantine.retrying import Retried, retry_all, stored_record
from projections.kit.tables.statement import statement

NEWER_PAGE_SIZE = 500
"""Keys that wait for a newer program and are looked at at once: a few megabytes, and many times a batch."""


def retry_newer(connection: Connection, projection: AnyProjection) -> list[Retried]:
    """Apply what was parked since only a newer program could read it, if this program can.

    For a runner that takes partitions over, in its session: what else is parked stays as it is, and where
    this program reads no more than the last one nothing is locked, and no other runner is disturbed.
    """
    return retry_all(connection, projection, list(_readable_keys(connection, projection.name)))


def _readable_keys(connection: Connection, target: str) -> Iterator[bytes]:
    """The keys that wait for a newer program, and whose first record this program can read."""
    after = b""
    while True:
        rows = connection.execute(
            statement(statements.NEWER_PAGE, schema=target),
            ([reason.value for reason in WAIT_FOR_PROGRAM], after, NEWER_PAGE_SIZE),
        ).fetchall()
        for key, *record in rows:
            if not _is_newer(parse_record(stored_record(*record))):
                yield bytes(key)
        if len(rows) < NEWER_PAGE_SIZE:
            return
        after = bytes(rows[-1][0])


def _is_newer(parsed: ParsedRecord) -> bool:
    if parsed.event is None:
        return False
    try:
        decode_event(parsed.event)
    except NewerEvent:
        return True
    except Exception:  # it is read now, and found to be something else: the retry says what
        return False
    return False
