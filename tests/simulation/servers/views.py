"""The simulated database of a view: states, rows, quarantine, and offsets with their owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casecore.kafka.partitions import Partition
from projections.kit.fold.batch_steps import WriteRefused
from projections.kit.fold.outcome import FoldOutcome, KeyState
from projections.kit.fold.records import RecordPlace
from projections.kit.tables.claims import Claimed
from tests.simulation.servers.network import Link, Server
from tests.simulation.servers.store import MustWait
from tests.simulation.world import Process, World

IDLE_LIMIT_SECONDS = 5.0
LOCK_LIMIT_SECONDS = 15.0
_FLUSHED_AFTER_SECONDS = 0.6
"""A commit older than this survives a crash of the server: three times wal_writer_delay."""

_NOTHING = object()


class ViewsGone(Exception):
    """The view's database is unavailable, or takes no writes."""


class ViewSession(Link):
    """A session; no other session sees its transaction's writes before the commit."""

    def __init__(self, process: Process, server: Server) -> None:
        super().__init__(process, server)
        self.writes: list[tuple[dict[Any, Any], object, object]] = []
        self.touched_at = process.world.now

    def closed(self) -> None:
        """Roll back the transaction, and release the locks."""
        assert isinstance(self.server, Views)
        self.server.roll_back(self)


class Views(Server):
    """One view's schema. A commit does not wait for the disk, so a crash may lose the last batches."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "views", ViewsGone)
        self.states: dict[UUID, tuple[int, Any, bool]] = {}
        self.rows: dict[object, tuple[object, ...]] = {}
        self.appended: dict[object, tuple[object, ...]] = {}
        self.quarantine: dict[RecordPlace, tuple[bytes, str]] = {}
        self.offsets: dict[Partition, tuple[str, int, UUID]] = {}
        self.refused: set[tuple[UUID, int]] = set()
        """Events whose rows have a value that this database refuses."""
        self._locks: dict[Partition, ViewSession] = {}
        self._unflushed: list[tuple[float, list[tuple[dict[Any, Any], object, object]]]] = []

    # Transactions.

    def claim(
        self, session: ViewSession, ids: Mapping[str, str], wanted: Sequence[Partition], owner: UUID
    ) -> list[Claimed]:
        """Take partitions over, and commit, and wait for the disk. Raises MustWait."""
        self._lock(session, wanted)
        found = []
        for at in wanted:
            topic_id, offset, _ = self.offsets.get(at, (ids[at.topic], 0, owner))
            session.writes.append((self.offsets, at, (topic_id, offset, owner)))
            found.append(Claimed(at.topic, at.number, topic_id, offset))
        self.commit(session)
        self._unflushed.clear()
        return found

    def advance(self, session: ViewSession, offsets: Mapping[Partition, int], owner: UUID | None) -> int:
        """Move the offsets of this owner forward; returns how many were moved. Raises MustWait."""
        wanted = sorted(offsets)
        self._lock(session, wanted)
        moved = 0
        for at in wanted:
            topic_id, offset, owned_by = self.offsets[at]
            if owner is None or (owned_by == owner and offset <= offsets[at]):
                session.writes.append((self.offsets, at, (topic_id, offsets[at], owned_by)))
                moved += 1
        return moved

    def write(self, session: ViewSession, outcome: FoldOutcome) -> None:
        """Write states, rows and parked records of a batch; raises WriteRefused, after a rollback."""
        session.touched_at = self.world.now
        writes = session.writes
        for key, held in outcome.states.items():
            if held.version or held.any_next:
                writes.append((self.states, key, (held.version, held.state, held.any_next)))
        for table, replaced in outcome.replaced.items():
            writes += [(self.rows, (table.name, key), row) for key, row in replaced.items()]
        for table, appended in outcome.appended.items():
            for row in appended:
                named = (table.name, table.key_of(row))
                if table.key_of(row) in self.refused or named in self.appended:
                    self.roll_back(session)
                    raise WriteRefused(f"{named} cannot be stored")
                writes.append((self.appended, named, row))
        for parked in outcome.parked:
            place = RecordPlace(parked.record.topic, parked.record.partition, parked.record.offset)
            if place in self.quarantine:
                self.roll_back(session)
                raise WriteRefused(f"{place} is parked already")
            writes.append((self.quarantine, place, (parked.key, parked.reason.value)))

    def commit(self, session: ViewSession) -> None:
        """Make the transaction's writes visible; they survive a crash once they are flushed."""
        session.touched_at = now = self.world.now
        undo = []
        for table, key, value in session.writes:
            undo.append((table, key, table.get(key, _NOTHING)))
            table[key] = value
        self._unflushed = [one for one in self._unflushed if now - one[0] < _FLUSHED_AFTER_SECONDS]
        self._unflushed.append((now, undo))
        self.roll_back(session)

    def roll_back(self, session: ViewSession) -> None:
        """Discard the transaction's writes, and release its locks."""
        session.writes = []
        for at in [at for at, holder in self._locks.items() if holder is session]:
            del self._locks[at]

    def stop(self) -> None:
        """Kill the server: some of the last unflushed batches are lost, whole, from the last one back."""
        super().stop()
        recent = [one for one in self._unflushed if self.world.now - one[0] < _FLUSHED_AFTER_SECONDS]
        lost = self.world.random.randint(0, len(recent))
        for _, undo in reversed(recent[len(recent) - lost :]):
            self.world.meet("a committed batch of the view was lost in a crash")
            for table, key, old in reversed(undo):
                if old is _NOTHING:
                    del table[key]
                else:
                    table[key] = old
        self._unflushed.clear()

    # Reading.

    def held(self, keys: Sequence[UUID]) -> dict[UUID, KeyState]:
        """The stored states of these keys."""
        parked = {key for key, _ in self.quarantine.values()}
        found = {}
        for key in keys:
            version, state, any_next = self.states.get(key, (0, None, False))
            found[key] = KeyState(version, state, any_next, str(key).encode() in parked)
        return found

    def quarantined(self) -> tuple[int, int]:
        """How many keys and records are parked."""
        return len({key for key, _ in self.quarantine.values()}), len(self.quarantine)

    def _lock(self, session: ViewSession, wanted: Sequence[Partition]) -> None:
        session.touched_at = now = self.world.now
        for at in wanted:
            holder = self._locks.get(at)
            if holder is not None and holder is not session:
                if now - holder.touched_at > IDLE_LIMIT_SECONDS:
                    self.world.meet("a session idle in its transaction was ended", str(holder.process))
                    holder.end()
                raise MustWait
        for at in wanted:
            self._locks[at] = session
