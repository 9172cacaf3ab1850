"""A view beside the log that it is folded from, both read in one session of the database that has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.errors import QueryCanceled

from casecore.app.freshness.search import MOST_INCOMPLETE, WINDOWS, lacking, partitions_of
from casecore.postgres.connection import Connection
from casecore.store.latest import (
    LogHead,
    StreamQuery,
    latest_of,
    latest_since,
    newest_of_kinds,
    oldest_recorded_at,
    position_before,
    recorded_before,
    stream_names,
)
from projections.kit.projection import AnyProjection
from projections.kit.reading.standing import (
    StreamStanding,
    build_of,
    parked_streams,
    standings,
    streams_behind,
)
from projections.kit.runner.takeover import is_runner_connected

MOST_PARKED = 1_000
"""Parked keys that are looked at, and named to a program; `casecore quarantine list` has all."""

_LIMIT_SEARCH = "set local statement_timeout = '10s'"
"""Some millions of streams are looked at in this time."""


class ViewBesideLog:
    """The log up to a head, and a view; for as long as the session is open."""

    def __init__(self, connection: Connection, projection: AnyProjection, head: LogHead) -> None:
        self._connection = connection
        self._projection = projection
        self._head = head
        self.name = projection.name

    @property
    def partitions(self) -> int:
        """How many partitions the view's topics have together."""
        return partitions_of(self._projection.kinds)

    @property
    def head(self) -> LogHead:
        """The log's end."""
        return self._head

    def build(self) -> UUID | None:
        """Which building of the view this is; None while there is none."""
        return build_of(self._connection, self._projection)

    @property
    def head_recorded_at(self) -> datetime | None:
        """When the log's last event was recorded."""
        return self._head.recorded_at

    def position_before(self, events: int) -> int:
        """The position of the event so many events before the head; 0 where there are not so many."""
        return position_before(self._connection, self._head.position, events)

    def since(self, position: int) -> list[StreamStanding]:
        """The view's streams that have an event after a position."""
        return self._standings(latest_since(self._projection.kinds, position, self._head.position))

    def incomplete(self) -> list[StreamStanding]:
        """The streams of which the view lacks something, MOST_INCOMPLETE at most.

        Where there are too many streams to look at each, those that have one of the last events.
        """
        newest = newest_of_kinds(self._projection.kinds)
        try:
            with self._connection.transaction():
                self._connection.execute(_LIMIT_SEARCH)
                behind = streams_behind(self._connection, self._projection, *newest, MOST_INCOMPLETE)
        except QueryCanceled:
            return lacking(self.since(self.position_before(WINDOWS[-1])))
        # A stream whose newest event came after the head need not lack anything before.
        return lacking(self._of(behind))

    def again(self, streams: Sequence[StreamStanding]) -> list[StreamStanding]:
        """These streams as the view has them by now."""
        return self._of([stream.stream_id for stream in streams])

    def has_runner(self) -> bool:
        """Whether a runner of any view has a session."""
        return is_runner_connected(self._connection)

    def recorded_before(self, events: Sequence[tuple[UUID, int]]) -> datetime | None:
        """When the last event was recorded that was recorded before all of these."""
        return recorded_before(self._connection, events)

    def oldest_recorded_at(self, events: Sequence[tuple[UUID, int]]) -> datetime | None:
        """When the first of these events was recorded."""
        return oldest_recorded_at(self._connection, events)

    def parked(self) -> tuple[str, ...]:
        """The names of what is in quarantine while events of it are stored that the view lacks."""
        parked = parked_streams(self._connection, self._projection, MOST_PARKED)
        lacking = [one.stream_id for one in self._of(parked) if one.missing] if parked else []
        return tuple(sorted(stream_names(self._connection, lacking).values())) if lacking else ()

    def _of(self, stream_ids: Sequence[UUID]) -> list[StreamStanding]:
        return self._standings(latest_of(stream_ids, self._head.position))

    def _standings(self, latest: StreamQuery) -> list[StreamStanding]:
        return standings(self._connection, self._projection, *latest)
