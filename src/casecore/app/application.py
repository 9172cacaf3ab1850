"""One installation, as a door uses it: opened once, its connections made when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from casecore.app.addresses import Addresses, find_addresses
from casecore.app.deciders import DECIDERS
from casecore.app.freshness.answers import AnswersFreshness
from casecore.app.settings import Settings
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.contract.wire import StoredEvent
from casecore.decider.command import Command
from casecore.kafka.cluster import Cluster
from casecore.store.log import LogReader
from casecore.store.migrations import check_migrated
from projections.kit.errors import ViewMissing
from projections.kit.servers import ViewServers

AnswerT = TypeVar("AnswerT")
RowT = TypeVar("RowT")
Asked = ParamSpec("Asked")


class Application:
    """What every door needs: give a command, ask a view, read a stream; the use cases take it first."""

    def __init__(self, settings: Settings, addresses: Addresses | None = None) -> None:
        """`addresses` are looked up by the settings unless they are known."""
        self.settings = settings
        self.freshness = AnswersFreshness(settings.freshness_seconds)
        self._addresses = addresses
        self._opened = ExitStack()
        self._bus: CommandBus | None = None
        self._connecting = Lock()

    @cached_property
    def addresses(self) -> Addresses:
        """Where PostgreSQL and Kafka are; raises NotRunning where a local server is missing."""
        return self._addresses or find_addresses(self.settings)

    @property
    def database(self) -> str:
        """PostgreSQL, as a libpq URI."""
        return self.addresses.database

    @property
    def kafka(self) -> Cluster:
        """Kafka: its bootstrap servers, and how its clients show who they are."""
        settings = self.settings
        if self._addresses is None and settings.kafka:  # said by the settings alone, whatever runs here
            return Cluster(settings.kafka, settings.kafka_options)
        return self.addresses.cluster

    @property
    def view_servers(self) -> ViewServers:
        """Where the views are, and what they are built from."""
        return ViewServers(self.database, self.kafka, self.settings.topic_prefix)

    @cached_property
    def bus(self) -> CommandBus:
        """The command bus, for many threads: the first one connects, the others wait for it.

        Raises TablesMissing, WrongSchema and DatabaseUnavailable; then the next one who asks tries again.
        """
        with self._connecting:  # a cached property alone may be made by two threads
            if self._bus is None:
                self._bus = self._opened.enter_context(self._connected_bus())
            return self._bus

    @cached_property
    def log(self) -> LogReader:
        """The store's log, for one thread."""
        return self._opened.enter_context(LogReader(self.database))

    def give(self, command: Command) -> Answer:
        """Give a command and wait until it is stored; raises its Refusal, and DatabaseUnavailable."""
        return self.bus.give(command)

    def ask(
        self, query: Callable[Concatenate[str, Asked], AnswerT], *given: Asked.args, **named: Asked.kwargs
    ) -> AnswerT:
        """Ask a view: a query of projections, which takes the database first.

        Raises what it raises, at the first row where rows come in pieces, and TablesMissing or WrongSchema
        for a view that is missing because the store's tables are not as they must be.
        """
        with self._tables_first():
            answer = query(self.database, *given, **named)
        return cast("AnswerT", self._rows(answer)) if isinstance(answer, Iterator) else answer

    def stream(self, stream_id: UUID) -> list[StoredEvent]:
        """A stream's events, from the store; raises TablesMissing and DatabaseUnavailable."""
        return self.log.stream(stream_id)

    def _connected_bus(self) -> CommandBus:
        check_migrated(self.database)
        settings = self.settings
        return CommandBus(self.database, DECIDERS, settings.vendor, settings.organisations)

    def _rows(self, answer: Iterator[RowT]) -> Iterator[RowT]:
        with self._tables_first():
            yield from answer

    @contextmanager
    def _tables_first(self) -> Iterator[None]:
        try:
            yield
        except ViewMissing:
            check_migrated(self.database)
            raise

    def close(self) -> None:
        """Finish what waits in the bus, and leave the servers."""
        self._opened.close()


@contextmanager
def open_app(settings: Settings, addresses: Addresses | None = None) -> Iterator[Application]:
    """The installation that the settings name, for as long as the block lasts; nothing is connected yet."""
    app = Application(settings, addresses)
    try:
        yield app
    finally:
        app.close()
