"""The simulated store: log, streams, receipts, the append lock, and the relay's lock and topic ids."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from casecore.contract.wire import StoredEvent
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.errors import AppendConflict
from casecore.store.records import NewEvent, Receipt
from tests.simulation.servers.network import Link, Server
from tests.simulation.world import Process, World

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
IDLE_LIMIT_SECONDS = 10.0
LOCK_LIMIT_SECONDS = 5.0

_position = attrgetter("position")


class MustWait(Exception):
    """Another transaction holds a lock that is needed; retry."""


class StoreSession(Link):
    """A session; no other session sees its transaction's writes before the commit."""

    def __init__(self, process: Process, server: Server) -> None:
        super().__init__(process, server)
        self.events: list[StoredEvent] = []
        self.receipts: list[Receipt] = []
        self.touched_at = process.world.now

    def closed(self) -> None:
        """Roll back the transaction, and release the locks."""
        assert isinstance(self.server, Store)
        self.server.roll_back(self)
        if self.server.relay_lock is self:
            self.server.relay_lock = None


class Backup(NamedTuple):
    """The content of a store."""

    log: list[StoredEvent]
    receipts: dict[UUID, Receipt]
    topics: dict[str, str]


class Store(Server):
    """A commit is durable, whatever is killed; uncommitted writes end with their session."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "store", DatabaseUnavailable)
        self.log: list[StoredEvent] = []
        self.streams: dict[UUID, list[StoredEvent]] = {}
        self.receipts: dict[UUID, Receipt] = {}
        self.topics: dict[str, str] = {}
        self.relay_lock: StoreSession | None = None
        self.clock_off_seconds = 0.0
        self._append_lock: StoreSession | None = None
        self._writing: list[StoreSession] = []
        self._last_position = 0

    # Appending.

    def lock_log(self, session: StoreSession) -> None:
        """Take the append lock; raises MustWait."""
        session.touched_at = self.world.now
        self._make_wait_for(self._append_lock, session)
        self._append_lock = session

    def insert(
        self,
        session: StoreSession,
        events: Sequence[NewEvent],
        receipts: Sequence[Receipt],
        now: datetime,
        expected: Mapping[UUID, int],
    ) -> datetime:
        """Take positions at once, which others see after the commit; returns recorded_at.

        Raises MustWait while another transaction is storing the same, and AppendConflict.
        """
        session.touched_at = self.world.now
        versions = {(event.stream_id, event.version) for event in events}
        commands = {receipt.command_id for receipt in receipts}
        for other in self._writing:
            if any((event.stream_id, event.version) in versions for event in other.events) or any(
                receipt.command_id in commands for receipt in other.receipts
            ):
                self._make_wait_for(other, session)
        self._check_conflicts(session, versions, commands, expected)
        last = self.log[-1].recorded_at if self.log else BEGINNING
        recorded_at = self.recorded_at(now, last)
        for event in events:
            self._last_position += 1
            place = (self._last_position, event.stream_id, event.version)
            session.events.append(StoredEvent(*place, event.type, recorded_at, event.body))
        session.receipts += receipts
        if session not in self._writing:
            self._writing.append(session)
        return recorded_at

    def recorded_at(self, decided_at: datetime, last: datetime) -> datetime:
        """The greater of the clock, of when it was decided, and of what was recorded last."""
        return max(self.wall(), decided_at, last)

    def _check_conflicts(
        self,
        session: StoreSession,
        versions: Collection[tuple[UUID, int]],
        commands: Collection[UUID],
        expected: Mapping[UUID, int],
    ) -> None:
        wrong = ""
        if any(len(self.streams.get(stream_id, ())) != version for stream_id, version in expected.items()):
            wrong = "a stream that the batch was decided on has moved"
        elif any(len(self.streams.get(stream_id, ())) >= version for stream_id, version in versions):
            wrong = "a version of this stream is there already"
        elif any(command_id in self.receipts for command_id in commands):
            wrong = "a receipt of this command is there already"
        if wrong:
            self.roll_back(session)
            raise AppendConflict(wrong)

    def commit(self, session: StoreSession) -> None:
        """Make the transaction's writes durable and visible."""
        for event in session.events:
            if self.log and event.position < self.log[-1].position:
                self.world.meet("a gap in the log was filled later")
                insort(self.log, event, key=_position)
            else:
                self.log.append(event)
            self.streams.setdefault(event.stream_id, []).append(event)
        self.receipts.update((receipt.command_id, receipt) for receipt in session.receipts)
        self.roll_back(session)

    def roll_back(self, session: StoreSession) -> None:
        """Discard the transaction's writes; their positions are not used again."""
        session.events, session.receipts = [], []
        if session in self._writing:
            self._writing.remove(session)
        if self._append_lock is session:
            self._append_lock = None

    # Reading.

    def wall(self) -> datetime:
        """The server's clock, which may be wrong."""
        return BEGINNING + timedelta(seconds=self.world.now + self.clock_off_seconds)

    def now(self) -> datetime:
        """The clock, but not before the last recorded_at."""
        return max(self.wall(), self.log[-1].recorded_at) if self.log else self.wall()

    def events_after(
        self, known: Mapping[UUID, int], commands: Sequence[tuple[UUID, UUID]], beside: Collection[UUID]
    ) -> list[NewEvent]:
        """The unknown events of related streams, and of streams with a command that has no receipt."""
        undecided = {stream for command, stream in commands if command not in self.receipts} | set(beside)
        return [
            NewEvent(e.stream_id, e.version, e.type, e.body)
            for stream_id, version in known.items()
            if stream_id in undecided
            for e in self.streams.get(stream_id, ())[version:]
        ]

    def has_versions(self, known: Mapping[UUID, int]) -> bool:
        """Whether every known version of a stream is stored."""
        return all(len(self.streams.get(stream_id, ())) >= version for stream_id, version in known.items())

    def has_parties(self) -> bool:
        """Whether a party is registered."""
        return any(one.type == "casecore.party.registered.v1" for one in self.log)

    def read(self, after: int, limit: int) -> list[StoredEvent]:
        """The next events by position."""
        first = bisect_right(self.log, after, key=_position)
        return self.log[first : first + limit]

    def position_before(self, position: int, events: int) -> int:
        """The position `events` events before another one, or 0."""
        place = bisect_right(self.log, position, key=_position) - 1 - events
        return self.log[place].position if place >= 0 else 0

    @property
    def last_position(self) -> int:
        """The position of the last event, or 0."""
        return self.log[-1].position if self.log else 0

    # The relay.

    def take_relay_lock(self, session: StoreSession) -> bool:
        """Whether this session holds the relay's lock."""
        if self.relay_lock is None:
            self.relay_lock = session
        return self.relay_lock is session

    def remember_topics(self, ids: Mapping[str, str]) -> None:
        """Store the ids of topics that have no stored id."""
        for topic, topic_id in ids.items():
            self.topics.setdefault(topic, topic_id)

    # An operator.

    def backup(self) -> Backup:
        """A copy of all that is committed."""
        return Backup(list(self.log), dict(self.receipts), dict(self.topics))

    def restore(self, backup: Backup) -> None:
        """Replace the content by a backup; the server must be stopped."""
        self.log, self.receipts, self.topics = list(backup.log), dict(backup.receipts), dict(backup.topics)
        self.streams = {}
        for event in self.log:
            self.streams.setdefault(event.stream_id, []).append(event)
        self._last_position = self.last_position

    def _make_wait_for(self, other: StoreSession | None, session: StoreSession) -> None:
        if other is None or other is session:
            return
        if self.world.now - other.touched_at > IDLE_LIMIT_SECONDS:
            self.world.meet("a session idle in its transaction was ended", str(other.process))
            other.end()
        raise MustWait
