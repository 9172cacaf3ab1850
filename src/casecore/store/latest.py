"""The latest events of streams at a position of the log, for a comparison with what a view has of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.contract.streams import StreamKind
from casecore.contract.wire import subject_of
from casecore.postgres.connection import Connection
from casecore.postgres.errors import mapped_errors
from casecore.store import sql


class LogHead(NamedTuple):
    """The end of the log: the position of the last event, 0 for none, and when that was recorded."""

    position: int
    recorded_at: datetime | None


class StreamQuery(NamedTuple):
    """A query, with its parameters, that gives one row for each of some streams.

    Who has a table in the same database joins it.
    """

    query: str
    given: Mapping[str, object]


def latest_since(kinds: Iterable[StreamKind], after: int, up_to: int) -> StreamQuery:
    """The latest events of those streams of these kinds that have one after a position and not after another.

    Its columns are stream_id, version, position and type.
    """
    return StreamQuery(sql.LATEST_SINCE, {"prefixes": _prefixes(kinds), "after": after, "up_to": up_to})


def newest_of_kinds(kinds: Iterable[StreamKind]) -> StreamQuery:
    """The version that each stream of these kinds has now: the columns stream_id and version."""
    return StreamQuery(sql.NEWEST_OF_KINDS, {"prefixes": _prefixes(kinds)})


def latest_of(stream_ids: Collection[UUID], up_to: int) -> StreamQuery:
    """The latest events of these streams up to a position, as above; a stream without any is missing."""
    return StreamQuery(sql.LATEST_OF, {"ids": list(stream_ids), "up_to": up_to})


def last_of_streams(stream_ids: Collection[UUID]) -> StreamQuery:
    """The last event of each of these streams; a stream without any is missing.

    Its columns are position, stream_id, version, type, recorded_at, body and head_recorded_at: when the log's
    last event of any stream was recorded.
    """
    return StreamQuery(sql.LAST_OF_STREAMS, {"ids": list(stream_ids)})


def read_head(connection: Connection) -> LogHead:
    """The end of the log; raises TablesMissing and DatabaseUnavailable, as all here."""
    with mapped_errors():
        row = connection.execute(sql.HEAD.encode()).fetchone()
    return LogHead(*row) if row else LogHead(0, None)


def position_before(connection: Connection, up_to: int, events: int) -> int:
    """The position of the event so many events before a position; 0 where there are not so many."""
    with mapped_errors():
        row = connection.execute(sql.POSITION_BEFORE.encode(), {"up_to": up_to, "events": events}).fetchone()
    return int(row[0]) if row else 0


def recorded_before(connection: Connection, events: Sequence[tuple[UUID, int]]) -> datetime | None:
    """When the last event was recorded that was recorded before all of these; None if there is none.

    An event is given by its stream and version.
    """
    given = {"ids": [stream_id for stream_id, _ in events], "versions": [version for _, version in events]}
    with mapped_errors():
        row = connection.execute(sql.RECORDED_BEFORE.encode(), given).fetchone()
    return row[0] if row else None


def oldest_recorded_at(connection: Connection, events: Sequence[tuple[UUID, int]]) -> datetime | None:
    """When the first of these events was recorded, which are given as above; None if none is there."""
    given = {"ids": [stream_id for stream_id, _ in events], "versions": [version for _, version in events]}
    with mapped_errors():
        row = connection.execute(sql.OLDEST_OF.encode(), given).fetchone()
    return row[0] if row else None


def stream_names(connection: Connection, stream_ids: Collection[UUID]) -> dict[UUID, str]:
    """What streams are called: by the case, package or party that the first event is about, or else by id.

    One without any event is missing.
    """
    with mapped_errors():
        rows = connection.execute(sql.FIRST_BODIES.encode(), {"ids": list(stream_ids)}).fetchall()
    return {stream_id: subject_of(body) or str(stream_id) for stream_id, body in rows}


def _prefixes(kinds: Iterable[StreamKind]) -> list[str]:
    return [kind.type_prefix for kind in kinds]
