"""What was parked since only a newer program could read it, tried again by the program that runs now."""

from __future__ import annotations

from collections.abc import Iterator

from casecore.contract.wire import decode_event, subject_of
from casecore.contract.words import NewerEvent
from casecore.kafka.records import KafkaRecord
from casecore.postgres.connection import Connection, connect
from casecore.postgres.limits import RUNNER
from projections.kit.fold.records import ParsedRecord, parse_record
from projections.kit.fold.verdicts import WAIT_FOR_PROGRAM
from projections.kit.projection import AnyProjection
from projections.kit.quarantine import statements
from projections.kit.quarantine.key_text import key_text
from projections.kit.quarantine.retrying import Retried, retry_all, stored_record
from projections.kit.tables import schema
from projections.kit.tables.statement import statement

NEWER_PAGE_SIZE = 500
"""Keys that wait for a newer program and are looked at at once: a few megabytes, and many times a batch."""


def retry_newer(connection: Connection, projection: AnyProjection) -> list[Retried]:
    """Apply what was parked since only a newer program could read it, if this program can.

    For a runner that takes partitions over, in its session: what else is parked stays as it is. A key whose
    record this program cannot read is not locked for. One whose record it can read, and whose state it
    cannot, is looked at under the locks of a retry, and stays.
    """
    return retry_all(connection, projection, list(_readable_keys(connection, projection.name)))


def waiting_for_newer(projection: AnyProjection, database: str) -> set[str]:
    """What waits in a view for a newer program, as people know it: cases, packages, parties, else keys.

    Raises ViewMissing and ViewOutdated.
    """
    with connect(database, RUNNER, "casecore quarantine") as connection:
        schema.require(connection, projection)
        return names_waiting(connection, projection.name)


def names_waiting(connection: Connection, target: str) -> set[str]:
    """What waits for a newer program in a schema of a view: the live one, or a shadow build."""
    waiting = _waiting(connection, target)
    return {subject_of(record.value or b"") or key_text(key) for key, record in waiting}


def _readable_keys(connection: Connection, target: str) -> Iterator[bytes]:
    """The keys that wait for a newer program, and whose first record this program can read."""
    return (key for key, record in _waiting(connection, target) if not _is_newer(parse_record(record)))


def _waiting(connection: Connection, target: str) -> Iterator[tuple[bytes, KafkaRecord]]:
    """The keys that wait for a newer program, with the first record of each, a page at a time."""
    after = b""
    while True:
        rows = connection.execute(
            statement(statements.NEWER_PAGE, schema=target),
            ([reason.value for reason in WAIT_FOR_PROGRAM], after, NEWER_PAGE_SIZE),
        ).fetchall()
        for key, *record in rows:
            yield bytes(key), stored_record(*record)
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
