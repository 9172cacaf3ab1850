"""The simulated consumer group, and a member's consumer: assignments, positions and polls."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from casecore.kafka.partitions import Partition
from tests.simulation.servers.kafka import Kafka
from tests.simulation.servers.partitions import Record, Status
from tests.simulation.world import Process, World

SESSION_SECONDS = 6.0
POLL_SECONDS = 15.0
"""Longest time between two polls of a member; a twentieth of the real limit, so that it is exceeded."""
_TICK_SECONDS = 1.0


class Standing(Enum):
    """The coordinator's answer to a heartbeat."""

    STABLE = "stable"
    REBALANCING = "rebalancing"
    UNKNOWN = "unknown"


class Member:
    """A member as the coordinator knows it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.seen_at = self.polled_at = process.world.now
        self.joined = True
        self.assigned: tuple[Partition, ...] = ()


class Group:
    """The eager protocol: a rebalance revokes every assignment, then assigns all partitions again."""

    def __init__(self, world: World, kafka: Kafka) -> None:
        self.world = world
        self.kafka = kafka
        self.members: dict[str, Member] = {}
        self.generation = 0
        self._rebalancing = False
        self._joined_count = 0
        world.push(_TICK_SECONDS, self._tick)

    def join(self, process: Process) -> str:
        """Add a member; every member has to join again."""
        self._joined_count += 1
        name = f"member {self._joined_count}"
        self.members[name] = Member(process)
        self.rebalance()
        return name

    def rejoin(self, name: str) -> None:
        """A member joins the rebalance."""
        self.members[name].joined = True
        self._share_out_when_all_joined()

    def leave(self, name: str) -> None:
        """Remove a member, which leaves or is expelled."""
        if self.members.pop(name, None) is not None:
            self.rebalance(joined=False)

    def heartbeat(self, name: str) -> Standing:
        """Note a member's heartbeat, and answer it."""
        member = self.members.get(name)
        if member is None:
            return Standing.UNKNOWN
        member.seen_at = member.polled_at = self.world.now
        return Standing.REBALANCING if self._rebalancing and not member.joined else Standing.STABLE

    def rebalance(self, joined: bool = True) -> None:
        """Start a rebalance."""
        self.world.meet("rebalance")
        newest = next(reversed(self.members), None) if joined else None
        self._rebalancing = True
        for name, member in self.members.items():
            member.joined = name == newest
            member.assigned = ()
        self._share_out_when_all_joined()

    def _share_out_when_all_joined(self) -> None:
        if not self._rebalancing or not all(member.joined for member in self.members.values()):
            return
        self._rebalancing = False
        self.generation += 1
        for number, name in enumerate(self.members):
            share = self.kafka.partitions[number :: len(self.members)]
            self.members[name].assigned = tuple(share)
        self.world.log("group", "generation {}: {}", self.generation, list(self.members))

    def _tick(self) -> None:
        now = self.world.now
        if self.kafka.up:
            for name, member in list(self.members.items()):
                if not member.process.ended and not member.process.frozen:
                    member.seen_at = now  # a thread of the library sends heartbeats
                if now - member.seen_at > SESSION_SECONDS:
                    self.world.meet("thrown out of the group: silent", str(member.process))
                    self.leave(name)
                elif now - member.polled_at > POLL_SECONDS:
                    self.world.meet("thrown out of the group: over its poll interval", str(member.process))
                    self.leave(name)
        self.world.push(_TICK_SECONDS, self._tick)


class OutOfRange(Exception):
    """The partition does not have the offset of the next read."""


class Consumer:
    """A member's consumer: it does not know what the group has done since its last poll."""

    def __init__(self, process: Process, group: Group) -> None:
        self._process = process
        self._group = group
        self._member = ""
        self._generation = -1
        self._deaf = False
        self.assigned: tuple[Partition, ...] = ()
        self.positions: dict[Partition, int] = {}
        self.running: set[Partition] = set()
        self.changed = False
        self.ids: dict[str, str] = {}

    def poll(self, limit: int) -> Sequence[Record]:
        """At most `limit` records, in order for each partition; none while Kafka is down.

        Raises OutOfRange.
        """
        kafka = self._group.kafka
        if not kafka.up:
            return ()
        self.ids = {name: topic.id for name, topic in kafka.topics.items()}
        self._take_part()
        records: list[Record] = []
        for at in self.assigned:
            if at in self.running and not self._deaf:
                records += self._fetch(kafka, at, limit - len(records))
        return records

    def leave(self) -> None:
        """Leave the group, and tell the coordinator if it is up."""
        if self._group.kafka.up:
            self._group.leave(self._member)

    def seek(self, places: dict[Partition, int]) -> None:
        """Continue from these offsets."""
        self.positions.update(places)
        self.running.update(places)

    def pause(self) -> None:
        """Pause all partitions."""
        self.running.clear()

    def _take_part(self) -> None:
        group, world = self._group, self._process.world
        standing = group.heartbeat(self._member)
        if standing is Standing.UNKNOWN:
            self._lose()
            self._member = group.join(self._process)
        elif standing is Standing.REBALANCING:
            self._lose()
            group.rejoin(self._member)
        member = group.members[self._member]
        if group.generation != self._generation and member.assigned:
            # As the listener does: a position must exist, and no record may be fetched before the claim.
            self._generation = group.generation
            self.assigned = member.assigned
            self.positions = dict.fromkeys(self.assigned, 0)
            self.running.clear()
            self.changed = True
            self._deaf = world.chance(world.profile.deaf)
            if self._deaf:
                world.meet("a consumer that fetches nothing", str(self._process))

    def _lose(self) -> None:
        if self.assigned:
            self.changed = True
        self.assigned = ()
        self.running.clear()
        self._generation = -1

    def _fetch(self, kafka: Kafka, at: Partition, limit: int) -> list[Record]:
        log, start = kafka.log(at), self.positions[at]
        if not log.begin <= start <= len(log.entries):
            raise OutOfRange(f"{at} does not hold offset {start}")
        found: list[Record] = []
        stable = log.stable
        while start < stable and len(found) < limit:
            entry = log.entries[start]
            start += 1
            if entry.status is Status.COMMITTED and entry.record is not None:
                found.append(entry.record)
        self.positions[at] = start
        return found
