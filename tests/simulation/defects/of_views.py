"""Deliberate defects of a view's runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casecore.kafka.partitions import Partition
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome, KeyState
from projections.kit.fold.records import ParsedRecord, RecordPlace
from projections.kit.fold.verdicts import NO_VERDICTS, Verdict
from projections.kit.runner import messages as k
from tests.simulation.drivers.runner_driver import RunnerDriver
from tests.simulation.drivers.storage import Storage
from tests.simulation.world import Steps


class OffsetsFirst(Storage):
    """Offsets are committed before the rows."""

    def write(self, outcome: FoldOutcome) -> Steps[None]:
        """Write in two transactions."""
        yield from self.advance({Partition(*at): offset for at, offset in outcome.offsets.items()})
        yield from self.commit()
        yield from self.rows(outcome)
        yield from self.commit()
        self.cache.update(outcome.states)


class RowsFirst(Storage):
    """Rows are committed before the offsets."""

    def write(self, outcome: FoldOutcome) -> Steps[None]:
        """Write in two transactions."""
        yield from self.rows(outcome)
        yield from self.commit()
        yield from self.advance({Partition(*at): offset for at, offset in outcome.offsets.items()})
        yield from self.commit()
        self.cache.update(outcome.states)


class Unfenced(Storage):
    """The offsets are moved without a check of their owner."""

    def advance(self, offsets: Mapping[Partition, int]) -> Steps[None]:
        """Do not compare the owner."""
        yield from self.waiting("advance", lambda: self.views.advance(self.session, offsets, None))


class KeepsStates(RunnerDriver):
    """The remembered states outlive a claim, although another runner may have written since."""

    kept: Mapping[UUID, KeyState] = {}

    def claim(self, ids: Mapping[str, str], partitions: Sequence[Partition]) -> Steps[Any]:
        """Claim, and keep the remembered states."""
        claimed = yield from super().claim(ids, partitions)
        assert self.storage is not None
        self.storage.cache.update(self.kept)
        self.kept = self.storage.cache
        return claimed


class KeepsPositions(RunnerDriver):
    """A claim does not say from where to read on."""

    def perform(self, request: k.RunnerRequest) -> Steps[k.RunnerReport]:
        """Resume at the consumer's own position."""
        if isinstance(request, k.Resume):
            self.consumer.running.update(Partition(*at) for at in request.places)
            return k.Done()
        return (yield from super().perform(request))


class DeafToRebalances(RunnerDriver):
    """Rebalances of the group are not noticed."""

    def poll(self) -> Steps[k.RunnerReport]:
        """Report only the first rebalance."""
        positions = dict(self.consumer.positions)
        polled = yield from super().poll()
        if not isinstance(polled, k.Polled) or not polled.rebalanced or not positions:
            return polled
        self.consumer.seek({at: positions.get(at, 0) for at in self.consumer.assigned})
        return polled._replace(rebalanced=False)


class LetsNextThrough(Fold):
    """A parked key keeps back only one record."""

    def fold(
        self,
        records: Sequence[ParsedRecord],
        key_states: Mapping[UUID, KeyState],
        verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS,
    ) -> FoldOutcome:
        """Forget that keys are parked."""
        opened = {
            key: one._replace(parked=False, any_next=True) if one.parked else one
            for key, one in key_states.items()
        }
        return super().fold(records, opened, verdicts)
