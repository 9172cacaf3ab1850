"""The driver of the writer's protocol: it stores batches in PostgreSQL."""

from __future__ import annotations

import random
import time
from typing import assert_never

import structlog

from casecore.commands.messages import Append, AppendReport, BusRequest, Load, Rest
from casecore.commands.protocol import GivenCommand, Reply, WriterProtocol
from casecore.decider.organisations import Organisations
from casecore.postgres.errors import DatabaseError
from casecore.store.errors import StoreError
from casecore.store.recorder import LogRecorder
from casecore.store.records import Loaded

_log = structlog.get_logger(__name__)


class StoreWriter:
    """Stores one batch after the other; one thread at a time may use it."""

    def __init__(self, database: str, vendor: str, organisations: Organisations) -> None:
        """As CommandBus."""
        self._protocol = WriterProtocol(vendor, organisations=organisations)
        self._recorder = LogRecorder(database)

    def store(self, batch: list[GivenCommand]) -> list[Reply]:
        """Perform what the protocol asks for, until it returns a reply to each command, in order."""
        steps = self._protocol.store(batch, time.monotonic())
        try:
            request = next(steps)
            while True:
                try:
                    report = self._perform(request)
                except (StoreError, DatabaseError) as error:
                    request = steps.throw(error)
                except Exception as error:
                    _log.exception("a batch failed")
                    request = steps.throw(error)
                else:
                    request = steps.send(report)
        except StopIteration as ended:
            replies: list[Reply] = ended.value
            return replies

    def close(self) -> None:
        """Close the connections."""
        self._recorder.close()

    def _perform(self, request: BusRequest) -> Loaded | AppendReport | float:
        match request:
            case Load(known, commands, related, asks_for_parties):
                return self._recorder.load(known, commands, related, asks_for_parties)
            case Append(events, receipts, now, expected):
                stored = self._recorder.append(events, receipts, now, expected)
                return AppendReport(stored.recorded_at, stored.clock, time.monotonic())
            case Rest(limit_seconds):
                time.sleep(random.uniform(0, limit_seconds))  # noqa: S311 - spreads tries, hides nothing
                return time.monotonic()
            case _:
                assert_never(request)
