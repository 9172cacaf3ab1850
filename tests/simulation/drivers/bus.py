"""Drives the bus's protocol of storing on sessions of the simulated store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, assert_never
from uuid import UUID

from casecore.commands.admission import Admitted
from casecore.commands.messages import Append, AppendReport, BusRequest, Load, Rest
from casecore.commands.protocol import GivenCommand, Reply, WriterProtocol
from casecore.decider.organisations import Organisations
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.errors import StreamsWentBack
from casecore.store.records import Loaded, Receipt
from tests.simulation.servers.network import ask, connect
from tests.simulation.servers.store import LOCK_LIMIT_SECONDS, MustWait, Store, StoreSession
from tests.simulation.world import Process, Steps, World

AnswerT = TypeVar("AnswerT")

VENDOR = "vendor"
GIVE_UP_AFTER_SECONDS = 30.0
MAX_BATCH = 8
_LOOK_SECONDS = 0.1


class Waiting:
    """A submitted command, and its reply once there is one."""

    def __init__(self, admitted: Admitted[Any], give_up_at: float) -> None:
        self.given = GivenCommand(admitted, give_up_at)
        self.reply: Reply | None = None


class Recorder:
    """Loads and appends over a session, which is opened again after it was lost."""

    def __init__(self, world: World, process: Process, store: Store) -> None:
        self.world = world
        self.process = process
        self.store = store
        self.session: StoreSession | None = None

    def load(
        self,
        known: Mapping[UUID, int],
        commands: Sequence[tuple[UUID, UUID]],
        beside: Collection[UUID],
        asks_for_parties: bool = False,
    ) -> Steps[Loaded]:
        """Load what a batch is decided on; each statement sees what was committed before it."""
        session, store = (yield from self.connected()), self.store
        events = yield from ask(
            self.world, session, "load events", lambda: store.events_after(known, commands, beside)
        )
        receipts = yield from self.load_receipts(session, [command_id for command_id, _ in commands])
        now, there = yield from ask(
            self.world, session, "load now", lambda: (store.now(), store.has_versions(known))
        )
        if not there:
            self.world.trace.met["bus: streams went back"] += 1
            raise StreamsWentBack
        has_parties = asks_for_parties and (
            yield from ask(self.world, session, "load whether there is a party", store.has_parties)
        )
        return Loaded(events, receipts, now, has_parties)

    def load_receipts(self, session: StoreSession, ids: Sequence[UUID]) -> Steps[dict[UUID, Receipt]]:
        """The receipts of commands that were accepted before."""
        kept = self.store.receipts
        return (
            yield from ask(
                self.world, session, "load receipts", lambda: {i: kept[i] for i in ids if i in kept}
            )
        )

    def append(self, request: Append) -> Steps[AppendReport]:
        """Events and receipts in one durable transaction."""
        session, store = (yield from self.connected()), self.store
        if request.events:
            yield from self.lock(session)
        recorded_at = yield from self.insert(session, request)
        yield from self.commit(session)
        return AppendReport(recorded_at, store.wall(), self.world.now)

    def insert(self, session: StoreSession, request: Append) -> Steps[datetime]:
        """What the transaction stores; returns its recorded_at."""
        events, receipts = request.events, request.receipts
        return (
            yield from self.waiting(
                session,
                f"insert {len(events)} events, {len(receipts)} receipts",
                lambda: self.store.insert(session, events, receipts, request.now, request.expected),
            )
        )

    def lock(self, session: StoreSession) -> Steps[None]:
        """One append at a time takes positions."""
        yield from self.waiting(session, "lock log", lambda: self.store.lock_log(session))

    def commit(self, session: StoreSession) -> Steps[None]:
        """Make the transaction durable."""
        yield self.world.disk()
        yield from ask(self.world, session, "commit", lambda: self.store.commit(session))

    def waiting(self, session: StoreSession, what: str, action: Callable[[], AnswerT]) -> Steps[AnswerT]:
        """Ask until the locks are free, up to the limit."""
        give_up_at = self.world.now + LOCK_LIMIT_SECONDS
        while True:
            try:
                return (yield from ask(self.world, session, what, action))
            except MustWait:
                self.world.trace.met["waited for a lock of the store"] += 1
                if self.world.now > give_up_at:
                    session.end()
                    raise DatabaseUnavailable("a lock was not free in time") from None
                yield 0.02

    def connected(self) -> Steps[StoreSession]:
        """A session that is open as far as this side knows."""
        if self.session is None or not self.session.usable:
            session = yield from connect(self.world, self.process, self.store, StoreSession)
            assert isinstance(session, StoreSession)
            self.session = session
        return self.session


class BusParts(NamedTuple):
    """The classes that make up a bus; a defect replaces one of them."""

    storing: type[WriterProtocol] = WriterProtocol
    recorder: type[Recorder] = Recorder


class Bus:
    """One process of the command bus."""

    def __init__(self, world: World, process: Process, store: Store, parts: BusParts) -> None:
        self.world = world
        self.process = process
        self.queue: list[Waiting] = []
        # Its cases are opened for whoever comes: what parties do is a matter of streams here.
        self._storing = parts.storing(VENDOR, cached_streams=4, organisations=Organisations.ANY)
        self._recorder = parts.recorder(world, process, store)

    def submit(self, admitted: Admitted[Any]) -> Waiting:
        """Hand over a command."""
        waiting = Waiting(admitted, self.world.now + GIVE_UP_AFTER_SECONDS)
        self.queue.append(waiting)
        return waiting

    def run(self) -> Steps[None]:
        """Take the waiting commands, and answer them."""
        while True:
            if not self.queue:
                yield _LOOK_SECONDS * self.world.random.random()
                continue
            batch, self.queue = self.queue[:MAX_BATCH], self.queue[MAX_BATCH:]
            replies = yield from self.perform_all([waiting.given for waiting in batch])
            self.world.trace.met["bus: batch of several" if len(batch) > 1 else "bus: batch of one"] += 1
            for waiting, reply in zip(batch, replies, strict=True):
                waiting.reply = reply

    def perform_all(self, batch: Sequence[GivenCommand]) -> Steps[list[Reply]]:
        """Perform the requests of the protocol until it has the replies."""
        steps = self._storing.store(batch, self.world.now)
        try:
            request: BusRequest = next(steps)
            while True:
                try:
                    report = yield from self.perform(request)
                except Exception as error:  # the protocol decides what it means
                    self.world.trace.met[f"bus: {type(error).__name__}"] += 1
                    request = steps.throw(error)
                else:
                    request = steps.send(report)
        except StopIteration as ended:
            replies: list[Reply] = ended.value
            return replies

    def perform(self, request: BusRequest) -> Steps[object]:
        """Perform a request."""
        match request:
            case Load():
                return (yield from self._recorder.load(*request))
            case Append():
                return (yield from self._recorder.append(request))
            case Rest(limit_seconds):
                yield limit_seconds * self.world.random.random()
                return self.world.now
            case _:
                assert_never(request)
