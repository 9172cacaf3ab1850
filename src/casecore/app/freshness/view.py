"""A view beside the log that it is folded from, both read in one session of the database that has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from casecore.app.freshness.search import partitions_of
from casecore.postgres.connection import Connection
from casecore.store.latest import (
    LatestEvents,
    LogHead,
    latest_of,
    latest_of_kinds,
    latest_since,
    position_before,
    recorded_before,
    stream_names,
)
from projections.kit.projection import AnyProjection
from projections.kit.reading.standing import StreamStanding, parked_streams, standings
from projections.kit.runner.takeover import is_runner_connected

MOST_PARKED = 1_000
"""Parked keys that are looked at, and named to a program; `casecore quarantine list` has all."""


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
        """All of the view's streams of which the view lacks something."""
        every = latest_of_kinds(self._projection.kinds, self._head.position)
        return self._standings(every, only_missing=True)

    def again(self, streams: Sequence[StreamStanding]) -> list[StreamStanding]:
        """These streams as the view has them by now."""
        return self._of([stream.stream_id for stream in streams])

    def has_runner(self) -> bool:
        """Whether a runner of any view has a session."""
        return is_runner_connected(self._connection)

    def recorded_before(self, events: Sequence[tuple[UUID, int]]) -> datetime | None:
        """When the last event was recorded that was recorded before all of these."""
        return recorded_before(self._connection, events)

    def parked(self) -> tuple[str, ...]:
        """The names of what is in quarantine while events of it are stored that the view lacks."""
        parked = parked_streams(self._connection, self._projection, MOST_PARKED)
        lacking = [one.stream_id for one in self._of(parked) if one.missing] if parked else []
        return tuple(sorted(stream_names(self._connection, lacking))) if lacking else ()

    def _of(self, stream_ids: Sequence[UUID]) -> list[StreamStanding]:
        return self._standings(latest_of(stream_ids, self._head.position))

    def _standings(self, latest: LatestEvents, *, only_missing: bool = False) -> list[StreamStanding]:
        return standings(
            self._connection, self._projection, latest.query, latest.given, only_missing=only_missing
        )
