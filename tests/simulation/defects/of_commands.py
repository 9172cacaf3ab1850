"""Deliberate defects of the command bus and its store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casecore.commands.messages import Append, AppendReport
from casecore.commands.protocol import BusSteps, WriterProtocol
from casecore.store.errors import AppendConflict
from casecore.store.records import Receipt
from tests.simulation.drivers.bus import Recorder
from tests.simulation.servers.store import Store, StoreSession
from tests.simulation.world import Steps


class ReceiptsApart(Recorder):
    """Receipts are stored in a transaction of their own."""

    def insert(self, session: StoreSession, request: Append) -> Steps[datetime]:
        """Events, commit, receipts."""
        if request.events and request.receipts:
            yield from super().insert(session, request._replace(receipts=()))
            yield from self.commit(session)
            request = request._replace(events=(), expected={})
        return (yield from super().insert(session, request))


class AnswersEarly(Recorder):
    """The answer is given before the commit."""

    def append(self, request: Append) -> Steps[AppendReport]:
        """Answer before the append is done."""
        now = self.store.now()
        self.process.run(self.unheard(super().append(request)))
        yield self.world.delay()
        return AppendReport(now, now, self.world.now)

    def unheard(self, steps: Steps[object]) -> Steps[None]:
        """Ignore an error."""
        try:
            yield from steps
        except Exception as error:
            self.world.log(self.process, "error ignored: {!r}", error)


class IgnoresConflicts(Recorder):
    """A conflict is treated as success."""

    def append(self, request: Append) -> Steps[AppendReport]:
        """Answer as if it had been stored."""
        try:
            return (yield from super().append(request))
        except AppendConflict:
            now = self.store.now()
            return AppendReport(now, now, self.world.now)


class IgnoresReceipts(Recorder):
    """After an unknown outcome the receipts are not read, and nothing else prevents a second append."""

    def load_receipts(self, _session: StoreSession, _ids: Sequence[UUID]) -> Steps[dict[UUID, Receipt]]:
        """Return no receipt."""
        yield 0.0
        return {}

    def insert(self, session: StoreSession, request: Append) -> Steps[datetime]:
        """Store events again, and keep the first receipt."""
        kept = self.store.receipts
        fresh = [receipt for receipt in request.receipts if receipt.command_id not in kept]
        return (yield from super().insert(session, request._replace(receipts=fresh)))


class Unlocked(Recorder):
    """Several appends take positions at the same time, so gaps in the log fill later."""

    def lock(self, _session: StoreSession) -> Steps[None]:
        """Take no lock."""
        yield 0.0


class RemembersEarly(WriterProtocol):
    """The states after a batch are remembered before it is stored."""

    def _append(self, outcome: Any, *rest: Any) -> BusSteps[None]:
        self._cache.put_all(outcome.streams)
        yield from super()._append(outcome, *rest)


class BareClock(Store):
    """recorded_at is the clock alone."""

    def recorded_at(self, _decided_at: datetime, _last: datetime) -> datetime:
        """Return the clock alone."""
        return self.wall()
