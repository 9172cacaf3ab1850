"""What a runner does next, decided from what happened: no input, no output, no clock of its own.

A membership lasts from joining the group until the runner is fenced or stopped. Its generator yields what
it asks for, and is resumed with the report.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NoReturn, Protocol, TypeAlias, TypeVar

from casecore.kafka.partitions import Partition
from projections.kit.errors import Fenced, OffsetLost, TopicReplaced
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.fold.records import ParsedRecord, parse_record
from projections.kit.runner import messages as m

IDLE_SECONDS = 120.0
"""After this a runner without partitions joins its group again, since the library may have lost its place."""

SILENT_SECONDS = 10.0
"""Without records although some wait: longer than a broker needs to be back after a hard kill."""

_LONGEST_IDLE_SECONDS = 3_600.0
_LOOK_SECONDS = 2.0  # between looks at the lag: often enough for a dashboard, and cheap
_COUNT_SECONDS = 30.0  # between counts of the quarantine, which read all of it
_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # while PostgreSQL is unavailable; the last one is repeated

ResultT = TypeVar("ResultT")
RunnerSteps: TypeAlias = Generator[m.RunnerRequest, Any, ResultT]


class JoinBackoff:
    """How long a runner waits for partitions before it joins the group again.

    A view may have more runners than partitions, and each joining halts them all. So a runner that joins in
    vain waits twice as long the next time, up to an hour.
    """

    def __init__(self) -> None:
        self.seconds = IDLE_SECONDS

    def reset(self) -> None:
        """The runner has got partitions."""
        self.seconds = IDLE_SECONDS

    def double(self) -> None:
        """The runner has waited, and got none."""
        self.seconds = min(2 * self.seconds, _LONGEST_IDLE_SECONDS)


class StatusListener(Protocol):
    """Where the protocol says how the runner fares; it never asks there."""

    def well(self) -> None: ...
    def troubled(self, what: str) -> None: ...
    def settled(self, outcome: FoldOutcome) -> None: ...
    def behind(self, records: int) -> None: ...
    def keeps(self, partitions: int) -> None: ...
    def parked(self, keys: int, records: int) -> None: ...


class _Trouble(Exception):
    """PostgreSQL is unavailable."""

    def __init__(self, unavailable: m.PostgresUnavailable) -> None:
        super().__init__(unavailable.what)
        self.unavailable = unavailable


class RunnerProtocol:
    """One membership of a view's runner in its group."""

    def __init__(
        self, view: str, topics: Sequence[str], backoff: JoinBackoff, status: StatusListener
    ) -> None:
        self._view = view
        self._topics = topics
        self._backoff = backoff
        self._status = status
        self._ids: Mapping[str, str] = {}
        self._claimed = False
        self._next: dict[Partition, int] = {}  # after the last record that was submitted
        self._done: dict[Partition, int] = {}  # before it, nothing is left to write
        self._failures = 0  # of PostgreSQL, since the last commit
        self._retry_at = self._look_at = self._count_at = self._idle_since = self._heard_at = 0.0

    def steps(self) -> RunnerSteps[NoReturn]:
        """What to do, for ever. Raises Fenced, TopicReplaced and OffsetLost, and what its requests raise."""
        joined: m.Joined = yield m.Join(self._topics)
        self._ids = joined.ids
        self._idle_since = joined.at_seconds
        while True:
            try:
                yield from self._round()
            except _Trouble as trouble:
                yield from self._pause(trouble.unavailable)

    def _round(self) -> RunnerSteps[None]:
        """One poll, and what follows from it."""
        polled: m.Polled | m.OffsetsLost = yield m.Poll()
        if isinstance(polled, m.OffsetsLost):
            self._check_topics(polled.ids)
            raise OffsetLost(self._view, polled.detail)
        if polled.records:
            self._heard_at = polled.at_seconds
        # Parsed before the last batch has settled, since its writing leaves the processor idle.
        parsed = [parse_record(record) for record in polled.records] if self._claimed else []
        yield from self._settle()
        self._check_topics(polled.ids)
        if polled.rebalanced:
            yield from self._release(polled.at_seconds)
            self._done.clear()
        if not self._claimed:
            # What was polled is dropped: the claim says from where to go on.
            yield from self._claim_when_due(polled)
            yield from self._look([], polled.at_seconds)
            return
        fresh = [each for each in parsed if self._is_next(each)]
        yield from self._look(fresh, polled.at_seconds)
        if fresh:
            yield m.Submit(fresh)
            for each in fresh:
                self._next[_partition(each)] = each.record.offset + 1

    def _settle(self) -> RunnerSteps[None]:
        """Wait for the batch in flight, and note how far it has come."""
        settled: m.BatchSettled = yield from self._ask(m.Settle())
        for outcome in settled.outcomes:
            self._done.update(outcome.offsets)
            self._status.settled(outcome)
            if outcome.parked:
                self._count_at = 0.0
            self._failures = 0
            self._status.well()

    def _is_next(self, parsed: ParsedRecord) -> bool:
        expected = self._next.get(_partition(parsed))
        return expected is not None and parsed.record.offset >= expected

    def _check_topics(self, ids: Mapping[str, str]) -> None:
        for topic, topic_id in self._ids.items():
            known = ids.get(topic, topic_id)
            if known != topic_id:
                raise TopicReplaced(self._view, topic, topic_id, known)

    def _claim_when_due(self, polled: m.Polled) -> RunnerSteps[None]:
        """Take the assigned partitions over, unless the last failure was just now."""
        if not polled.assigned:
            # The other runners of this view have them all, or the library has lost its place in the group.
            if polled.at_seconds - self._idle_since > self._backoff.seconds:
                waited_seconds = self._backoff.seconds
                self._backoff.double()
                raise Fenced(f"no partition for {waited_seconds:.0f} s")
            self._status.keeps(0)
            self._status.well()
            return
        if polled.at_seconds < self._retry_at:
            return
        taken: m.Taken = yield from self._ask(m.Claim(self._ids, polled.assigned))
        self._claimed = True
        for place in taken.places:
            if place.topic_id != self._ids[place.topic]:
                raise TopicReplaced(self._view, place.topic, place.topic_id, self._ids[place.topic])
            self._next[Partition(place.topic, place.partition)] = place.next_offset
        self._done = dict(self._next)
        yield m.Resume(dict(self._next))
        self._backoff.reset()
        self._look_at = self._count_at = 0.0
        self._heard_at = taken.at_seconds
        self._status.keeps(len(polled.assigned))

    def _pause(self, unavailable: m.PostgresUnavailable) -> RunnerSteps[None]:
        delay_seconds = _RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS) - 1)]
        self._failures += 1
        self._retry_at = unavailable.at_seconds + delay_seconds
        self._status.troubled(unavailable.what)
        yield from self._release(unavailable.at_seconds, unavailable.what if self._failures == 1 else "")

    def _release(self, at_seconds: float, trouble: str = "") -> RunnerSteps[None]:
        """Forget what was claimed; polling goes on with everything paused, so the membership lives."""
        yield m.Release(trouble)
        self._claimed = False
        self._next.clear()
        self._idle_since = at_seconds

    def _look(self, unwritten: Sequence[ParsedRecord], at_seconds: float) -> RunnerSteps[None]:
        """See how far behind the view is; `unwritten` was polled, and all before it is written."""
        if at_seconds < self._look_at or not self._done:
            return
        self._look_at = at_seconds + _LOOK_SECONDS
        if self._claimed:
            yield from self._ask_postgresql(at_seconds)
        waiting = {_partition(parsed) for parsed in unwritten}
        # The consumer's position has also passed the marks that end transactions, which are not records.
        positions_of = [at for at in self._next if at not in waiting]
        found: m.OffsetsFound | m.BrokersUnavailable = yield m.LookUpOffsets(list(self._done), positions_of)
        if isinstance(found, m.BrokersUnavailable):
            # A poll is silent about a dead broker, so this is where it shows.
            self._status.troubled(found.what)
            return
        self._done.update(found.positions)
        lag = sum(max(0, end - self._done[at]) for at, end in found.ends.items())
        self._status.behind(lag)
        if not lag:
            self._heard_at = at_seconds
        elif self._claimed and at_seconds - self._heard_at > SILENT_SECONDS:
            # After a hasty second rebalance the library can hold partitions and fetch nothing, for good.
            raise Fenced(f"no record for {SILENT_SECONDS:.0f} s, although {lag} wait")
        if self._claimed and (not lag or not self._failures):
            self._failures = 0
            self._status.well()

    def _ask_postgresql(self, at_seconds: float) -> RunnerSteps[None]:
        yield from self._ask(m.Check())
        if at_seconds >= self._count_at:
            self._count_at = at_seconds + _COUNT_SECONDS
            counted: m.Counted = yield from self._ask(m.Count())
            self._status.parked(counted.keys, counted.records)

    def _ask(self, request: m.WriterRequest) -> RunnerSteps[Any]:
        report: m.RunnerReport = yield request
        if isinstance(report, m.PostgresUnavailable):
            raise _Trouble(report)
        return report


def _partition(parsed: ParsedRecord) -> Partition:
    return Partition(parsed.record.topic, parsed.record.partition)
