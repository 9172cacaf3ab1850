"""A simulated runner's storage: reads and writes over one session, and a cache of states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casecore.kafka.partitions import Partition
from projections.kit.errors import Fenced
from projections.kit.fold.outcome import FoldOutcome, KeyState
from projections.kit.fold.records import ParsedRecord
from projections.kit.tables.claims import Claimed
from tests.simulation.servers.group import SESSION_SECONDS
from tests.simulation.servers.network import ask
from tests.simulation.servers.store import MustWait
from tests.simulation.servers.views import LOCK_LIMIT_SECONDS, Views, ViewSession, ViewsGone
from tests.simulation.world import Steps, World

_LONGEST_DISK_SECONDS = 25.0  # longer than a member of the group may go without a poll


class Storage:
    """Reads and writes over one session, with a cache of states."""

    def __init__(self, world: World, session: ViewSession, views: Views) -> None:
        self.world = world
        self.session = session
        self.views = views
        self.owner = UUID(int=world.random.getrandbits(128))
        self.cache: dict[UUID, KeyState] = {}

    def claim(self, ids: Mapping[str, str], partitions: Sequence[Partition]) -> Steps[list[Claimed]]:
        """Take partitions over from their owners."""
        wanted = sorted(partitions)
        claimed: list[Claimed] = yield from self.waiting(
            "claim", lambda: self.views.claim(self.session, ids, wanted, self.owner)
        )
        return claimed

    def load(self, records: Sequence[ParsedRecord]) -> Steps[dict[UUID, KeyState]]:
        """The stored states of these records' keys."""
        keys = dict.fromkeys(parsed.stream_id for parsed in records if parsed.stream_id is not None)
        missing = [key for key in keys if key not in self.cache]
        if missing:
            loaded = yield from ask(self.world, self.session, "load", lambda: self.views.held(missing))
            self.cache.update(loaded)
        return {key: self.cache[key] for key in keys}

    def write(self, outcome: FoldOutcome) -> Steps[None]:
        """Write a batch and its offsets, all or nothing."""
        if self.world.chance(self.world.profile.batch_frozen):
            self.world.meet("runner frozen between folding and writing", str(self.session.process))
            self.world.freeze(self.session.process, SESSION_SECONDS)
            yield 0.0
        offsets = {Partition(*at): offset for at, offset in outcome.offsets.items()}
        yield from self.advance(offsets)
        yield from self.rows(outcome)
        yield from self.commit()
        self.cache.update(outcome.states)

    def rows(self, outcome: FoldOutcome) -> Steps[None]:
        """Write states, rows and parked records within the transaction."""
        yield from ask(self.world, self.session, "rows", lambda: self.views.write(self.session, outcome))

    def advance(self, offsets: Mapping[Partition, int]) -> Steps[None]:
        """Move the offsets within the transaction; raises Fenced."""
        moved = yield from self.waiting(
            "advance", lambda: self.views.advance(self.session, offsets, self.owner)
        )
        if moved != len(offsets):
            self.views.roll_back(self.session)
            self.world.meet("runner fenced by the offsets' owner", str(self.session.process))
            raise Fenced("the offsets have another owner now, or are further on")

    def commit(self) -> Steps[None]:
        """Commit the transaction."""
        yield self.world.disk(_LONGEST_DISK_SECONDS)
        yield from ask(self.world, self.session, "commit", lambda: self.views.commit(self.session))

    def waiting(self, what: str, action: Any) -> Steps[Any]:
        """Ask until the locks are free, up to the limit."""
        give_up_at = self.world.now + LOCK_LIMIT_SECONDS
        while True:
            try:
                return (yield from ask(self.world, self.session, what, action))
            except MustWait:
                self.world.trace.met["waited for a lock of the view"] += 1
                if self.world.now > give_up_at:
                    self.session.end()
                    raise ViewsGone("a lock was not free in time") from None
                yield 0.05
